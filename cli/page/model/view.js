// Which view is shown, and the part of the address after the `#` that says so.

import { signal } from "../vendor/preact.js";
import { tell } from "./notice.js";
import { fromHash, put } from "./scenario.js";

/** @typedef {"policy" | "matrix" | "request" | "traffic" | "users"} View */

/** In the order of the tabs. The policy is a tab of its own only where there is no room beside it. */
export const VIEWS = /** @type {{ name: View, label: string }[]} */ ([
  { name: "policy", label: "Policy" },
  { name: "matrix", label: "Matrix" },
  { name: "request", label: "Request" },
  { name: "traffic", label: "Traffic" },
  { name: "users", label: "Users" },
]);

export const view = signal(/** @type {View} */ ("matrix"));
/** Where the editor stands beside the views. As in `style/layout.css`. */
const wide = matchMedia("(min-width: 60rem)");
export const isWide = signal(wide.matches);

/** @param {View} name */
export function show(name) {
  view.value = isWide.value && name === "policy" ? "matrix" : name;
  history.replaceState(null, "", `#${name}`);
}

/** Shows the editor, wherever it is. */
export function showEditor() {
  if (!isWide.value) show("policy");
}

/** Reads the address, now and whenever it changes. */
export function followAddress() {
  wide.addEventListener("change", () => {
    isWide.value = wide.matches;
    if (wide.matches && view.value === "policy") show("matrix");
  });
  addEventListener("hashchange", readAddress);
  readAddress();
}

function readAddress() {
  const hash = location.hash.slice(1);
  if (hash === "") return;
  const named = VIEWS.find(({ name }) => name === hash);
  if (named) return show(named.name);
  const linked = fromHash(hash);
  if (linked) {
    put(linked);
    show("request");
  } else {
    tell("This link holds no request: it may have been cut off");
    show("matrix");
  }
}
