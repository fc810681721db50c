// Back to what the file says.

import { html } from "../vendor/preact.js";
import { Icon } from "./icon.js";

/** @param {{ name: string, onReset: () => void }} props */
export const Reset = ({ name, onReset }) => html`
  <button class="quiet" onClick=${onReset} aria-label=${`Reset ${name}`}><${Icon} name="undo" />Reset</button>
`;
