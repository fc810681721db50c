// Names of `let`s and tiers: where they are given, where they are used, and new ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { applied } from "./editor.mjs";
import { ACCESS, opened, OTHER } from "./opened.mjs";

const range = (text, needle, length, extra = 0) => {
  const before = text.slice(0, text.indexOf(needle) + extra).split("\n");
  const start = { line: before.length - 1, character: before.at(-1).length };
  return { start, end: { line: start.line, character: start.character + length } };
};

test("definition: of a let and of a tier, from every use, from another file", async (t) => {
  const { it, uri, other } = await opened(t);
  const definition = (place) => it.ask("textDocument/definition", place);
  const staff = [{ uri, range: range(ACCESS, "staff is", 5) }];
  assert.deepEqual(await definition(it.at(uri, "requires staff", 10)), staff);
  assert.deepEqual(await definition(it.at(uri, "unless staff", 12)), staff, "at the end of the word");
  assert.deepEqual(await definition(it.at(uri, "tier gold\n", 6)), [{ uri, range: range(ACCESS, "gold", 4) }]);
  await it.open(other, OTHER);
  assert.deepEqual(await definition(it.at(other, "staff")), staff);
  assert.deepEqual(await definition(it.at(other, "route")), []);
  await it.change(other, "route /other requires staff and\n");
  assert.deepEqual(await definition(it.at(other, "staff")), staff, "in a statement that is not finished");
});

test("references and highlights: all uses, in all files, with and without the definition", async (t) => {
  const { it, uri, other } = await opened(t);
  const place = it.at(uri, "staff is");
  const ask = (includeDeclaration) => it.ask("textDocument/references", { ...place, context: { includeDeclaration } });
  const all = await ask(true);
  assert.equal(all.length, 5);
  assert.equal(all.filter((one) => one.uri === other).length, 1);
  assert.equal((await ask(false)).length, 4);
  assert.equal((await it.ask("textDocument/documentHighlight", place)).length, 4);
});

test("rename: in all files, open or not; comments stay", async (t) => {
  const { it, uri, other } = await opened(t);
  const prepared = await it.ask("textDocument/prepareRename", it.at(uri, "unless staff", 9));
  assert.deepEqual(prepared, range(ACCESS, "unless staff", 5, 7));
  assert.equal(await it.ask("textDocument/prepareRename", it.at(uri, "unless")), null);
  const { documentChanges } = await it.ask("textDocument/rename", { ...it.at(uri, "staff is"), newName: "team-lead" });
  const changes = Object.fromEntries(documentChanges.map((one) => [one.textDocument.uri, one]));
  assert.equal(changes[uri].textDocument.version, 1);
  assert.equal(changes[other].textDocument.version, null);
  const renamed = ACCESS.replaceAll(/staff(?=[ \n])(?<!# 😀 staff)/g, "team-lead");
  assert.equal(applied(ACCESS, changes[uri].edits), renamed);
  assert.equal(applied(OTHER, changes[other].edits), OTHER.replace("staff", "team-lead"));
});

test("rename: a tier, for an editor that knows only `changes`", async (t) => {
  const { it, uri } = await opened(t, ACCESS, {});
  const { changes } = await it.ask("textDocument/rename", { ...it.at(uri, "tier gold\n", 5), newName: "platinum" });
  assert.equal(applied(ACCESS, changes[uri]), ACCESS.replaceAll("gold", "platinum"));
});

const REFUSED = ["", "two words", "route", "and", "NOT", "a,b", '"quoted"', "a#b", "x\nlet y is user", "-x", "{id}", "ä b", "x".repeat(300)];

test("rename: names that are none, names that are taken, and broken policies are refused with the reason", async (t) => {
  const { it, uri } = await opened(t);
  const rename = (newName) => it.ask("textDocument/rename", { ...it.at(uri, "staff is"), newName });
  for (const name of REFUSED) await assert.rejects(rename(name), /cannot be the name of a let/, JSON.stringify(name));
  await it.change(uri, `${ACCESS}let boss is user and mfa\nroute /boss requires boss\n`);
  await assert.rejects(rename("boss"), /there is a let `boss` already/);
  assert.ok(await rename("gold"), "a let may be named as a tier");
  await it.change(uri, `${ACCESS}route /x requires team a or b\n`);
  await assert.rejects(rename("b"), /with the name `b`/, "an item of a list would be doubtful");
  await it.change(uri, `${ACCESS}route /x requires staff and\n`);
  await assert.rejects(rename("boss"), /access\.policy:13: .*correct this first/);
  await assert.rejects(it.ask("textDocument/rename", { ...it.at(uri, "requires"), newName: "x" }), /only the name of a `let` or `tier`/);
});
