// The frame: header, the policy, the views beside it, notices.

import { html } from "../vendor/preact.js";
import { state } from "../model/server.js";
import { VIEWS, isWide, show, view } from "../model/view.js";
import { Bench } from "./bench.js";
import { Header } from "./header.js";
import { Health } from "./health.js";
import { MatrixView } from "./matrix.js";
import { Notices } from "./notices.js";
import { Policy } from "./policy.js";
import { Shortcuts } from "./shortcuts.js";
import { Traffic } from "./traffic.js";
import { Users } from "./users.js";

const CONTENT = { policy: null, matrix: MatrixView, request: Bench, traffic: Traffic, users: Users };

export function App() {
  const isPolicy = view.value === "policy";
  const Content = CONTENT[view.value];
  return html`
    <${Header} />
    <${Health} />
    <main class="frame" data-view=${view.value}>
      ${
        state.value
          ? html`
            <section class="policy" aria-label="Policy" hidden=${!isWide.value && !isPolicy}><${Policy} /></section>
            <section class="side" aria-label=${isPolicy ? undefined : VIEWS.find(({ name }) => name === view.value)?.label}>
              <${Tabs} />
              ${Content && html`<div class="view"><${Content} /></div>`}
            </section>
          `
          : html`<p class="empty">Asking <code>tollgate dev</code> …</p>`
      }
    </main>
    <${Notices} />
    <${Shortcuts} />
  `;
}

/** Links, so that each view has an address. */
const Tabs = () => html`
  <nav class="tabs" aria-label="Views">
    ${VIEWS.filter(({ name }) => !isWide.value || name !== "policy").map(
      ({ name, label }) => html`
        <a href=${`#${name}`} aria-current=${view.value === name ? "page" : undefined} onClick=${go(name)}>${label}</a>
      `,
    )}
  </nav>
`;

/** @param {import("../model/view.js").View} name */
const go = (name) => (/** @type {Event} */ event) => {
  event.preventDefault();
  show(name);
};
