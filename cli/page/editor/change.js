// The smallest changes that make one text another, so that the cursor stays where it was.

/** @typedef {{ from: number, to: number, insert: string }} Change */

/**
 * Line by line where both have as many lines, as after formatting; else from the first difference to the last.
 * @param {string} before  with `\n` between lines
 * @param {string} after
 * @returns {Change[]}
 */
export function changesBetween(before, after) {
  const old = before.split("\n");
  const now = after.split("\n");
  if (old.length !== now.length) return difference(before, after, 0);
  let start = 0;
  return old.flatMap((line, at) => {
    const changes = difference(line, now[at] ?? "", start);
    start += line.length + 1;
    return changes;
  });
}

/**
 * @param {string} before
 * @param {string} after
 * @param {number} start  where `before` stands
 * @returns {Change[]}
 */
function difference(before, after, start) {
  if (before === after) return [];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return [{ from: start + head, to: start + before.length - tail, insert: after.slice(head, after.length - tail) }];
}
