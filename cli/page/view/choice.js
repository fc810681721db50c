// One of a few, side by side.

import { html } from "../vendor/preact.js";

/**
 * @param {{ label: string, value: string, options: { value: string, label: string }[], onChoose: (value: any) => void }} props
 */
export const Choice = ({ label, value, options, onChoose }) => html`
  <div class="choice" role="group" aria-label=${label}>
    ${options.map(
      (option) => html`
        <button aria-pressed=${option.value === value} onClick=${() => onChoose(option.value)}>${option.label}</button>
      `,
    )}
  </div>
`;
