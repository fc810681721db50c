// The matrix and the tests of what stands in the editor, kept up to date while it changes.

import { batch, computed, effect, signal } from "../vendor/preact.js";
import { post, wasAborted } from "./api.js";
import { keyOf } from "./column.js";
import { complain } from "./notice.js";
import { drafts, edited } from "./policy.js";
import { state } from "./server.js";

/** @typedef {import("../contract.js").Matrix} Matrix */
/** @typedef {import("../contract.js").TestRun} TestRun */

/** Whose columns: the stand-ins' users, or the users that the policy tells apart. */
export const columns = signal(/** @type {"users" | "typical"} */ ("users"));
/** The last good one, of the edits if there are any. */
export const matrix = signal(/** @type {Matrix | null} */ (null));
/** The one of the policy in force. */
const inForce = signal(/** @type {Matrix | null} */ (null));
/** What is wrong with the edits. */
export const problem = signal(/** @type {string | null} */ (null));
export const tests = signal(/** @type {TestRun | null} */ (null));
/** Whether newer ones are on their way. */
export const stale = signal(false);

/** How long after the last key. */
const PAUSE_MS = 250;

/** What is known of the cells in force, by call and column. */
const cellsInForce = computed(() => {
  const cells = new Map();
  for (const row of inForce.value?.rows ?? []) {
    inForce.value?.columns.forEach((column, at) => cells.set(row.call + keyOf(column), row.cells[at]));
  }
  return cells;
});

const callsInForce = computed(() => new Set(inForce.value?.rows.map(({ call }) => call)));

/**
 * Whether only the edits have a call.
 * @param {import("../contract.js").Row} row
 */
export const isNew = (row) => edited.value.length > 0 && inForce.value !== null && !callsInForce.value.has(row.call);

/**
 * What a cell is in force, where the edits make it another.
 * @param {import("../contract.js").Row} row
 * @param {import("../contract.js").Column} column
 * @param {string} cell
 */
export function changedFrom(row, column, cell) {
  if (edited.value.length === 0) return null;
  const before = cellsInForce.value.get(row.call + keyOf(column)) ?? cell;
  return before === cell ? null : before;
}

/** Follows the edits, the policy in force and the users. */
export function keepJudging() {
  let timer = 0;
  let running = new AbortController();
  effect(() => {
    if (!state.value) return;
    const wish = { drafts: drafts.value, columns: columns.value };
    stale.value = true;
    clearTimeout(timer);
    running.abort();
    running = new AbortController();
    const { signal } = running;
    timer = setTimeout(() => judge(wish, signal), matrix.peek() ? PAUSE_MS : 0);
  });
}

/**
 * @param {{ drafts: import("../contract.js").Drafts, columns: "users" | "typical" }} wish
 * @param {AbortSignal} signal
 */
async function judge(wish, signal) {
  try {
    const isDraft = Object.keys(wish.drafts).length > 0;
    const [drafted, saved, run] = await Promise.all([
      post("/api/matrix", wish, signal),
      isDraft ? post("/api/matrix", { ...wish, drafts: {} }, signal) : null,
      post("/api/tests", { drafts: wish.drafts }, signal),
    ]);
    batch(() => {
      problem.value = drafted.problem;
      if (!drafted.problem || !matrix.value || !isDraft) matrix.value = drafted;
      inForce.value = saved ?? drafted;
      tests.value = run;
      stale.value = false;
    });
  } catch (error) {
    if (wasAborted(error)) return;
    stale.value = false;
    complain(error);
  }
}
