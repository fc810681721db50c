// A condition as a tree, each part with its value.

import { html } from "../vendor/preact.js";

const SIGNS = { true: "✓", false: "✗", unknown: "?" };

/** @param {{ of: import("../contract.js").Truth }} props */
export const Value = ({ of }) =>
  html`<span class="truth" data-truth=${of}><span aria-hidden="true">${SIGNS[of]}</span>${of}</span>`;

/**
 * @param {{ of: import("../contract.js").Condition }} props  its depth is bounded by what compiles
 * @returns {any}
 */
export const Condition = ({ of }) => html`
  <li>
    <span class="condition">
      <${Value} of=${of.value} />
      ${of.text === "all of" || of.text === "any of" ? html`<em>${of.text}</em>` : html`<code>${of.text}</code>`}
      ${of.note && html`<span class="note">${of.note}</span>`}
    </span>
    ${of.parts.length > 0 && html`<ul>${of.parts.map((part) => html`<${Condition} of=${part} />`)}</ul>`}
  </li>
`;
