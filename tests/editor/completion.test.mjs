// What is offered to the writer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCESS, opened } from "./opened.mjs";

const COMPLETIONS = [
  ["|", ["route", "forbid", "let", "tier", "test"], ["user"]],
  ["ro|", ["route"], []],
  ["route |", ["GET", "DELETE", "$connect", "field"], ["user"]],
  ["route field |", ["*", "Query.me", "Mutation.publish"], ["GET", "$connect", "is"]],
  ["forbid field Q|", ["Query.me"], []],
  ["route field * |", ["is", "requires"], ["when", "Query.me"]],
  ["forbid field Query.me |", ["when", "unless"], ["requires"]],
  ["route field Query.me requires |", ["user", "staff"], ["Query.me"]],
  ["route GET, |", ["POST"], []],
  ["route /a |", ["is", "requires"], ["when", "unless"]],
  ["forbid /a |", ["when", "unless"], ["requires"]],
  ["route /a is |", ["public", "denied"], ["allowed"]],
  ["route /a requires |", ["user", "product", "claim", "not", "staff"], ["gold", "else"]],
  ["route /a requires st|", ["staff"], []],
  ["route /a requires user and (|", ["user", "staff"], []],
  ["route /a requires user |", ["and", "or", "else"], ["staff"]],
  ["route /a requires staff and |", ["mfa", "not"], ["and"]],
  ["route /a requires tier |", ["gold", "silver"], ["staff", "user"]],
  ["route /a requires product |", ["pro", "p-live-silver"], ["user", "gold"]],
  ["route /a requires product p-live|", ["p-live-silver"], []],
  ["route /a requires product pro or |", ["p-live-silver", "mfa", "staff"], []],
  ["route /a requires product pro |", ["and", "or", "else"], ["p-live-silver"]],
  ["route /a requires email |", ["verified"], ["user"]],
  ["route /a requires mfa |", ["totp", "and"], []],
  ["route /u/{id}/{team+} requires user |", ["{id}", "{team}", "and"], []],
  ["route /u/{id} requires team |", ["{id}", "crew"], ["and"]],
  ["route /a requires ip |", ["in"], ["user"]],
  ["route /a requires claim a.b |", ["in", "contains"], ["user"]],
  ['route /a requires claim a.b = "x" |', ["and", "or"], []],
  ['route /a requires claim a in ("x", "y") |', ["and"], []],
  ["route /a requires claim |", [], ["user"]],
  ["route /a requires before 2027-01-01 |", ["and"], []],
  ["route /a requires user\n  |", ["and", "or", "else", "route"], ["user"]],
  ["route /a requires user\n  and |", ["mfa", "staff"], []],
  ["route /a requires user # |", [], ["and"]],
  ['route /a requires user else "|', [], ["and"]],
  ["let x |", ["is"], ["user"]],
  ["let x is |", ["user", "staff"], []],
  ["let |", [], ["user"]],
  ["let x is user |", ["and", "or"], ["else"]],
  ['test "t" {\n  |', ["visitor", "user", "GET", "$connect", "field"], ["route"]],
  ['test "t" {\n  user\n  field |', ["*", "Query.me"], ["is", "GET"]],
  ['test "t" {\n  user\n  field Query.me |', ["is", "from"], ["*"]],
  ['test "t" {\n  user\n  field * is |', ["allowed", "denied"], ["public"]],
  ['test "t" {\n  user |', ["with"], []],
  ['test "t" {\n  user with |', ["product", "not", "unknown"], ["tier", "visitor"]],
  ['test "t" {\n  user with not |', ["mfa"], []],
  ['test "t" {\n  user with mfa, product |', ["pro", "p-live-silver"], ["and"]],
  ['test "t" {\n  user\n  GET /a |', ["is", "from", "at", "with"], []],
  ['test "t" {\n  user\n  GET /a with |', ["header", "query"], []],
  ['test "t" {\n  user\n  GET /a is |', ["allowed", "denied"], ["public"]],
  ['test "t" {\n  user\n  GET /a is denied, |', ["login_required", "upgrade_required", "malformed_path"], ["allowed"]],
  ['test "t" {\n  visitor\n  GET /a is allowed\n}\n|', ["route"], ["visitor"]],
];

test("completion: what fits at each place, and nothing that does not", async (t) => {
  const { it, uri } = await opened(t);
  const fields = 'route field Query.me requires user\ntest "f" {\n  user\n  field Mutation.publish is denied\n}\n';
  const names = `${ACCESS}route /crew requires team crew\n${fields}`;
  for (const [marked, offered, missing] of COMPLETIONS) {
    const labels = await it.completion(uri, names + marked);
    for (const label of offered) assert.ok(labels.includes(label), `${marked}: ${label} is not among ${labels}`);
    for (const label of missing) assert.ok(!labels.includes(label), `${marked}: ${label} is among ${labels}`);
  }
});

test("completion: replaces the word that is being written, and says what it means", async (t) => {
  const { it, uri } = await opened(t);
  const text = "# 😀\nroute /a requires product p-li";
  await it.change(uri, `${ACCESS}${text}`);
  const line = 13;
  const items = await it.ask("textDocument/completion", { textDocument: { uri }, position: { line, character: 30 } });
  const silver = items.find((item) => item.label === "p-live-silver");
  assert.deepEqual(silver.textEdit.range, { start: { line, character: 26 }, end: { line, character: 30 } });
  await it.change(uri, "r");
  const [route] = (await it.ask("textDocument/completion", { textDocument: { uri }, position: { line: 0, character: 1 } })).filter((item) => item.label === "route");
  assert.match(route.documentation.value, /Who may call these paths/);
});
