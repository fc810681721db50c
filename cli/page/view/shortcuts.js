// The keys, in a dialog.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { Icon } from "./icon.js";
import { SHORTCUTS, setSingleKeys, shortcutsShown, singleKeys } from "./keys.js";

export function Shortcuts() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const isShown = shortcutsShown.value;
  useEffect(() => {
    if (isShown) dialog.current?.showModal();
  }, [isShown]);
  const close = () => dialog.current?.close();
  return html`
    <dialog class="shortcuts" ref=${dialog} aria-labelledby="shortcuts" onClose=${() => (shortcutsShown.value = false)}>
      <header>
        <h2 id="shortcuts">Keyboard shortcuts</h2>
        <button class="quiet square" aria-label="Close" onClick=${close}><${Icon} name="close" /></button>
      </header>
      <dl>
        ${SHORTCUTS.map(
          ({ keys, does, single }) => html`
            <div data-off=${(single && !singleKeys.value) || undefined}>
              <dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt>
              <dd>${does}</dd>
            </div>
          `,
        )}
      </dl>
      <label class="check">
        <input type="checkbox" checked=${singleKeys.value} onChange=${(/** @type {any} */ event) => setSingleKeys(event.target.checked)} />
        Keys without ${SHORTCUTS[0]?.keys[0]} work
      </label>
    </dialog>
  `;
}
