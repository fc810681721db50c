// What became of a request, stage by stage, in the order in which it happened.

import { html } from "../vendor/preact.js";
import { Changes, Facts, Others, Rules, Verdict } from "./explained.js";
import { Icon } from "./icon.js";
import { Json } from "./json.js";
import { nameOf } from "./outcome.js";

/** @typedef {import("../contract.js").Exchange} Exchange */
/** @typedef {import("../contract.js").Inspection} Inspection */
/** @typedef {{ title: string, ok: boolean | null, line: any, ms?: number | null, more?: any, folded?: string }} Stage */

const TITLES = {
  admission: "Admission",
  preflight: "Preflight",
  route: "Route",
  identity: "Identity source",
  cache: "Cache",
  authorizer: "Answer",
  document: "Document",
  backend: "Backend",
  reply: "Reply",
};

const EVENT = "ARN and event";
const SCOPES = { token: "every request with this token", request: "this request alone" };
const HOW = /** @type {Record<string, string>} */ ({ jwt: "by its signature", rest: "by asking the provider" });
const ORIGINS = /** @type {Record<string, string>} */ ({
  cached: "kept from a request before",
  last_known: "last known: the provider cannot be asked",
});
/** A stage that took less took no time worth a word, in milliseconds. */
const SHOWN_MS = 0.05;

/** @param {{ exchange: Exchange | null, inspection: Inspection | null }} props */
export const Story = ({ exchange, inspection }) => html`
  <ol class="story" aria-label="Stages">
    ${stages(exchange, inspection).map(
      ({ title, ok, line, ms, more, folded }) => html`
        <li data-ok=${ok === null ? "none" : ok ? "yes" : "no"} key=${title}>
          <span class="stage-mark"><${Icon} name=${ok === null ? "none" : ok ? "allowed" : "forbidden"} /></span>
          <div class="stage">
            <h3>${title}</h3>
            <div class="stage-more">
              ${line && html`<p>${line}</p>`}
              ${more && (folded ? html`<details><summary>${folded}</summary>${more}</details>` : more)}
            </div>
            ${ms != null && ms >= SHOWN_MS && html`<span class="ms">${ms.toFixed(1)} ms</span>`}
          </div>
        </li>
      `,
    )}
  </ol>
`;

/**
 * Of an exchange its steps, with what the authorizer thought in place of its own; without one, the thoughts.
 * @param {Exchange | null} exchange
 * @param {Inspection | null} inspection
 * @returns {Stage[]}
 */
function stages(exchange, inspection) {
  const thoughts = inspection
    ? [token(inspection), facts(inspection), decision(inspection)].filter((one) => one !== null)
    : [];
  if (!exchange) {
    return inspection ? [...before(inspection), ...thoughts, ...answer(inspection, null)] : [];
  }
  return exchange.steps.flatMap((step) => {
    const own = { title: TITLES[step.stage], ok: step.ok, line: step.message, ms: step.ms };
    if (step.stage === "authorizer") return [...thoughts, ...answer(inspection, exchange, own)];
    if (step.stage === "cache" && exchange.cached) return [own, ...thoughts.map(asNow)];
    if (step.stage !== "route" || !inspection?.route) return [own];
    const { route, event } = inspection;
    return [{ ...own, line: routeLine(route), more: eventOf(route.arn, exchange.event ?? event), folded: EVENT }];
  });
}

/** @param {Stage} stage of an answer that was kept: nobody was asked. */
const asNow = (stage) => ({ ...stage, title: `${stage.title} (as the policy has it now)` });

/**
 * @param {Inspection} inspection
 * @returns {Stage[]}
 */
function before({ admission, route, event }) {
  /** @type {Stage[]} */
  const found = [
    { title: TITLES.admission, ok: admission.ok, line: admission.message ?? "can be read in one way only" },
  ];
  if (route) {
    found.push({ title: TITLES.route, ok: true, line: routeLine(route), more: eventOf(route.arn, event), folded: EVENT });
  }
  return found;
}

/** @param {NonNullable<Inspection["route"]>} route */
const routeLine = ({ template, api, authorizer }) => html`
  <code>${template}</code> of ${api}, ${authorizer ? `asks ${authorizer}` : "without an authorizer"}
`;

/**
 * @param {string} arn
 * @param {unknown} event
 */
const eventOf = (arn, event) => html`
  <p class="arn"><code>${arn}</code></p>
  <${Json} value=${event} label="The authorizer's event" />
`;

/**
 * @param {Inspection} inspection
 * @returns {Stage | null}
 */
function token({ token }) {
  if (!token) return null;
  const { found_in, provider, outcome, message, verification, origin, ms } = token;
  if (outcome === "visitor" && !found_in) return { title: "Token", ok: null, line: "none: a visitor asks" };
  const isVerified = outcome === "verified";
  const how = isVerified ? [HOW[verification ?? ""], ORIGINS[origin ?? ""]].filter(Boolean).join(", ") : "";
  const line = html`
    found in ${found_in ?? "no place"}, <strong>${outcome}</strong>
    ${provider && html` by <code>${provider}</code>`}${how && `, ${how}`}
    ${message && html`<br />${message}`}
  `;
  return { title: "Token", ok: isVerified, line, ms };
}

/**
 * @param {Inspection} inspection
 * @returns {Stage | null}
 */
function facts({ facts, user }) {
  if (facts.length === 0 && !user) return null;
  const line = user
    ? html`<code>${user.id}</code>, as far as the policy asks`
    : "a visitor: every fact of a user is false";
  return { title: "Facts", ok: null, line, more: facts.length > 0 ? html`<${Facts} facts=${facts} />` : null };
}

/**
 * @param {Inspection} inspection
 * @returns {Stage | null}
 */
function decision({ decision, token }) {
  if (!decision) return null;
  const { explanation } = decision;
  const isTold = token?.message && decision.message?.includes(token.message);
  return {
    title: "Decision",
    ok: nameOf(decision.outcome, decision.reason) === "allowed",
    line: null,
    more: html`
      <${Verdict} decision=${isTold ? { ...decision, message: null } : decision} />
      ${explanation && [Rules, Changes, Others].map((Part) => html`<${Part} explanation=${explanation} />`)}
    `,
  };
}

/**
 * @param {Inspection | null} inspection
 * @param {Exchange | null} exchange
 * @param {Stage} [own] the step of the exchange
 * @returns {Stage[]}
 */
function answer(inspection, exchange, own) {
  const told = exchange?.answer ?? inspection?.answer?.json ?? null;
  const error = exchange?.error ?? inspection?.answer?.error ?? null;
  if (!own && !inspection?.answer) return [];
  const { scope, why_not_token: why } = inspection?.answer ?? {};
  const line = html`
    ${error ? html`the error <code>${error}</code>` : (own?.line ?? "an IAM document")}
    ${scope && html`<br />right for ${SCOPES[scope]}${why && `: ${why}`}`}
  `;
  return [
    {
      title: TITLES.authorizer,
      ok: own?.ok ?? error === null,
      line,
      ms: own?.ms,
      more: told ? html`<${Json} value=${told} label="The authorizer's answer" />` : null,
      folded: "Document and context",
    },
  ];
}
