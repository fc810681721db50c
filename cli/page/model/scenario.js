// The request on the bench, as a value, as a link, and what came of it.

import { batch, signal } from "../vendor/preact.js";
import { get, post } from "./api.js";
import { complain, forget, tell } from "./notice.js";
import { current, drafts, edit, fileOf, goTo, save } from "./policy.js";
import { state } from "./server.js";

/** @typedef {import("../contract.js").Scenario} Scenario */

/** @type {Scenario} */
const FIRST = { api: null, method: "GET", path: "/", headers: [], body: null, user: null, provider: null };
/** The longest link that is read, in characters. */
const MOST_LINK = 100_000;

export const scenario = signal(FIRST);
/** What came of it: sent, or explained. */
export const result = signal(
  /** @type {{ sent: import("../contract.js").Sent | null, inspection: import("../contract.js").Inspection | null, of: Scenario } | null} */ (
    null
  ),
);
export const busy = signal(false);

/** @param {Partial<Scenario>} change */
export const amend = (change) => (scenario.value = { ...scenario.value, ...change });

/**
 * Whether it is a handshake, which a client does and not the page.
 * @param {Scenario} of
 */
export const isHandshake = ({ api }) =>
  state.value?.gateway.apis.some(({ name, kind }) => name === api && kind.startsWith("WebSocket")) ?? false;

/**
 * Puts a request on the bench, in place of the one there.
 * @param {Partial<Scenario>} change
 */
export function put(change) {
  batch(() => {
    scenario.value = { ...FIRST, ...change };
    result.value = null;
  });
}

/** Through the gateway, by the policy in force. */
export const send = () =>
  run(async (of) => {
    const { at, ip, ...sendable } = of;
    const sent = await post("/api/send", sendable);
    return { sent, inspection: sent.inspection, of };
  });

/** Without sending it, by what stands in the editor. */
export const explain = () => run(async (of) => ({ sent: null, inspection: await inspect(of), of }));

/**
 * @param {Scenario} of
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("../contract.js").Inspection>}
 */
export const inspect = (of, signal) => post("/api/explain", { drafts: drafts.value, ...of }, signal);

/** @param {(of: Scenario) => Promise<NonNullable<typeof result.value>>} ask */
async function run(ask) {
  if (busy.value) return;
  busy.value = true;
  forget();
  try {
    result.value = await ask(scenario.value);
  } catch (error) {
    complain(error);
  } finally {
    busy.value = false;
  }
}

/**
 * Writes a request with its outcome into the file in front, as an edit.
 * @param {Scenario} of
 */
export async function writeTest(of) {
  const file = current.value;
  if (!file) return;
  try {
    const made = await post("/api/test-block", { drafts: drafts.value, file, ...of, name: null });
    edit(file, made.text);
    goTo(file, made.line);
    tell(`A test was written at the end of ${file}. It is not saved yet.`, { label: "Save", run: () => save(file) });
  } catch (error) {
    complain(error);
  }
}

/**
 * The line for a terminal, with the user's token.
 * @param {Scenario} of
 */
export async function curlOf(of) {
  const query = new URLSearchParams({ method: of.method, path: of.path });
  if (of.api) query.set("api", of.api);
  if (of.user) query.set("user", of.user);
  if (of.provider) query.set("provider", of.provider);
  const { curl } = await get(`/api/token?${query}`);
  const headers = of.headers.map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`).join("");
  return curl + headers + (of.body ? ` --data-raw ${quoted(of.body)}` : "");
}

/**
 * As one word of a POSIX shell.
 * @param {string} text
 */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Headers that are for credentials, in lower case. */
const CREDENTIALS = new Set(["authorization", "cookie", "proxy-authorization", "x-api-key"]);

/**
 * The part of a link after the `#`. It names the user and holds no token, nor what was written into a header that is
 * for one.
 * @param {Scenario} of
 */
export function toHash({ api, method, path, headers: all, user, provider, body }) {
  const headers = all.filter(([name]) => !CREDENTIALS.has(name.toLowerCase()));
  const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, api, method, path, headers, user, provider, body }));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * The scenario of a link, or null.
 * @param {string} hash
 * @returns {Scenario | null}
 */
export function fromHash(hash) {
  if (hash.length > MOST_LINK) return null;
  try {
    const binary = atob(hash.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return read(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return null; // not a link of ours
  }
}

/**
 * What a link may hold: anything else is left out.
 * @param {any} value
 * @returns {Scenario | null}
 */
function read(value) {
  if (value?.v !== 1 || typeof value.method !== "string" || typeof value.path !== "string") return null;
  const text = (/** @type {unknown} */ one) => (typeof one === "string" ? one : null);
  const isPair = (/** @type {unknown} */ one) =>
    Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === "string");
  const headers = Array.isArray(value.headers) ? value.headers.filter(isPair) : [];
  const { method, path } = value;
  return {
    ...FIRST,
    api: text(value.api),
    method,
    path,
    headers,
    user: text(value.user),
    provider: text(value.provider),
    body: text(value.body),
  };
}

/** Whether there is a file to write a test into. */
export const canWriteTest = () => current.value !== null && fileOf(current.value) !== undefined;
