// What the gateway handled of late, newest first.

import { signal } from "../vendor/preact.js";
import { get } from "./api.js";
import { complain } from "./notice.js";

/** @typedef {import("../contract.js").Summary} Summary */

/** As many as the server keeps. */
const MOST = 200;

/** What the gateway calls the events of a WebSocket. */
const OF_CONNECTIONS = new Set(["MESSAGE", "DISCONNECT"]);

export const exchanges = signal(/** @type {Summary[]} */ ([]));
export const paused = signal(false);
/** How many came while the list was paused. */
export const held = signal(0);
/** The exchange that is looked at. */
export const chosen = signal(/** @type {number | null} */ (null));

/**
 * Whether somebody asked; a message and an end belong to a connection that was asked for before.
 * @param {{ method: string }} one
 */
export const isRequest = ({ method }) => !OF_CONNECTIONS.has(method);

export async function loadTraffic() {
  try {
    const { exchanges: all } = await get("/api/traffic");
    exchanges.value = all;
    held.value = 0;
  } catch (error) {
    complain(error);
  }
}

/** @param {Summary} summary */
export function arrived(summary) {
  if (paused.value) held.value += 1;
  else if (!exchanges.value.some(({ id }) => id === summary.id)) {
    exchanges.value = [summary, ...exchanges.value].slice(0, MOST);
  }
}

export function togglePause() {
  paused.value = !paused.value;
  if (!paused.value) loadTraffic();
}

/**
 * Those of an outcome in which a text occurs.
 * @param {Summary[]} all
 * @param {string} outcome empty for any
 * @param {string} text
 */
export function matching(all, outcome, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((one) => {
    if (outcome && one.outcome !== outcome) return false;
    const line = [one.method, one.path, one.status, one.outcome, one.reason, one.rule, one.user, one.api].join(" ");
    return words.every((word) => line.toLowerCase().includes(word));
  });
}
