// The icons, drawn by hand on a grid of 16. They say nothing by themselves: a word stands beside each.

import { html } from "../vendor/preact.js";

const PATHS = {
  gate: "M4 13.5V6m-2 7.5h4M4 7.5l9-3.5",
  allowed: "m3 8.5 3.2 3.2L13 4.8",
  login: "M9.8 6.2a2.6 2.6 0 1 0-3.1 2.6L3 12.5v1h2.2v-1.7h1.6l1.1-1.1-.1-1.9a2.6 2.6 0 0 0 2-2.6Z",
  upgrade: "M8 13V3.5M4 7.5l4-4 4 4",
  mfa: "M8 2.2 3.2 4v3.8c0 3 2 5 4.8 6 2.8-1 4.8-3 4.8-6V4L8 2.2Z",
  verify: "M2.5 4h11v8h-11zM2.5 4.5 8 9l5.5-4.5",
  forbidden: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM4.2 4.2l7.6 7.6",
  none: "M3.5 8h9",
  wrong: "M8 2.5 14 13H2L8 2.5ZM8 6.5v3m0 1.9v.1",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z",
  link: "M6.5 9.5 9.5 6.5M7 4.5l1.2-1.2a3 3 0 0 1 4.4 4.4L11.5 9M4.5 7 3.4 8.2a3 3 0 0 0 4.4 4.4L9 11.5",
  send: "M2.5 8h10M8.5 4l4 4-4 4",
  test: "M6 2.5v4L2.8 12a1 1 0 0 0 .9 1.5h8.6a1 1 0 0 0 .9-1.5L10 6.5v-4m-5.2 0h6.4M4.5 9.5h7",
  pause: "M5.5 3.5v9m5-9v9",
  play: "M5 3.5v9l7-4.5-7-4.5Z",
  system: "M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3",
  light:
    "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.3m0 10.4v1.3M1.5 8h1.3m10.4 0h1.3M3.4 3.4l.9.9m7.4 7.4.9.9m0-9.2-.9.9m-7.4 7.4-.9.9",
  dark: "M13 9.8A5.5 5.5 0 0 1 6.2 3a5.5 5.5 0 1 0 6.8 6.8Z",
  undo: "M3 6.5h6.5a3.3 3.3 0 0 1 0 6.6H6M5.7 3.5l-3 3 3 3",
  add: "M8 3.5v9M3.5 8h9",
  users: "M8 7.8a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8ZM3.2 13.5c.3-2.6 2.2-4 4.8-4s4.5 1.4 4.8 4",
  open: "M6 3.5H3v9.5h9.5v-3M9 3h4v4m0-4L7.5 8.5",
  changed: "M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z",
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {{ name: IconName }} props */
export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${PATHS[name]} /></svg>
`;
