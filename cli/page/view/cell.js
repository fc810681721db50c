// Why a cell of the matrix says what it says.

import { html, useEffect, useState } from "../vendor/preact.js";
import { wasAborted } from "../model/api.js";
import { isVisitor, keyOf } from "../model/column.js";
import { copy } from "../model/copy.js";
import { drafts } from "../model/policy.js";
import { explain, inspect, isHandshake, put, send, writeTest } from "../model/scenario.js";
import { state } from "../model/server.js";
import { show } from "../model/view.js";
import { Explained, InForce } from "./explained.js";
import { Icon } from "./icon.js";
import { Outcome } from "./outcome.js";
import { Panel, Wrong } from "./panel.js";

/** @typedef {import("../contract.js").Row} Row */
/** @typedef {import("../contract.js").Column} Column */
/** @typedef {import("../contract.js").Scenario} Scenario */

/** @param {{ row: Row, column: Column, cell: string, onClose: () => void }} props */
export function CellPanel({ row, column, cell, onClose }) {
  const about = row.call + keyOf(column);
  const title = html`<code>${row.call}</code> <span class="as">as ${column.name}</span>`;
  const of = scenarioOf(row, column);
  return html`
    <${Panel} about=${about} onClose=${onClose} title=${title}>
      ${of ? html`<${Asked} key=${about} of=${of} />` : html`<${Elsewhere} row=${row} column=${column} cell=${cell} />`}
    </${Panel}>
  `;
}

/**
 * The request of a cell; null where the gateway gets none: fields are asked for in AppSync, and typical
 * users are nobody who could have a token.
 * @param {Row} row
 * @param {Column} column
 * @returns {Scenario | null}
 */
function scenarioOf({ call, method, path }, column) {
  const { user } = column;
  if (user === null && !isVisitor(column)) return null;
  const nothing = { headers: [], body: null, user, provider: null };
  if (method !== null && path !== null) return { api: null, method, path, ...nothing };
  const socket = call === "$connect" && state.value?.gateway.apis.find(({ kind }) => kind.startsWith("WebSocket"));
  return socket ? { api: socket.name, method: "GET", path: socket.base_path, ...nothing } : null;
}

/** @param {{ of: Scenario }} props */
function Asked({ of }) {
  const [found, setFound] = useState(
    /** @type {{ inspection?: import("../contract.js").Inspection, wrong?: string }} */ ({}),
  );
  useEffect(() => {
    const asking = new AbortController();
    inspect(of, asking.signal).then(
      // While the text has errors the matrix stays as it was, and so does this.
      (inspection) => setFound((last) => (inspection.problem && last.inspection ? last : { inspection })),
      (error) => wasAborted(error) || setFound({ wrong: error.message }),
    );
    return () => asking.abort();
  }, [JSON.stringify(of), drafts.value, state.value]);
  const onSend = () => {
    put(of);
    show("request");
    if (isHandshake(of)) explain();
    else send();
  };
  const { decision, token } = found.inspection ?? {};
  return html`
    ${found.wrong && html`<${Wrong} text=${found.wrong} />`}
    ${found.inspection?.problem && html`<${InForce} />`}
    ${decision && html`<${Explained} decision=${decision} token=${token} />`}
    <div class="panel-actions">
      <button class="primary" onClick=${onSend}><${Icon} name=${isHandshake(of) ? "open" : "send"} />${isHandshake(of) ? "Open on the bench" : "Send this request"}</button>
      <button onClick=${() => writeTest(of)}><${Icon} name="test" />Write as a test</button>
    </div>
  `;
}

/** @param {{ row: Row, column: Column, cell: string }} props */
function Elsewhere({ row, column, cell }) {
  const who = isVisitor(column)
    ? "--visitor"
    : `--user '${column.who.replace(/^user ?/, "").replaceAll("'", `'\\''`)}'`;
  const line = `tollgate explain ${row.call.replace("$", "\\$")} ${who}`;
  return html`
    <p class="verdict-line"><${Outcome} outcome=${cell} whole /></p>
    <p class="muted">Nobody here could send this. A terminal explains it, by the saved policy:</p>
    <p class="sample">
      <code>${line}</code>
      <button class="quiet square" aria-label="Copy the line" onClick=${() => copy("the line", line)}>
        <${Icon} name="copy" />
      </button>
    </p>
  `;
}
