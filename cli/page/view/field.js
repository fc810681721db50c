// Fields with their labels.

import { html } from "../vendor/preact.js";

/**
 * A handler of an event that takes what the field holds.
 * @param {(text: string) => void} take
 */
export const typed = (take) => (/** @type {any} */ event) => take(event.currentTarget.value);

/**
 * @typedef {object} InputProps
 * @property {string | number} value
 * @property {(text: string) => void} onType
 * @property {string} [name]  what it is, where no label says so
 */

/** What is code: nothing is corrected, nothing is filled in.
 * @param {InputProps & Record<string, unknown>} props
 */
export const Code = ({ value, onType, name, ...more }) => html`
  <input
    class="mono"
    aria-label=${name}
    value=${value}
    onInput=${typed(onType)}
    spellcheck=${false}
    autocomplete="off"
    autocapitalize="off"
    ...${more}
  />
`;

/** @param {{ label: any, grow?: boolean, children: any }} props */
export const Field = ({ label, grow, children }) => html`
  <label class=${grow ? "field grow" : "field"}><span>${label}</span>${children}</label>
`;

/**
 * @typedef {object} SelectProps
 * @property {string} label
 * @property {string} value
 * @property {{ value: string, label: string }[]} options
 * @property {(value: string) => void} onChoose
 * @property {boolean} [grow]
 */

/** @param {SelectProps} props */
export const Select = ({ label, value, options, onChoose, grow }) => html`
  <${Field} label=${label} grow=${grow}>
    <select value=${value} onChange=${typed(onChoose)}>
      ${options.map((one) => html`<option value=${one.value} selected=${one.value === value}>${one.label}</option>`)}
    </select>
  </${Field}>
`;
