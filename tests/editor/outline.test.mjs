// The outline of a policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCESS, opened } from "./opened.mjs";

test("outline: routes, forbids, lets, tiers and tests with their places", async (t) => {
  const { it, uri } = await opened(t);
  await it.change(uri, `${ACCESS}test "a 😀" {\n  visitor\n  GET /health is allowed\n}\n`);
  const symbols = await it.ask("textDocument/documentSymbol", { textDocument: { uri } });
  const names = symbols.map((symbol) => symbol.name);
  assert.deepEqual(names.slice(0, 4), ["tier gold", "tier silver", "let staff", "route GET /health"]);
  assert.deepEqual(names.slice(-2), ["forbid DELETE /*", "test a 😀"]);
  assert.deepEqual(symbols.at(-1).range, { start: { line: 12, character: 0 }, end: { line: 15, character: 1 } });
  const flat = await opened(t, ACCESS, {});
  const [first] = await flat.it.ask("textDocument/documentSymbol", { textDocument: { uri: flat.uri } });
  assert.equal(first.location.uri, flat.uri);
});
