// Routes by users: what each may call, by what stands in the editor.

import { html, signal, useEffect, useRef } from "../vendor/preact.js";
import { isVisitor, keyOf, spoken } from "../model/column.js";
import { edited, goTo } from "../model/policy.js";
import { state } from "../model/server.js";
import { changedFrom, columns, isNew, matrix, problem, stale } from "../model/verdicts.js";
import { CellPanel } from "./cell.js";
import { Choice } from "./choice.js";
import { move } from "./grid.js";
import { Icon } from "./icon.js";
import { OUTCOMES, Outcome, lookOf } from "./outcome.js";

const WHOSE = [
  { value: "users", label: "My users" },
  { value: "typical", label: "Typical users" },
];

/** The cell that is explained: its row's call and its column's key. */
const opened = signal(/** @type {{ call: string, column: string } | null} */ (null));

export function MatrixView() {
  const found = matrix.value;
  if (!found) return html`<p class="empty">Working out who may call what …</p>`;
  const row = found.rows.find(({ call }) => call === opened.value?.call);
  const column = found.columns.find((one) => keyOf(one) === opened.value?.column);
  return html`
    <div class="with-panel" data-panel="below">
      <div class="matrix-view">
        <div class="toolbar">
          <${Choice} label="Columns" value=${columns.value} options=${WHOSE} onChoose=${choose} />
          <${Basis} />
        </div>
        ${found.rows.length > 0 ? html`<${Table} of=${found} />` : html`<${Nothing} />`}
        ${found.left_out > 0 && html`<p class="left-out">${found.left_out} more users are left out.</p>`}
        ${columns.value === "users" && html`<${Unseen} />`}
        <${Legend} of=${found} />
      </div>
      ${row && column && html`<${CellPanel} row=${row} column=${column} cell=${row.cells[found.columns.indexOf(column)]} onClose=${() => (opened.value = null)} />`}
    </div>
  `;
}

/** Users who have no column, since they are as good as a visitor. */
function Unseen() {
  const unseen = state.value?.users.filter(({ session, token }) => session === "ended" || token === "expired") ?? [];
  if (unseen.length === 0) return null;
  const names = unseen.map(({ name }) => name).join(", ");
  return html`<p class="left-out note">As a visitor, since the token is no good: ${names}.</p>`;
}

/** @param {"users" | "typical"} whose */
const choose = (whose) => (columns.value = whose);

const Nothing = () => html`
  <p class="empty">
    The policy has no routes yet: what no route covers is denied. Write one, such as${" "}
    <code>route GET /health is public</code>.
  </p>
`;

function Basis() {
  const isDraft = edited.value.length > 0;
  const good = isDraft ? "of your unsaved edits" : "of the policy in force";
  const changes = isDraft ? countChanges() : 0;
  const added = isDraft ? (matrix.value?.rows.filter(isNew).length ?? 0) : 0;
  const what = [changes > 0 && `${changes} changed`, added > 0 && `${added} new`].filter(Boolean).join(", ");
  return html`
    <p class="basis" role="status" data-stale=${stale.value || undefined}>
      ${problem.value ? html`<${Icon} name="wrong" />of the last text without errors` : good}
      ${what && html`<span class="change-count"><span class="change-mark"></span>${what}</span>`}
    </p>
  `;
}

const countChanges = () =>
  (matrix.value?.rows ?? []).reduce(
    (sum, row) => sum + row.cells.filter((cell, at) => changedAt(row, at, cell) !== null).length,
    0,
  );

/**
 * @param {import("../contract.js").Row} row
 * @param {number} at
 * @param {string} cell
 */
function changedAt(row, at, cell) {
  const column = matrix.value?.columns[at];
  return column ? changedFrom(row, column, cell) : null;
}

/** @param {{ of: import("../contract.js").Matrix }} props */
const Table = ({ of }) => html`
  <div class="matrix-scroll" data-stale=${stale.value || undefined}>
    <table class="matrix" role="grid" aria-label="Who may call what" onKeyDown=${move}>
      <thead>
        <tr>
          <th scope="col">Call</th>
          ${of.columns.map((column) => html`<${Head} of=${column} />`)}
        </tr>
      </thead>
      <tbody>
        ${of.rows.map((row, at) => html`<${Row} key=${row.call + row.rule} row=${row} columns=${of.columns} isFirst=${at === 0} />`)}
      </tbody>
    </table>
  </div>
`;

/** @param {{ of: import("../contract.js").Column }} props */
function Head({ of }) {
  const { name, user, who } = of;
  const known = state.value?.users.find((one) => user !== null && one.name === user);
  const summary = isVisitor(of) ? "no token" : known?.summary;
  return html`
    <th scope="col" title=${who}>
      <span class="column-name" data-long=${(user === null && !isVisitor(of)) || undefined}>${name}</span>
      ${summary && html`<span class="who">${summary}</span>`}
    </th>
  `;
}

/** @param {{ row: import("../contract.js").Row, columns: import("../contract.js").Column[], isFirst: boolean }} props */
const Row = ({ row, columns, isFirst }) => html`
  <tr>
    <th scope="row">
      <button class="call" tabindex="-1" onClick=${() => goTo(row.file, row.line)} title=${`${row.call}\n${row.rule}\n${row.place}: to the editor`}>
        <span>${row.method && html`<span class="verb">${row.method}</span> `}${row.path ?? row.call}</span>
        ${isNew(row) && html`<span class="tag">new</span>`}
      </button>
    </th>
    ${columns.map(
      (column, at) =>
        html`<${Cell} row=${row} column=${column} cell=${row.cells[at]} isFirst=${isFirst && at === 0} />`,
    )}
  </tr>
`;

/** @param {{ row: import("../contract.js").Row, column: import("../contract.js").Column, cell: string, isFirst: boolean }} props */
function Cell({ row, column, cell, isFirst }) {
  const before = changedFrom(row, column, cell);
  const isOpen = opened.value?.call === row.call && opened.value.column === keyOf(column);
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  // The panel takes room from the table.
  useEffect(() => {
    if (isOpen) button.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isOpen]);
  const label = `${row.call} as ${spoken(column)}: ${cell}${before === null ? "" : `, was ${before}`}`;
  return html`
    <td data-tone=${lookOf(cell).tone} data-changed=${before !== null || undefined}>
      <button
        ref=${button}
        tabindex=${isFirst ? 0 : -1}
        aria-label=${label}
        aria-expanded=${isOpen}
        title=${before === null ? lookOf(cell).means : `in force: ${before}`}
        onClick=${() => (opened.value = { call: row.call, column: keyOf(column) })}
      >
        <${Outcome} outcome=${cell} />${before !== null && html`<span class="change-mark"></span>`}
      </button>
    </td>
  `;
}

/** @param {{ of: import("../contract.js").Matrix }} props */
function Legend({ of }) {
  const present = new Set(of.rows.flatMap(({ cells }) => cells));
  const shown = Object.keys(OUTCOMES).filter((name) => present.has(name) && name !== "allowed");
  return html`
    <dl class="legend" aria-label="What the words mean">
      ${shown.map((name) => html`<div><dt><${Outcome} outcome=${name} /></dt><dd>${lookOf(name).means}</dd></div>`)}
    </dl>
  `;
}
