// Who calls, and the providers that know them: both can be changed while everything runs.

import { html } from "../vendor/preact.js";
import { get } from "../model/api.js";
import { copy } from "../model/copy.js";
import { put } from "../model/scenario.js";
import { change, state } from "../model/server.js";
import { show } from "../model/view.js";
import { Choice } from "./choice.js";
import { Icon } from "./icon.js";
import { Providers } from "./providers.js";
import { Reset } from "./reset.js";

const SESSIONS = [
  { value: "active", label: "signed in" },
  { value: "ended", label: "signed out" },
];
const TOKENS = [
  { value: "good", label: "good token" },
  { value: "expired", label: "expired" },
];

export function Users() {
  const { users = [] } = state.value ?? {};
  return html`
    <div class="users-view">
      <${Providers} />
      <h2>Users</h2>
      <p class="muted">
        As the stand-ins of the providers know them. What you change here lasts until the users file is saved.
      </p>
      ${
        users.length === 0
          ? html`<p class="empty">No provider here has users: write some into the users file.</p>`
          : html`<ul class="users">${users.map((user) => html`<${User} key=${user.name} of=${user} />`)}</ul>`
      }
    </div>
  `;
}

/** @param {{ of: import("../contract.js").User }} props */
function User({ of }) {
  const { name, id, email, products, session, token, changed } = of;
  const known = [...new Set([...(state.value?.products ?? []), ...products])];
  const set = (/** @type {Record<string, unknown>} */ to) => change("users", name, to);
  const toggle = (/** @type {string} */ product) =>
    set({ products: products.includes(product) ? products.filter((one) => one !== product) : [...products, product] });
  return html`
    <li class="user" data-changed=${changed || undefined}>
      <div class="user-who">
        <h3>${name}${changed && html`<span class="tag">changed</span>`}</h3>
        <p class="muted">${[id, email].filter(Boolean).join(" · ")}</p>
      </div>
      <div class="user-products" role="group" aria-label=${`Products of ${name}`}>
        ${known.map((product) => html`<${Product} name=${product} isOn=${products.includes(product)} onToggle=${() => toggle(product)} />`)}
        ${known.length === 0 && html`<span class="muted">no products</span>`}
      </div>
      <div class="user-state">
        <${Choice}
          label=${`Session of ${name}`}
          value=${session}
          options=${SESSIONS}
          onChoose=${(/** @type {string} */ value) => set({ session: value })}
        />
        <${Choice}
          label=${`Token of ${name}`}
          value=${token}
          options=${TOKENS}
          onChoose=${(/** @type {string} */ value) => set({ token: value })}
        />
      </div>
      <div class="user-actions">
        <button class="quiet" onClick=${() => copy(`a token of ${name}`, tokenOf(name))}><${Icon} name="copy" />Token</button>
        <button class="quiet" onClick=${() => ask(name)} aria-label=${`Make a request as ${name}`}>
          <${Icon} name="send" />Request
        </button>
        ${changed && html`<${Reset} name=${name} onReset=${() => set({ products: null, session: null, token: null })} />`}
      </div>
    </li>
  `;
}

/** @param {{ name: string, isOn: boolean, onToggle: () => void }} props */
const Product = ({ name, isOn, onToggle }) => html`
  <button class="toggle" aria-pressed=${isOn} onClick=${onToggle}><${Icon} name=${isOn ? "allowed" : "add"} />${name}</button>
`;

/** @param {string} user */
function ask(user) {
  put({ user });
  show("request");
}

/** @param {string} user */
async function tokenOf(user) {
  const { token } = await get(`/api/token?${new URLSearchParams({ user })}`);
  return token;
}
