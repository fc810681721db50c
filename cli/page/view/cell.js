// Why a cell of the matrix says what it says.

import { html, useEffect, useState } from "../vendor/preact.js";
import { wasAborted } from "../model/api.js";
import { drafts } from "../model/policy.js";
import { inspect, put, send, writeTest } from "../model/scenario.js";
import { state } from "../model/server.js";
import { show } from "../model/view.js";
import { Explained } from "./explained.js";
import { Icon } from "./icon.js";
import { Panel, Wrong } from "./panel.js";

/** @param {{ row: import("../contract.js").Row, column: import("../contract.js").Column, onClose: () => void }} props */
export function CellPanel({ row, column, onClose }) {
  const [found, setFound] = useState(
    /** @type {{ inspection?: import("../contract.js").Inspection, wrong?: string }} */ ({}),
  );
  // A typical user has no token: the server makes one up from what it calls them.
  const who = column.user === null && column.name !== "visitor" ? { who: column.who } : {};
  const of = {
    api: null,
    method: row.method,
    path: row.path,
    headers: [],
    body: null,
    user: column.user,
    provider: null,
  };
  const about = `${row.call}\n${column.name}`;
  useEffect(() => {
    const asking = new AbortController();
    inspect({ ...of, ...who }, asking.signal).then(
      (inspection) => setFound({ inspection }),
      (error) => wasAborted(error) || setFound({ wrong: error.message }),
    );
    return () => asking.abort();
  }, [about, drafts.value, state.value?.policy.version]);
  const isSendable = row.path.startsWith("/") && !who.who;
  const onSend = () => {
    put(of);
    show("request");
    send();
  };
  return html`
    <${Panel} about=${about} onClose=${onClose} title=${html`<code>${row.call}</code> <span class="as">as ${column.name}</span>`}>
      ${found.wrong && html`<${Wrong} text=${found.wrong} />`}
      ${found.inspection?.decision && html`<${Explained} decision=${found.inspection.decision} token=${found.inspection.token} />`}
      <div class="panel-actions">
        <button class="primary" disabled=${!isSendable} onClick=${onSend}><${Icon} name="send" />Send this request</button>
        <button disabled=${Boolean(who.who)} onClick=${() => writeTest(of)}><${Icon} name="test" />Write as a test</button>
      </div>
    </${Panel}>
  `;
}
