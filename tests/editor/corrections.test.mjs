// Corrections that an editor can make by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, editor, folder } from "./editor.mjs";
import { ACCESS, opened } from "./opened.mjs";

const FIXES = [
  ["rout /a is public\n", "route /a is public\n"],
  ["# 😀\nroute /a is publik\n", "# 😀\nroute /a is public\n"],
  ["let staff is mfa\nroute /a requires stafff\n", "let staff is mfa\nroute /a requires staff\n"],
  ["tier gold is mfa\nroute /a requires tier glod\n", "tier gold is mfa\nroute /a requires tier gold\n"],
  ["route /a requires prodct p\n", "route /a requires product p\n"],
  ["route /u/{name} requires user {nam}\n", "route /u/{name} requires user {name}\n"],
  ['route /a is public\ntest "t" {\n  visitor\n  GET /a is alowed\n}\n', 'route /a is public\ntest "t" {\n  visitor\n  GET /a is allowed\n}\n'],
];

test("corrections: each slip has one, and it heals the policy", async (t) => {
  const files = folder(t, {});
  const it = await editor(t);
  const uri = files.uri("a.policy");
  await it.open(uri, "");
  for (const [slip, healed] of FIXES) {
    await it.change(uri, slip);
    await it.settled(uri);
    const [finding] = it.diagnostics(uri).filter((one) => /did you mean/.test(one.message));
    assert.ok(finding, `${slip}: ${JSON.stringify(it.diagnostics(uri))}`);
    const actions = await it.ask("textDocument/codeAction", { textDocument: { uri }, range: finding.range, context: { diagnostics: [finding] } });
    assert.equal(actions.length, 1, slip);
    assert.equal(actions[0].kind, "quickfix");
    assert.deepEqual(actions[0].diagnostics, [finding]);
    assert.equal(applied(slip, actions[0].edit.changes[uri]), healed);
  }
  await it.change(uri, "route /a is public\n");
  const none = await it.ask("textDocument/codeAction", { textDocument: { uri }, range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } }, context: { diagnostics: [] } });
  assert.deepEqual(none, []);
});

test("corrections: a warning can be silenced by name, and then is", async (t) => {
  const { it, uri } = await opened(t);
  const text = `${ACCESS}let unused is user\r\nroute /mfa requires mfa\n`;
  await it.change(uri, text);
  await it.settled(uri);
  const warnings = it.diagnostics(uri);
  assert.deepEqual(warnings.map((one) => one.severity), [2, 2], "unused, and the provider cannot say");
  let healed = text;
  for (const warning of warnings.toReversed()) {
    const [action, ...others] = await it.ask("textDocument/codeAction", { textDocument: { uri }, range: warning.range, context: { diagnostics: [warning] } });
    assert.match(action.title, /^Silence with `# allow [a-z-]+`$/);
    assert.deepEqual(others, []);
    healed = applied(healed, action.edit.changes[uri]);
  }
  await it.change(uri, healed);
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri), []);
});
