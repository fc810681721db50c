// What the client got: status, headers, body.

import { html } from "../vendor/preact.js";
import { Body } from "./json.js";

/** @typedef {{ status: number, headers: [string, string][], body: string | null, truncated?: boolean }} Shown */

/** @param {{ response: Shown, ms: number, cached: boolean }} props */
export const ResponseCard = ({ response: { status, headers, body, truncated }, ms, cached }) => html`
  <section class="response" aria-label="Response">
    <header><${Status} of=${status} /><span class="muted">${ms.toFixed(1)} ms${cached ? ", kept answer" : ""}</span></header>
    ${body ? html`<${Body} text=${body} label="Body" />` : html`<p class="muted">no body</p>`}
    ${truncated && html`<p class="muted">The body goes on: this is its beginning.</p>`}
    <details>
      <summary>${headers.length} headers</summary>
      <${Headers} of=${headers} />
    </details>
  </section>
`;

const WORDS = /** @type {Record<number, string>} */ ({
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  414: "URI Too Long",
  500: "Internal Server Error",
  502: "Bad Gateway",
  504: "Gateway Timeout",
});

/** @param {number} status  or how a connection ended, from 1000 on */
export const toneOf = (status) =>
  status < 400 ? "allowed" : status === 401 ? "change" : status < 500 ? "denied" : status < 1000 ? "failed" : "none";

/** @param {{ of: number }} props */
const Status = ({ of }) => html`<strong class="status" data-tone=${toneOf(of)}>${of} ${WORDS[of] ?? ""}</strong>`;

/** @param {{ of: [string, string][] }} props */
export const Headers = ({ of }) => html`
  <dl class="header-list">${of.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;
