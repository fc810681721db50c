// The clipboard.

import { complain, tell } from "./notice.js";

/**
 * @param {string} what  what it is, for the notice
 * @param {string | Promise<string>} text
 */
export async function copy(what, text) {
  try {
    await navigator.clipboard.writeText(await text);
    tell(`Copied ${what}`);
  } catch (error) {
    complain(error);
  }
}
