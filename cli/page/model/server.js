// The state of `tollgate dev`, and what it tells while it runs.

import { signal } from "../vendor/preact.js";
import { get, post } from "./api.js";
import { complain } from "./notice.js";
import { arrived, loadTraffic } from "./traffic.js";

/** @typedef {import("../contract.js").State} State */

export const state = signal(/** @type {State | null} */ (null));
/** Whether events arrive. */
export const connected = signal(true);

/** Follows the server; after an interruption, from the beginning. */
export function follow() {
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => {
    connected.value = true;
    refresh();
    loadTraffic();
  });
  events.addEventListener("error", () => {
    connected.value = false;
    // The browser tries again by itself, but not after an answer that is no stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, RETRY_MS);
  });
  events.addEventListener("state", (event) => {
    told += 1;
    state.value = JSON.parse(event.data);
  });
  events.addEventListener("traffic", (event) => arrived(JSON.parse(event.data)));
}

const RETRY_MS = 2000;
/** How many states were told; what is asked for meanwhile may be older than the last. */
let told = 0;

async function refresh() {
  const before = told;
  try {
    const asked = await get("/api/state");
    if (told === before) state.value = asked;
  } catch (error) {
    complain(error);
  }
}

/**
 * Changes a user or a provider of the stand-ins; null takes the file's value again.
 * @param {"users" | "providers"} kind
 * @param {string} name
 * @param {Record<string, unknown>} change
 */
export async function change(kind, name, change) {
  try {
    state.value = await post(`/api/${kind}/${encodeURIComponent(name)}`, change);
  } catch (error) {
    complain(error);
  }
}
