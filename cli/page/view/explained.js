// A decision and why: the rule that decides, its condition, what would change it, the other rules.

import { html } from "../vendor/preact.js";
import { Condition, Value } from "./condition.js";
import { Outcome, nameOf } from "./outcome.js";
import { Place } from "./place.js";

/** @typedef {import("../contract.js").Decision} Decision */

const ASKED = new Set(["asked", "forbids", "passes"]);

/** @param {{ decision: Decision, token: import("../contract.js").Inspection["token"] }} props */
export const Explained = ({ decision, token }) => html`
  <${Verdict} decision=${decision} token=${token} />
  ${decision.explanation && html`<${Rules} explanation=${decision.explanation} />`}
  ${decision.explanation && html`<${Changes} explanation=${decision.explanation} />`}
  ${decision.explanation && html`<${Others} explanation=${decision.explanation} />`}
`;

/** @param {{ decision: Decision, token?: import("../contract.js").Inspection["token"] }} props */
export const Verdict = ({ decision, token }) => html`
  <div class="verdict">
    <p class="verdict-line"><${Outcome} outcome=${nameOf(decision.outcome, decision.reason)} whole />${decision.tier && html`<span class="muted">tier <code>${decision.tier}</code></span>`}</p>
    ${decision.message && html`<p>${decision.message}</p>`}
    ${decision.explanation?.malformed && html`<p>${decision.explanation.malformed}: no rule is asked.</p>`}
    ${!decision.explanation && decision.required?.map((products) => html`<p>Would do: ${products.map((name, at) => html`${at > 0 && " and "}<code>product ${name}</code>`)}</p>`)}
    ${decision.hint && html`<p>The client is told: <q>${decision.hint}</q></p>`}
    ${token && token.outcome !== "verified" && token.outcome !== "visitor" && html`<p>The token: ${token.outcome}${token.message && html`, ${token.message}`}</p>`}
  </div>
`;

/** @param {{ explanation: import("../contract.js").Explanation }} props */
export function Rules({ explanation }) {
  const asked = [...explanation.routes, ...explanation.forbids].filter(({ part }) => ASKED.has(part));
  if (asked.length === 0) return html`<p class="muted">${explanation.malformed ? "" : "No route covers this, so it is denied."}</p>`;
  return asked.map(
    (rule) => html`
      <section class="asked" data-decides=${rule.decides || undefined}>
        <p class="source"><code>${rule.source}</code></p>
        <p class="muted"><${Place} place=${rule.place} /> ${rule.decides && html`<strong>decides</strong>: `}${rule.because}</p>
        ${rule.condition && html`<ul class="conditions" aria-label="Its condition"><${Condition} of=${rule.condition} /></ul>`}
      </section>
    `,
  );
}

/** What each step needs, beside what the user can do. */
const BY = { user: "", request: "another request", operator: "not the user's to change", provider: "the provider does not say" };

/** @param {{ explanation: import("../contract.js").Explanation }} props */
export function Changes({ explanation }) {
  const { changes, outcome } = explanation;
  const title = outcome === "allowed" ? "It would be denied" : "It would be allowed";
  if (changes.length === 0) {
    return html`<section class="changes"><h3>${title}</h3><p class="muted">by no change of facts: the policy or the request would have to be another.</p></section>`;
  }
  return html`
    <section class="changes">
      <h3>${title}</h3>
      <ul>
        ${changes.map(
          (change, at) => html`
            <li>
              ${at > 0 && html`<span class="muted">or </span>`}
              ${change.steps.map(
                ({ fact, holds, by }, step) => html`
                  ${step > 0 && html`<span class="muted"> and </span>`}<span class="muted">${holds ? "with" : "without"} </span><code>${fact === "user" ? "a valid token" : fact}</code>${BY[by] && html` <span class="note">${BY[by]}</span>`}
                `,
              )}
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}

/** @param {{ explanation: import("../contract.js").Explanation }} props */
export function Others({ explanation }) {
  const others = [...explanation.routes, ...explanation.forbids].filter(({ part }) => !ASKED.has(part));
  if (others.length === 0) return null;
  return html`
    <details class="others">
      <summary>${others.length + explanation.more_rules} ${others.length + explanation.more_rules === 1 ? "rule" : "rules"} nearby that did not count</summary>
      <ul>
        ${others.map(({ rule, place, because }) => html`<li><code>${rule}</code> <${Place} place=${place} /><br /><span class="muted">${because}</span></li>`)}
        ${explanation.more_rules > 0 && html`<li class="muted">and ${explanation.more_rules} more</li>`}
      </ul>
    </details>
  `;
}

/** @param {{ facts: import("../contract.js").Inspection["facts"] }} props */
export const Facts = ({ facts }) => html`
  <ul class="conditions flat" aria-label="Facts">
    ${facts.map(({ fact, value }) => html`<li><span class="condition"><${Value} of=${value} /><code>${fact}</code></span></li>`)}
  </ul>
`;
