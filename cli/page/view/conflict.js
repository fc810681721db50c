// Two edits of one file: the one here and the one on disk, for choosing.

import { html } from "../vendor/preact.js";
import { settle } from "../model/policy.js";
import { Icon } from "./icon.js";

/** @param {{ file: import("../model/policy.js").File }} props */
export const Conflict = ({ file }) => html`
  <div class="conflict" role="alert">
    <p>
      <${Icon} name="wrong" />
      <span>
        <strong>${file.name} was saved elsewhere</strong> while you edited it here. Lines that are not in the other are
        marked.
      </span>
    </p>
    <div class="conflict-choice">
      <button onClick=${() => settle(file.name, "mine")}>Keep mine</button>
      <button onClick=${() => settle(file.name, "theirs")}>Take what is on disk</button>
    </div>
    <div class="versions">
      <${Version} title="Mine, in the editor" text=${file.text} other=${file.conflict?.text ?? ""} />
      <${Version} title="On disk" text=${file.conflict?.text ?? ""} other=${file.text} />
    </div>
  </div>
`;

/** @param {{ title: string, text: string, other: string }} props */
function Version({ title, text, other }) {
  const others = new Set(other.split(/\r?\n/));
  return html`
    <section aria-label=${title}>
      <h2>${title}</h2>
      <pre tabindex="0">
        ${text
          .split(/\r?\n/)
          .map((line) => html`<span data-differs=${!others.has(line) || undefined}>${line}${"\n"}</span>`)}
      </pre>
    </section>
  `;
}
