// Light, dark, or as the system has it; kept in this browser.

import { effect, signal } from "../vendor/preact.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const KEY = "tollgate-theme";
const THEMES = /** @type {Theme[]} */ (["system", "light", "dark"]);

export const theme = signal(THEMES.find((one) => one === localStorage.getItem(KEY)) ?? "system");

export function nextTheme() {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  localStorage.setItem(KEY, theme.value);
}

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
