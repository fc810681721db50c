// Outcomes and reasons: the word, the icon and the colour of each, the same everywhere.

import { html } from "../vendor/preact.js";
import { Icon } from "./icon.js";

/**
 * `tone`: allowed; what the user could change; what nothing they do would change; what failed.
 * @type {Record<string, { word: string, tone: "allowed" | "change" | "denied" | "failed" | "none", icon: import("./icon.js").IconName, means: string }>}
 */
export const OUTCOMES = {
  allowed: { word: "allowed", tone: "allowed", icon: "allowed", means: "they may" },
  login_required: { word: "login", tone: "change", icon: "login", means: "login_required: no valid token" },
  upgrade_required: {
    word: "upgrade",
    tone: "change",
    icon: "upgrade",
    means: "upgrade_required: a product is missing",
  },
  mfa_required: { word: "mfa", tone: "change", icon: "mfa", means: "mfa_required: a second factor is missing" },
  verification_required: {
    word: "verify",
    tone: "change",
    icon: "verify",
    means: "verification_required: the e-mail address is not verified",
  },
  forbidden: {
    word: "forbidden",
    tone: "denied",
    icon: "forbidden",
    means: "nothing that the user could do would help",
  },
  no_route: { word: "no route", tone: "denied", icon: "none", means: "no_route: no route of the policy covers it" },
  malformed_path: {
    word: "malformed",
    tone: "denied",
    icon: "none",
    means: "malformed_path: two programs could read it differently",
  },
  denied: { word: "denied", tone: "denied", icon: "forbidden", means: "they may not" },
  open: { word: "open", tone: "allowed", icon: "allowed", means: "the route has no authorizer" },
  preflight: { word: "preflight", tone: "none", icon: "none", means: "CORS: the API answered" },
  refused: { word: "refused", tone: "denied", icon: "none", means: "the gateway does not take such a request" },
  unauthorized: { word: "unauthorized", tone: "change", icon: "login", means: "no identity source, or no valid token" },
  "authorizer failed": { word: "failed", tone: "failed", icon: "wrong", means: "access could not be checked" },
  "backend failed": { word: "backend failed", tone: "failed", icon: "wrong", means: "the backend gave no answer" },
  closed: { word: "closed", tone: "none", icon: "none", means: "the connection ended" },
  failed: { word: "failed", tone: "failed", icon: "wrong", means: "access could not be checked" },
  unavailable: { word: "unavailable", tone: "failed", icon: "wrong", means: "the provider cannot be asked" },
  misconfigured: { word: "misconfigured", tone: "failed", icon: "wrong", means: "the provider refuses our key" },
};

/** @param {string} outcome */
export const lookOf = (outcome) =>
  OUTCOMES[outcome] ?? { word: outcome.replaceAll("_", " "), tone: "failed", icon: "none", means: outcome };

/**
 * @param {string} outcome
 * @param {string | null} reason
 */
export const nameOf = (outcome, reason) => (outcome === "denied" && reason && OUTCOMES[reason] ? reason : outcome);

/** @param {{ outcome: string, whole?: boolean }} props `whole`: the reason's own name */
export function Outcome({ outcome, whole }) {
  const { word, tone, icon } = lookOf(outcome);
  return html`<span class="outcome" data-tone=${tone}><${Icon} name=${icon} />${whole ? outcome : word}</span>`;
}
