// The request bench: a request, who makes it, and what becomes of it.

import { html } from "../vendor/preact.js";
import { copy } from "../model/copy.js";
import { edited } from "../model/policy.js";
import {
  amend,
  busy,
  canWriteTest,
  curlOf,
  explain,
  isHandshake,
  result,
  scenario,
  send,
  toHash,
  writeTest,
} from "../model/scenario.js";
import { state } from "../model/server.js";
import { InForce } from "./explained.js";
import { Icon } from "./icon.js";
import { RequestForm } from "./request.js";
import { ResponseCard } from "./response.js";
import { Story } from "./story.js";

const EXPLAIN = "Without sending it, by what stands in the editor";

export const Bench = () => html`
  <div class="bench">
    <form class="bench-form" onSubmit=${submit} aria-label="Request">
      <${RequestForm} of=${scenario.value} onChange=${amend} state=${state.value} />
      <div class="actions">
        ${isHandshake(scenario.value) ? html`<${ExplainFirst} />` : html`<${SendFirst} />`}
        <span class="actions-end">
          <button type="button" class="quiet" onClick=${() => copy(`the ${client()} line`, curlOf(scenario.value))}>
            <${Icon} name="copy" />${client()}
          </button>
          <button type="button" class="quiet" onClick=${() => copy("the link; it holds no token", linkTo(scenario.value))}>
            <${Icon} name="link" />Link
          </button>
          <button type="button" class="quiet" disabled=${!canWriteTest()} onClick=${() => writeTest(scenario.value)}>
            <${Icon} name="test" />Write as a test
          </button>
        </span>
      </div>
    </form>
    <div class="result" aria-live="polite">
      ${result.value ? html`<${Result} of=${result.value} />` : html`<${Invitation} />`}
    </div>
  </div>
`;

const SendFirst = () => html`
  <button class="primary" type="submit" disabled=${busy.value}><${Icon} name="send" />Send</button>
  <button type="button" disabled=${busy.value} onClick=${explain} title=${EXPLAIN}>Explain</button>
`;

/** A page cannot send a handshake with a header. */
const ExplainFirst = () => html`
  <button class="primary" type="submit" disabled=${busy.value} title=${EXPLAIN}>Explain</button>
  <span class="muted">A client connects: copy the wscat line, then look at the traffic.</span>
`;

const client = () => (isHandshake(scenario.value) ? "wscat" : "curl");

/** @param {Event} event */
function submit(event) {
  event.preventDefault();
  if (isHandshake(scenario.value)) explain();
  else send();
}

/** @param {import("../contract.js").Scenario} of */
const linkTo = (of) => `${location.origin}/#${toHash(of)}`;

/** @param {{ of: NonNullable<typeof result.value> }} props */
const Result = ({ of: { sent, inspection, of } }) => html`
  <h2 class="result-title">
    <span class="as">${sent ? "Sent" : "Explained, not sent"}</span> <code>${of.method} ${of.path}</code>${" "}
    <span class="as">as ${of.user ?? "visitor"}</span>
  </h2>
  ${sent && edited.value.length > 0 && html`<${Unsaved} />`}
  ${sent && html`<${ResponseCard} response=${sent.response} ms=${sent.exchange.ms} cached=${sent.exchange.cached} />`}
  ${inspection?.problem && html`<${InForce} />`}
  <${Story} exchange=${sent?.exchange ?? null} inspection=${inspection} />
`;

const Unsaved = () => html`
  <p class="hint">
    <${Icon} name="wrong" />
    <span>
      The gateway obeys the policy in force, without your unsaved edits.${" "}
      <button class="link" onClick=${explain}>Explain with the edits</button>
    </span>
  </p>
`;

const Invitation = () => html`
  <div class="empty">
    <p>Send a request through the gateway on this machine, as one of your users, and see what each stage made of it.</p>
    <p class="muted">Explain does the same without sending it, and by what stands in the editor.</p>
  </div>
`;
