// A place in a policy, as a link into the editor.

import { html } from "../vendor/preact.js";
import { fileOf, goTo } from "../model/policy.js";

/** @param {{ place: string }} props such as `policy/access.policy:7` */
export function Place({ place }) {
  const [, path = "", line = ""] = /^(.*):(\d+)$/.exec(place) ?? [];
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!fileOf(name)) return html`<span>${place}</span>`;
  return html`<button class="link" onClick=${() => goTo(name, Number(line))}>${name}:${line}</button>`;
}
