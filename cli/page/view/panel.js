// A panel beside a list or the matrix; over it where there is no room. Escape closes it, and the
// focus returns to where it came from.

import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { Icon } from "./icon.js";

/**
 * @typedef {object} PanelProps
 * @property {any} title
 * @property {unknown} about  what it shows, to tell one opening from another
 * @property {() => void} onClose
 * @property {any} children
 */

/** @param {PanelProps} props */
export function Panel({ title, onClose, about, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const opener = useRef(/** @type {Element | null} */ (null));
  // Before it is painted: a key that is pressed as it appears is for it.
  useLayoutEffect(() => {
    const { activeElement } = document;
    if (!heading.current?.closest("aside")?.contains(activeElement)) opener.current = activeElement;
    heading.current?.focus();
  }, [about]);
  useLayoutEffect(() => () => focusOn(opener.current), []);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    onClose();
  };
  return html`
    <aside class="panel" aria-labelledby="panel-title" onKeyDown=${onKeyDown}>
      <header>
        <h2 id="panel-title" tabindex="-1" ref=${heading}>${title}</h2>
        <button class="quiet square" aria-label="Close (Esc)" title="Close (Esc)" onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      <div class="panel-body">${children}</div>
    </aside>
  `;
}

/** @param {Element | null} element */
function focusOn(element) {
  if (element instanceof HTMLElement && element.isConnected) element.focus();
}

/** @param {{ text: string }} props */
export const Wrong = ({ text }) => html`
  <p class="problem" data-tone="failed"><${Icon} name="wrong" />${text}</p>
`;
