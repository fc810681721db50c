// The notices at the foot of the page.

import { html } from "../vendor/preact.js";
import { dismiss, notices } from "../model/notice.js";
import { Icon } from "./icon.js";

export const Notices = () => html`
  <div class="notices" role="status" aria-live="polite">
    ${notices.value.map(
      ({ id, text, kind, action }) => html`
        <div class="notice" data-kind=${kind} key=${id}>
          <${Icon} name=${kind === "wrong" ? "wrong" : "allowed"} />
          <span>${text}</span>
          ${action && html`<button onClick=${() => (action.run(), dismiss(id))}>${action.label}</button>`}
          <button class="quiet square" aria-label="Close this notice" onClick=${() => dismiss(id)}><${Icon} name="close" /></button>
        </div>
      `,
    )}
  </div>
`;
