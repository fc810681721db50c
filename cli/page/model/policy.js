// The policy files: as saved, as edited, and what becomes of an edit when it is saved.

import { batch, computed, signal } from "../vendor/preact.js";
import { Refused, get, put } from "./api.js";
import { complain, dismissOffers, tell } from "./notice.js";

/**
 * @typedef {object} File
 * @property {string} name
 * @property {string} saved  the text that is on disk, as far as known
 * @property {string} hash   of it
 * @property {string} text   in the editor
 * @property {{ text: string, hash: string } | null} conflict  what somebody else saved meanwhile
 */

export const files = signal(/** @type {File[]} */ ([]));
/** The name of the file in front. */
export const current = signal(/** @type {string | null} */ (null));
/** Where the editor is asked to go. */
export const wanted = signal(/** @type {{ file: string, line: number } | null} */ (null));

/** Unsaved texts; empty when all is saved. */
export const drafts = computed(() =>
  Object.fromEntries(files.value.filter(isEdited).map(({ name, text }) => [name, text])),
);
export const edited = computed(() => Object.keys(drafts.value));

/** @param {File} file */
export const isEdited = (file) => file.text !== file.saved;

/** @param {string} name */
export const fileOf = (name) => files.value.find((file) => file.name === name);

/**
 * @param {string} name
 * @param {Partial<File>} change
 */
function update(name, change) {
  files.value = files.value.map((file) => (file.name === name ? { ...file, ...change } : file));
}

/**
 * The text in the editor.
 * @param {string} name
 * @param {string} text
 */
export function edit(name, text) {
  if (fileOf(name)?.text !== text) update(name, { text });
}

/**
 * Reads what is on disk. An edit is kept, and conflicts when the file is another one now.
 * @param {string[]} names
 */
export async function load(names) {
  try {
    const found = await Promise.all(names.map((name) => get(`/api/policy?file=${encodeURIComponent(name)}`)));
    batch(() => {
      files.value = [...found.map(merged), ...files.value.filter(({ name }) => isOrphan(name, names))];
      if (!files.value.some(({ name }) => name === current.value)) current.value = names[0] ?? null;
    });
  } catch (error) {
    complain(error);
  }
}

/**
 * A file that is gone from the disk while its edit is not saved.
 * @param {string} name
 * @param {string[]} names
 */
function isOrphan(name, names) {
  const file = fileOf(name);
  return file && isEdited(file) && !names.includes(name);
}

/**
 * @param {import("../contract.js").PolicyText} found
 * @returns {File}
 */
function merged({ name, text, hash }) {
  const known = fileOf(name);
  if (!known || !isEdited(known) || known.text === text) return { name, saved: text, hash, text, conflict: null };
  if (known.hash === hash) return known;
  return { ...known, conflict: { text, hash } };
}

/** @param {string} name */
export async function save(name) {
  const file = fileOf(name);
  if (!file || file.conflict) return;
  try {
    const answer = await put("/api/policy", { name, text: file.text, hash: file.hash });
    // What was typed while the file was being written stays, as an edit of what was written.
    const now = fileOf(name);
    const text = now && now.text !== file.text ? now.text : answer.text;
    update(name, { saved: answer.text, hash: answer.hash, text });
    dismissOffers();
    if (!answer.problem) tell(`Saved ${name}: the next request is judged by it`);
  } catch (error) {
    if (error instanceof Refused && error.status === 409) {
      update(name, { conflict: { text: error.body.text, hash: error.body.hash } });
    } else complain(error);
  }
}

/**
 * Ends a conflict.
 * @param {string} name
 * @param {"mine" | "theirs"} which  `mine` stays an edit, to be saved over the other
 */
export function settle(name, which) {
  const file = fileOf(name);
  if (!file?.conflict) return;
  const { text, hash } = file.conflict;
  update(name, { saved: text, hash, conflict: null, text: which === "mine" ? file.text : text });
}

/**
 * Takes an edit back to what is saved.
 * @param {string} name
 */
export function revert(name) {
  const file = fileOf(name);
  if (file) edit(name, file.saved);
}

/**
 * @param {string} file
 * @param {number} line counted from 1
 */
export function goTo(file, line) {
  batch(() => {
    if (fileOf(file)) current.value = file;
    wanted.value = { file, line };
  });
}
