// What is wrong with a saved file, in its own words. The last good one stays in force.

import { html } from "../vendor/preact.js";
import { connected, state } from "../model/server.js";
import { Icon } from "./icon.js";

const WHAT = /** @type {const} */ ({
  policy: "The saved policy has errors",
  configuration: "authorizer.yaml has errors",
  template: "The template has errors",
  users: "The users file has errors",
});

export function Health() {
  const problems = /** @type {(keyof typeof WHAT)[]} */ (Object.keys(WHAT)).filter(
    (name) => state.value?.problems[name],
  );
  return html`
    <div class="problems" role="status">
      ${
        !connected.value &&
        html`<p class="problem" data-tone="failed">
        <${Icon} name="wrong" />
        <span><strong>tollgate dev does not answer.</strong> Start it again in the terminal: this page goes on by itself.</span>
      </p>`
      }
      ${problems.map(
        (name) => html`
          <details class="problem" data-tone="change" key=${name} open>
            <summary><${Icon} name="wrong" /><span><strong>${WHAT[name]}.</strong> The last good one stays in force.</span></summary>
            <pre tabindex="0">${state.value?.problems[name]}</pre>
          </details>
        `,
      )}
    </div>
  `;
}
