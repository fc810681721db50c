// Short notices at the foot of the page: what was done, or what went wrong.

import { signal } from "../vendor/preact.js";

/**
 * @typedef {{ id: number, text: string, kind: "done" | "wrong", action?: { label: string, run: () => void } }} Notice
 */

export const notices = signal(/** @type {Notice[]} */ ([]));

/** How long a notice of something done stays. What went wrong stays until it is closed. */
const SHOWN_MS = 6000;
const MOST = 3;
let last = 0;

/**
 * @param {string} text
 * @param {Notice["action"]} [action] with one it stays until it is closed
 */
export function tell(text, action) {
  const id = add({ text, kind: "done", action });
  if (!action) setTimeout(() => dismiss(id), SHOWN_MS);
}

/** @param {unknown} error */
export function complain(error) {
  const text = error instanceof Error ? error.message : String(error);
  if (!notices.value.some((notice) => notice.text === text)) add({ text, kind: "wrong" });
}

/** @param {number} id */
export function dismiss(id) {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** What went wrong is tried anew. */
export function forget() {
  notices.value = notices.value.filter(({ kind }) => kind !== "wrong");
}

/** What the notices offered has been done. */
export function dismissOffers() {
  notices.value = notices.value.filter((notice) => !notice.action);
}

/** @param {Omit<Notice, "id">} notice */
function add(notice) {
  last += 1;
  notices.value = [...notices.value, { id: last, ...notice }].slice(-MOST);
  return last;
}
