// The language server, over a WebSocket. Without it the editor is one without findings.

import {
  LSPClient,
  findReferencesKeymap,
  hoverTooltips,
  jumpToDefinitionKeymap,
  keymap,
  renameKeymap,
  serverCompletion,
} from "../vendor/codemirror.js";
import { findings } from "./findings.js";
import { safe } from "./safe.js";

/** How long a lost connection is left alone, in milliseconds. */
const RETRY_MS = 2000;

/** Asked while there is no connection, it has no answer; the editor asks again at the next key. */
class Client extends LSPClient {
  /**
   * @param {string} method
   * @param {any} params
   * @returns {Promise<any>}
   */
  request(method, params) {
    return this.serverCapabilities ? super.request(method, params) : Promise.resolve(null);
  }
}

/** @param {string} rootUri */
export function languageServer(rootUri) {
  const client = new Client({
    rootUri,
    sanitizeHTML: safe,
    extensions: [
      serverCompletion(),
      hoverTooltips(),
      keymap.of([...renameKeymap, ...jumpToDefinitionKeymap, ...findReferencesKeymap]),
      findings(),
    ],
  });
  connect(client);
  return client;
}

/** @param {LSPClient} client */
function connect(client) {
  const socket = new WebSocket(`ws://${location.host}/api/lsp`);
  /** @type {Set<(message: string) => void>} */
  const handlers = new Set();
  socket.addEventListener("message", ({ data }) => handlers.forEach((handler) => handler(data)));
  socket.addEventListener("open", () => {
    client.connect({
      send: (message) => socket.send(message),
      subscribe: (handler) => handlers.add(handler),
      unsubscribe: (handler) => handlers.delete(handler),
    });
  });
  socket.addEventListener("close", () => {
    if (client.connected) client.disconnect();
    setTimeout(() => connect(client), RETRY_MS);
  });
}
