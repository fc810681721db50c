// The stand-ins of the identity providers: their outages and their latency.

import { html } from "../vendor/preact.js";
import { change, state } from "../model/server.js";
import { Field, Select, typed } from "./field.js";
import { Icon } from "./icon.js";
import { Reset } from "./reset.js";

/** The longest latency that can be set, in milliseconds: beyond it every call has timed out. */
const MOST_LATENCY = 60_000;

export const Providers = () => html`
  <h2>Providers</h2>
  <p class="muted">Stand-ins on this machine. Switch an outage on and see what your users would see.</p>
  <ul class="providers">
    ${state.value?.providers.map((provider) => html`<${Provider} key=${provider.name} of=${provider} />`)}
  </ul>
`;

/** @param {import("../contract.js").Provider} of whose outage or latency is switched on */
export const isTroubled = ({ fault, latency_ms }) => fault !== "none" || latency_ms > 0;

/** @param {{ of: import("../contract.js").Provider }} props */
function Provider({ of }) {
  const { name, kind, url, fault, latency_ms, sign_in_url } = of;
  const isChanged = isTroubled(of);
  const set = (/** @type {Record<string, unknown>} */ to) => change("providers", name, to);
  const onLatency = (/** @type {string} */ text) => {
    const ms = Math.round(Number(text));
    if (ms >= 0 && ms <= MOST_LATENCY) set({ latency_ms: ms });
  };
  return html`
    <li class="provider" data-changed=${isChanged || undefined}>
      <div class="user-who">
        <h3>${name}${isChanged && html`<span class="tag">in trouble</span>`}</h3>
        <p class="muted">${kind} · <code>${url}</code></p>
      </div>
      <${Select}
        label="Behaviour"
        value=${fault}
        options=${state.value?.faults ?? []}
        onChoose=${(/** @type {string} */ value) => set({ fault: value })}
        grow
      />
      <${Field} label="Latency (ms)">
        <input
          class="latency"
          type="number"
          min="0"
          max=${MOST_LATENCY}
          step="100"
          value=${latency_ms}
          onChange=${typed(onLatency)}
        />
      </${Field}>
      <div class="user-actions">
        ${sign_in_url && html`<${SignIn} url=${sign_in_url} />`}
        ${isChanged && html`<${Reset} name=${name} onReset=${() => set({ fault: "none", latency_ms: 0 })} />`}
      </div>
    </li>
  `;
}

/** @param {{ url: string }} props */
const SignIn = ({ url }) => html`
  <a href=${url} target="_blank" rel="noreferrer"><${Icon} name="open" />Sign-in page</a>
`;
