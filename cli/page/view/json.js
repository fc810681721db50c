// JSON for reading: indented, its keys and texts apart in colour.

import { html } from "../vendor/preact.js";

/** Beyond this it is text without colours, in characters. */
const MOST_COLOURED = 50_000;
const PARTS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** @param {{ value: unknown, label: string }} props */
export const Json = ({ value, label }) => {
  const text = JSON.stringify(value, null, 2) ?? "";
  return html`<pre class="json" tabindex="0" aria-label=${label}>${text.length > MOST_COLOURED ? text : coloured(text)}</pre>`;
};

/**
 * A body as JSON if it is that, else as it is.
 * @param {{ text: string, label: string }} props
 */
export const Body = ({ text, label }) => {
  const value = parsed(text);
  return value === undefined
    ? html`<pre class="json" tabindex="0" aria-label=${label}>${text}</pre>`
    : html`<${Json} value=${value} label=${label} />`;
};

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function coloured(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(PARTS)) {
    const [whole, string, colon] = match;
    const shown = string ?? whole;
    parts.push(text.slice(from, match.index));
    parts.push(html`<span class=${colon ? "json-key" : string ? "json-text" : "json-word"}>${shown}</span>`);
    from = match.index + shown.length;
  }
  parts.push(text.slice(from));
  return parts;
}
