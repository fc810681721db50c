// The stand-ins of the identity providers: their outages and their latency.

import { html } from "../vendor/preact.js";
import { change, state } from "../model/server.js";
import { Icon } from "./icon.js";
import { Select } from "./request.js";

/** The longest latency that can be set, in milliseconds: beyond it every call has timed out. */
const MOST_LATENCY = 60_000;

export const Providers = () => html`
  <h2>Providers</h2>
  <p class="muted">Stand-ins on this machine. Switch an outage on and see what your users would see.</p>
  ${state.value?.providers.length === 0
    ? html`<p class="empty">The configuration names no provider.</p>`
    : html`<ul class="providers">${state.value?.providers.map((provider) => html`<${Provider} key=${provider.name} of=${provider} />`)}</ul>`}
`;

/** @param {{ of: import("../contract.js").Provider }} props */
function Provider({ of }) {
  const { name, kind, url, fault, latency_ms, sign_in_url } = of;
  const isChanged = fault !== "none" || latency_ms > 0;
  const set = (/** @type {Record<string, unknown>} */ to) => change("providers", name, to);
  const onLatency = (/** @type {any} */ event) => {
    const ms = Math.round(Number(event.currentTarget.value));
    if (ms >= 0 && ms <= MOST_LATENCY) set({ latency_ms: ms });
  };
  return html`
    <li class="provider" data-changed=${isChanged || undefined}>
      <div class="user-who">
        <h3>${name}${isChanged && html`<span class="tag">changed</span>`}</h3>
        <p class="muted">${kind} · <code>${url}</code></p>
      </div>
      <${Select} label="Behaviour" value=${fault} onChoose=${(/** @type {string} */ value) => set({ fault: value })} options=${state.value?.faults ?? []} grow />
      <label class="field latency"><span>Latency (ms)</span>
        <input type="number" min="0" max=${MOST_LATENCY} step="100" value=${latency_ms} onChange=${onLatency} />
      </label>
      <div class="user-actions">
        ${sign_in_url && html`<a href=${sign_in_url} target="_blank" rel="noreferrer"><${Icon} name="open" />Sign-in page</a>`}
        ${isChanged && html`<button class="quiet" onClick=${() => set({ fault: "none", latency_ms: 0 })} aria-label=${`Reset ${name}`}><${Icon} name="undo" />Reset</button>`}
      </div>
    </li>
  `;
}
