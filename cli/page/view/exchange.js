// One request that the gateway handled, with every stage.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get } from "../model/api.js";
import { put } from "../model/scenario.js";
import { state } from "../model/server.js";
import { isRequest } from "../model/traffic.js";
import { show } from "../model/view.js";
import { Icon } from "./icon.js";
import { Panel, Wrong } from "./panel.js";
import { Headers, ResponseCard } from "./response.js";
import { Json } from "./json.js";
import { Story } from "./story.js";

/** @typedef {{ exchange: import("../contract.js").Exchange, inspection: import("../contract.js").Inspection | null }} Found */

/** Headers that a browser or curl sends by itself, or that hold what the bench puts in anew. */
const NOT_TAKEN = new Set([
  "authorization",
  "cookie",
  "host",
  "connection",
  "content-length",
  "accept-encoding",
  "user-agent",
  "accept",
  "upgrade",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
]);

/** @param {{ id: number, onClose: () => void }} props */
export function ExchangePanel({ id, onClose }) {
  const [found, setFound] = useState(/** @type {Found | { wrong: string } | null} */ (null));
  useEffect(() => {
    let isWanted = true;
    get(`/api/traffic/${id}`).then(
      (one) => isWanted && setFound(one),
      (error) => isWanted && setFound({ wrong: error.message }),
    );
    return () => (isWanted = false);
  }, [id]);
  if (!found) return null;
  if ("wrong" in found) {
    return html`<${Panel} about=${id} onClose=${onClose} title="Request"><${Wrong} text=${found.wrong} /></${Panel}>`;
  }
  const { exchange, inspection } = found;
  const { method, path, user, response, ms, cached, request_headers: headers, backend_context: told } = exchange;
  const isWhole = isRequest(exchange);
  const who = user ?? (isWhole ? "visitor" : null);
  const title = html`<code>${method} ${path}</code> ${who && html`<span class="as">as ${who}</span>`}`;
  return html`
    <${Panel} about=${id} onClose=${onClose} title=${title}>
      ${isWhole && response && html`<${ResponseCard} response=${response} ms=${ms} cached=${cached} />`}
      <${Story} exchange=${exchange} inspection=${inspection} />
      ${isWhole && html`<details><summary>Request headers</summary><${Headers} of=${headers} /></details>`}
      ${told != null && html`<details><summary>What the backend is told</summary><${Json} value=${told} label="Context" /></details>`}
      ${isWhole && html`<${Actions} of=${exchange} />`}
    </${Panel}>
  `;
}

/** @param {{ of: import("../contract.js").Exchange }} props */
const Actions = ({ of }) => html`
  <div class="panel-actions">
    <button class="primary" onClick=${() => toBench(of)}><${Icon} name="open" />Open on the bench</button>
  </div>
`;

/** @param {import("../contract.js").Exchange} exchange */
function toBench({ api, method, path, query, request_headers, user }) {
  const headers = request_headers.filter(
    ([name, value]) => !NOT_TAKEN.has(name.toLowerCase()) && !value.includes("•••"),
  );
  const known = state.value?.users.find(({ id }) => id === user);
  const isWhole = query !== null && !query.includes("•••");
  put({
    // None takes a request that is under no base path.
    api: api || null,
    // So a handshake is told.
    method: method === "CONNECT" ? "GET" : method,
    path: isWhole ? `${path}?${query}` : path,
    headers,
    user: known?.name ?? null,
  });
  show("request");
}
