// A decision and why: the rule that decides, its condition, what would change it, the other rules.

import { html } from "../vendor/preact.js";
import { Condition, Value } from "./condition.js";
import { Icon } from "./icon.js";
import { Outcome, nameOf } from "./outcome.js";
import { Place } from "./place.js";

/** @typedef {import("../contract.js").Decision} Decision */
/** @typedef {import("../contract.js").Explanation} Explanation */

const ASKED = new Set(["asked", "forbids", "passes"]);

/** @param {{ decision: Decision, token: import("../contract.js").Inspection["token"] }} props */
export const Explained = ({ decision, token }) => html`
  <div class="explained">
    <div>
      <${Verdict} decision=${decision} token=${token} />
      ${decision.explanation && html`<${Rules} explanation=${decision.explanation} />`}
    </div>
    ${decision.explanation && html`<div>${[Changes, Others].map((Part) => html`<${Part} explanation=${decision.explanation} />`)}</div>`}
  </div>
`;

/** Beside what was asked for by drafts that have errors. */
export const InForce = () => html`
  <p class="hint">
    <${Icon} name="wrong" /><span>What stands in the editor has errors: this is by the policy in force.</span>
  </p>
`;

/** @param {{ decision: Decision, token?: import("../contract.js").Inspection["token"] }} props */
export function Verdict({ decision, token }) {
  const { outcome, reason, tier, message, explanation, hint } = decision;
  const isTold = token?.message && message?.includes(token.message);
  const isDoubtful = token && token.outcome !== "verified" && token.outcome !== "visitor" && !isTold;
  return html`
    <div class="verdict">
      <p class="verdict-line">
        <${Outcome} outcome=${nameOf(outcome, reason)} whole />
        ${tier && html`<span class="muted">tier <code>${tier}</code></span>`}
      </p>
      ${message && html`<p>${message}</p>`}
      ${explanation?.malformed && html`<p>${explanation.malformed}: no rule is asked.</p>`}
      ${!explanation && decision.required?.map((products) => html`<p>Would do: product ${products.join(" and ")}</p>`)}
      ${hint && html`<p>The client is told: <q>${hint}</q></p>`}
      ${isDoubtful && html`<p>The token: ${token.outcome}${token.message && `, ${token.message}`}</p>`}
    </div>
  `;
}

/** @param {{ explanation: Explanation }} props */
export function Rules({ explanation }) {
  const asked = [...explanation.routes, ...explanation.forbids].filter(({ part }) => ASKED.has(part));
  if (asked.length === 0 && explanation.malformed) return null;
  if (asked.length === 0) return html`<p class="muted">No route covers this, so it is denied.</p>`;
  return asked.map((rule) => html`<${Asked} rule=${rule} />`);
}

/** @param {{ rule: import("../contract.js").Considered }} props */
const Asked = ({ rule: { source, place, because, condition, decides } }) => html`
  <section class="asked" data-decides=${decides || undefined}>
    <p class="source"><code>${source}</code></p>
    <p class="muted"><${Place} place=${place} /> ${decides && html`<strong>decides</strong>: `}${because}</p>
    ${condition && html`<ul class="conditions" aria-label="Its condition"><${Condition} of=${condition} /></ul>`}
  </section>
`;

/** @param {{ explanation: Explanation }} props */
export const Changes = ({ explanation: { changes, outcome } }) => html`
  <section class="changes">
    <h3>${outcome === "allowed" ? "It would be denied" : "It would be allowed"}</h3>
    ${
      changes.length > 0
        ? html`<ul>${changes.map((change, at) => html`<li>${at > 0 && "or "}${change.steps.map(Step)}</li>`)}</ul>`
        : html`<p class="muted">by no change of facts: the policy or the request would have to be another.</p>`
    }
  </section>
`;

/** What is to be said of a step that is not up to the user. */
const BY = {
  user: "",
  request: "another request",
  operator: "not the user's to change",
  provider: "the provider does not say",
};

/**
 * @param {import("../contract.js").Change["steps"][number]} step
 * @param {number} at
 */
const Step = ({ fact, holds, by }, at) => html`
  ${at > 0 && " and "}${holds ? "with " : "without "}<code>${fact === "user" ? "a valid token" : fact}</code>
  ${BY[by] && html` <span class="note">${BY[by]}</span>`}
`;

/** @param {{ explanation: Explanation }} props */
export function Others({ explanation: { routes, forbids, more_rules: more } }) {
  const others = [...routes, ...forbids].filter(({ part }) => !ASKED.has(part));
  if (others.length === 0) return null;
  const count = others.length + more;
  return html`
    <details class="others">
      <summary>${count === 1 ? "1 rule" : `${count} rules`} nearby that did not count</summary>
      <ul>
        ${others.map(
          ({ rule, place, because }) => html`
            <li><code>${rule}</code> <${Place} place=${place} /><br /><span class="muted">${because}</span></li>
          `,
        )}
        ${more > 0 && html`<li class="muted">and ${more} more</li>`}
      </ul>
    </details>
  `;
}

/** @param {{ facts: import("../contract.js").Inspection["facts"] }} props */
export const Facts = ({ facts }) => html`
  <ul class="conditions flat" aria-label="Facts">
    ${facts.map(
      ({ fact, value }) => html`<li><span class="condition"><${Value} of=${value} /><code>${fact}</code></span></li>`,
    )}
  </ul>
`;
