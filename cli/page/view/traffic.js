// What the gateway handled, as it comes.

import { html, useSignal } from "../vendor/preact.js";
import { copy } from "../model/copy.js";
import { state } from "../model/server.js";
import { chosen, exchanges, held, isRequest, matching, paused, togglePause } from "../model/traffic.js";
import { ExchangePanel } from "./exchange.js";
import { Field, Select, typed } from "./field.js";
import { Icon } from "./icon.js";
import { Outcome, nameOf } from "./outcome.js";
import { toneOf } from "./response.js";

export function Traffic() {
  const outcome = useSignal("");
  const text = useSignal("");
  const all = exchanges.value;
  const shown = matching(all, outcome.value, text.value);
  const outcomes = [...new Set(all.map((one) => one.outcome))].sort();
  const more = held.value > 0 ? `, ${held.value} more` : "";
  return html`
    <div class="with-panel">
      <div class="traffic">
        <div class="toolbar">
          <${Field} label="Filter" grow>
            <input
              type="search"
              placeholder="path, user, rule, status"
              value=${text.value}
              onInput=${typed((value) => (text.value = value))}
            />
          </${Field}>
          <${Select}
            label="Outcome"
            value=${outcome.value}
            options=${[{ value: "", label: "any" }, ...outcomes.map((value) => ({ value, label: value }))]}
            onChoose=${(/** @type {string} */ value) => (outcome.value = value)}
          />
          <button class="pause" aria-pressed=${paused.value} onClick=${togglePause}>
            <${Icon} name=${paused.value ? "play" : "pause"} />${paused.value ? `Go on${more}` : "Pause"}
          </button>
        </div>
        ${shown.length > 0 ? html`<${List} of=${shown} />` : html`<${Nothing} of=${all.length} />`}
      </div>
      ${chosen.value !== null && html`<${ExchangePanel} id=${chosen.value} onClose=${() => (chosen.value = null)} />`}
    </div>
  `;
}

/** @param {{ of: import("../contract.js").Summary[] }} props */
const List = ({ of }) => html`
  <ul class="exchanges" aria-label="Requests, newest first">
    ${of.map(
      (one) => html`
        <li key=${one.id}>
          <button aria-expanded=${chosen.value === one.id} onClick=${() => (chosen.value = one.id)}>
            <${Line} of=${one} />
          </button>
        </li>
      `,
    )}
  </ul>
`;

/** @param {{ of: import("../contract.js").Summary }} props */
const Line = ({ of: { method, path, status, outcome, reason, cached, user, rule, time, ms } }) => html`
  <span class="exchange-call"><span class="method">${method}</span><span class="path">${path}</span></span>
  <span class="status" data-tone=${toneOf(status)}>${status}</span>
  <span class="exchange-outcome">
    <${Outcome} outcome=${nameOf(outcome, reason?.split(",")[0] ?? null)} />${cached && html`<span class="tag">kept</span>`}
  </span>
  <span class="exchange-who">${user ?? (isRequest({ method }) ? "visitor" : "")}</span>
  <span class="exchange-rule">${rule ?? reason ?? ""}</span>
  <span class="exchange-time">
    <time datetime=${time}>${clock(time)}</time> <span class="ms">${ms.toFixed(1)} ms</span>
  </span>
`;

/** @param {string} time */
const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

/** @param {{ of: number }} props  how many there are that the filter leaves out */
function Nothing({ of }) {
  if (of > 0) return html`<p class="empty">None of the ${of} requests fits the filter.</p>`;
  const line = `curl -i ${state.value?.gateway.url}/`;
  const onCopy = () => copy("the line", line);
  return html`
    <div class="empty">
      <p>No request has come yet. Send one from a terminal, and it appears here:</p>
      <p class="sample">
        <code>${line}</code>
        <button class="quiet square" aria-label="Copy the line" onClick=${onCopy}><${Icon} name="copy" /></button>
      </p>
    </div>
  `;
}
