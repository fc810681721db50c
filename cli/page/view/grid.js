// Arrow keys in a table: one of its buttons is in the order of the tab key, the others are moved to.

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
});

/** @param {KeyboardEvent & { currentTarget: HTMLTableElement }} event */
export function move(event) {
  const { target, currentTarget: table } = event;
  const cell = target instanceof Element && target.closest("td, th");
  const row = cell && cell.closest("tr");
  if (!(cell instanceof HTMLTableCellElement) || !row) return;
  const to = goal(event.key, event.ctrlKey, table, row.rowIndex, cell.cellIndex);
  const button = to?.querySelector("button");
  if (!button) return;
  event.preventDefault();
  for (const other of table.querySelectorAll("button")) other.tabIndex = -1;
  button.tabIndex = 0;
  button.focus();
  button.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/**
 * @param {string} key
 * @param {boolean} control
 * @param {HTMLTableElement} table
 * @param {number} row
 * @param {number} column
 */
function goal(key, control, table, row, column) {
  const step = STEPS[key];
  if (step) return table.rows[row + step[0]]?.cells[column + step[1]];
  const last = (table.rows[row]?.cells.length ?? 0) - 1;
  if (key === "Home") return table.rows[control ? 1 : row]?.cells[0];
  if (key === "End") return table.rows[control ? table.rows.length - 1 : row]?.cells[last];
  return undefined;
}
