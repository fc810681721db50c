// The keys that work anywhere on the page. Single ones rest while something is typed, and can be
// switched off for those who speak to their computer (WCAG 2.1.4).

import { signal } from "../vendor/preact.js";
import { current, save } from "../model/policy.js";
import { send } from "../model/scenario.js";
import { VIEWS, isWide, show, view } from "../model/view.js";

const KEY = "tollgate-single-keys";

export const shortcutsShown = signal(false);
export const singleKeys = signal(localStorage.getItem(KEY) !== "off");

/** @param {boolean} on */
export function setSingleKeys(on) {
  singleKeys.value = on;
  localStorage.setItem(KEY, on ? "on" : "off");
}

const MOD = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";

/** What stands under `?`. */
export const SHORTCUTS = [
  { keys: [MOD, "S"], does: "format and save the policy file" },
  { keys: [MOD, "Enter"], does: "send the request on the bench" },
  { keys: ["Esc"], does: "close the panel beside a list or the matrix" },
  { keys: ["← ↑ → ↓"], does: "move in the matrix; Enter explains" },
  { keys: ["F2"], does: "rename what stands at the cursor in the editor" },
  { keys: ["F8"], does: "next finding in the editor" },
  { keys: ["Tab"], does: "leave the editor" },
  { keys: ["1"], single: true, does: "the policy" },
  { keys: ["2"], single: true, does: "the matrix" },
  { keys: ["3"], single: true, does: "the request bench" },
  { keys: ["4"], single: true, does: "traffic" },
  { keys: ["5"], single: true, does: "users and providers" },
  { keys: ["?"], single: true, does: "this list" },
];

export function followKeys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const run = event.ctrlKey || event.metaKey ? withControl(event) : single(event);
    if (!run) return;
    event.preventDefault();
    run();
  });
}

/** @param {KeyboardEvent} event */
function withControl(event) {
  if (event.altKey || event.shiftKey) return null;
  if (event.key === "s") return () => current.value && save(current.value);
  if (event.key === "Enter" && view.value === "request") return send;
  return null;
}

/** @param {KeyboardEvent} event */
function single(event) {
  if (!singleKeys.value || event.altKey || isTyping(event) || document.querySelector("dialog[open]")) return null;
  if (event.key === "?") return () => (shortcutsShown.value = true);
  const chosen = /^[1-5]$/.test(event.key) && VIEWS[Number(event.key) - 1];
  if (!chosen) return null;
  return () => (chosen.name === "policy" ? focusEditor() : show(chosen.name));
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function focusEditor() {
  if (!isWide.value) show("policy");
  editorFocus.value += 1;
}

/** Grows when the editor is asked to take the focus. */
export const editorFocus = signal(0);
