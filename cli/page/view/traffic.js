// What the gateway handled, as it comes.

import { html, useSignal } from "../vendor/preact.js";
import { chosen, exchanges, held, matching, paused, togglePause } from "../model/traffic.js";
import { state } from "../model/server.js";
import { copy } from "../model/copy.js";
import { ExchangePanel } from "./exchange.js";
import { Icon } from "./icon.js";
import { Outcome, nameOf } from "./outcome.js";
import { Select } from "./request.js";
import { toneOf } from "./response.js";

export function Traffic() {
  const outcome = useSignal("");
  const text = useSignal("");
  const all = exchanges.value;
  const shown = matching(all, outcome.value, text.value);
  const outcomes = [...new Set(all.map((one) => one.outcome))].sort();
  return html`
    <div class="with-panel">
      <div class="traffic">
        <div class="toolbar">
          <label class="field grow"><span>Filter</span>
            <input type="search" placeholder="path, user, rule, status" value=${text.value} onInput=${(/** @type {any} */ event) => (text.value = event.currentTarget.value)} />
          </label>
          <${Select} label="Outcome" value=${outcome.value} onChoose=${(/** @type {string} */ value) => (outcome.value = value)}
            options=${[{ value: "", label: "any" }, ...outcomes.map((value) => ({ value, label: value }))]} />
          <button class="pause" aria-pressed=${paused.value} onClick=${togglePause}>
            <${Icon} name=${paused.value ? "play" : "pause"} />${paused.value ? `Go on${held.value > 0 ? `, ${held.value} more` : ""}` : "Pause"}
          </button>
        </div>
        ${all.length === 0 ? html`<${Nothing} />` : shown.length === 0 ? html`<p class="empty">None of the ${all.length} requests fits the filter.</p>` : html`<${List} of=${shown} />`}
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
            <span class="exchange-call"><span class="method">${one.method}</span><span class="path">${one.path}</span></span>
            <span class="status" data-tone=${toneOf(one.status)}>${one.status}</span>
            <span class="exchange-outcome"><${Outcome} outcome=${nameOf(one.outcome, one.reason?.split(",")[0] ?? null)} />${one.cached && html`<span class="tag">kept</span>`}</span>
            <span class="exchange-who">${one.user ?? "visitor"}</span>
            <span class="exchange-rule">${one.rule ?? one.reason ?? ""}</span>
            <span class="exchange-time"><time datetime=${one.time}>${clock(one.time)}</time> <span class="ms">${one.ms.toFixed(1)} ms</span></span>
          </button>
        </li>
      `,
    )}
  </ul>
`;

/** @param {string} time */
const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

function Nothing() {
  const line = `curl -i ${state.value?.gateway.url}/`;
  return html`
    <div class="empty">
      <p>No request has come yet. Send one from a terminal, and it appears here:</p>
      <p class="sample"><code>${line}</code><button class="quiet square" aria-label="Copy the line" onClick=${() => copy("the line", line)}><${Icon} name="copy" /></button></p>
    </div>
  `;
}
