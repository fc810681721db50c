// Formatting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { applied } from "./editor.mjs";
import { opened } from "./opened.mjs";

test("formatting: the same text from the editor as from itself; nothing for a broken file", async (t) => {
  const { it, uri } = await opened(t);
  const ask = () => it.ask("textDocument/formatting", { textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } });
  const untidy = "route   GET /health is public   # 😀 yes\r\n\r\n\r\n\r\nroute /longer/path    requires user\r\n";
  await it.change(uri, untidy);
  const formatted = applied(untidy, await ask());
  assert.notEqual(formatted, untidy);
  assert.match(formatted, /# 😀 yes/);
  assert.doesNotMatch(formatted, /\r|\n\n\n/);
  await it.change(uri, formatted);
  assert.deepEqual(await ask(), [], "what is formatted stays");
  await it.change(uri, "route /a is\n");
  assert.equal(await ask(), null);
});
