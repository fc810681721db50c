// What is served where, by which policy, and how the page looks.

import { html } from "../vendor/preact.js";
import { copy } from "../model/copy.js";
import { connected, state } from "../model/server.js";
import { nextTheme, theme } from "../model/theme.js";
import { show } from "../model/view.js";
import { Icon } from "./icon.js";
import { shortcutsShown } from "./keys.js";
import { isTroubled } from "./providers.js";

export const Header = () => html`
  <header class="header">
    <h1 class="brand"><${Icon} name="gate" />Tollgate</h1>
    ${state.value && html`<${Gateway} of=${state.value} />`}
    <div class="header-end">
      <${Faults} />
      ${state.value && html`<${Version} of=${state.value.policy.version} />`}
      <${Connection} />
      <button class="quiet square" onClick=${nextTheme} aria-label=${`Theme: ${theme.value}. Change it`} title="Theme">
        <${Icon} name=${theme.value} />
      </button>
      <button class="quiet square" onClick=${showShortcuts} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">
        <span aria-hidden="true">?</span>
      </button>
    </div>
  </header>
`;

const showShortcuts = () => (shortcutsShown.value = true);

/** @param {{ of: string | null }} props */
const Version = ({ of }) => html`
  <span class="version" title="The version of the policy in force">policy <code>${of?.slice(0, 8) ?? "none"}</code></span>
`;

/** @param {{ of: import("../contract.js").State }} props */
const Gateway = ({ of }) => html`
  <ul class="gateways" aria-label="APIs that are served">
    ${of.gateway.apis.map(
      ({ name, kind, url, stage }) => html`
        <li title=${`${kind}, stage ${stage}`}>
          <span class="api-name">${name}</span>
          <button class="quiet" onClick=${() => copy(url, url)} aria-label=${`Copy the URL of ${name}: ${url}`}>
            <code>${url.replace(/^\w+:\/\//, "")}</code><${Icon} name="copy" />
          </button>
        </li>
      `,
    )}
    ${of.function && html`<li title="The authorizer runs there"><span class="api-name">function</span><code>${of.function}</code></li>`}
  </ul>
`;

/** Switched-on outages, since what they do looks like a mistake elsewhere. */
const Faults = () => html`
  ${state.value?.providers.filter(isTroubled).map(
    ({ name, fault, latency_ms }) => html`
      <button class="fault" data-tone="failed" title="To the providers" onClick=${() => show("users")}>
        <${Icon} name="wrong" />${name}: ${[fault !== "none" && fault, latency_ms > 0 && `${latency_ms} ms late`].filter(Boolean).join(", ")}
      </button>
    `,
  )}
`;

const Connection = () => {
  const wrong = state.value ? Object.values(state.value.problems).filter(Boolean).length : 0;
  if (!connected.value) return html`<span class="health" data-tone="failed"><${Icon} name="wrong" />not running</span>`;
  if (wrong > 0) {
    return html`<span class="health" data-tone="change"><${Icon} name="wrong" />${wrong === 1 ? "1 problem" : `${wrong} problems`}</span>`;
  }
  return html`<span class="health" data-tone="allowed"><${Icon} name="allowed" />in force</span>`;
};
