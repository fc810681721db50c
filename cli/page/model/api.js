// Calls of the server that the page came from. What it refuses is a `Refused`, with its own words.

/** An answer that is none: its status, and what is wrong as the server says it. */
export class Refused extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {any} body
   */
  constructor(status, body) {
    super(body?.message ?? `the server of this page answered with status ${status}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export const get = (path) => call(path, {});

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export const post = (path, body, signal) => call(path, { method: "POST", ...json(body), signal });

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>}
 */
export const put = (path, body) => call(path, { method: "PUT", ...json(body) });

/** @param {unknown} body */
const json = (body) => ({
  headers: { "Content-Type": "application/json", "X-Tollgate-Page": "1" },
  body: JSON.stringify(body),
});

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function call(path, init) {
  let answer;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refused(0, { message: "`tollgate dev` does not answer: start it again in the terminal" });
  }
  const body = await answer.json().catch(asNothing);
  if (!answer.ok || body === null) throw new Refused(answer.status, body);
  return body;
}

/**
 * Of an answer that is not JSON; not of one that was given up.
 * @param {unknown} error
 */
function asNothing(error) {
  if (wasAborted(error)) throw error;
  return null;
}

/** @param {unknown} error */
export const wasAborted = (error) => error instanceof DOMException && error.name === "AbortError";
