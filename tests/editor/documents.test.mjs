// Texts as they are typed: edits in quick succession, texts of any size, texts that are no policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown } from "./editor.mjs";
import { ACCESS, opened } from "./opened.mjs";

test("incremental edits: in order, over several lines, after non-ASCII text, with CRLF", async (t) => {
  const { it, uri } = await opened(t);
  const start = "# 😀ä\r\nroute /a is public\r\n";
  await it.change(uri, start);
  const edit = (line, from, to, text, toLine = line) => ({
    range: { start: { line, character: from }, end: { line: toLine, character: to } },
    text,
  });
  // `# 😀ä!` · `route /a requires user` · a line more.
  await it.change(uri, edit(0, 5, 5, "!"), edit(1, 9, 18, "requires user"), edit(2, 0, 0, "rout /b is public\r\n"));
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri).map((one) => [one.code, one.range.start.line]), [["E101", 2]]);
  // The line break itself goes: the last statement continues the comment.
  await it.change(uri, edit(0, 6, 22, "", 1));
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri).map((one) => one.range.start.line), [1]);
  // Positions outside are the nearest inside; a range that is upside down inserts.
  await it.change(uri, edit(0, 999, 4_000_000_000, "", 4_000_000_000), edit(7, 3, 0, "\r\nroute /c is public\r\n", 2));
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri), []);
  const symbols = await it.ask("textDocument/documentSymbol", { textDocument: { uri } });
  assert.deepEqual(symbols.map((symbol) => symbol.name), ["route /c"]);
});

test("200 edits in quick succession: the last one counts, and few answers are wasted", async (t) => {
  const { it, uri } = await opened(t);
  const before = it.published.length;
  const text = "route /typed is public # 😀\nrout";
  await it.change(uri, "");
  let typed = "";
  for (const letter of text) {
    const lines = typed.split("\n");
    const position = { line: lines.length - 1, character: lines.at(-1).length };
    await it.change(uri, { range: { start: position, end: position }, text: letter });
    typed += letter;
  }
  for (let round = 0; round < 170; round += 1) {
    const position = { line: 1, character: 4 };
    await it.change(uri, { range: { start: position, end: position }, text: "e" });
    await it.change(uri, { range: { start: position, end: { line: 1, character: 5 } }, text: "" });
  }
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri).map((one) => [one.code, one.range.start.line]), [["E101", 1]]);
  assert.ok(it.published.length - before < 100, `${it.published.length - before} times told`);
});

test("a file of 10 000 lines is served", async (t) => {
  const { it, uri } = await opened(t);
  const lines = Array.from({ length: 10_000 }, (_, at) => `route /many/r${at} requires staff`);
  await it.change(uri, `${ACCESS}${lines.join("\n")}\nrout /last is public\n`);
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri).map((one) => one.range.start.line), [10_012]);
  const references = await it.ask("textDocument/references", { ...it.at(uri, "staff is"), context: { includeDeclaration: true } });
  assert.equal(references.length, 10_005);
  const position = { line: 10_000, character: 8 };
  assert.match(markdown(await it.ask("textDocument/hover", { textDocument: { uri }, position })), /Who gets in/);
});

test("a name used 50 000 times in one line is found and renamed", async (t) => {
  const { it, uri } = await opened(t);
  await it.change(uri, `let staff is user # 😀\nlet all is ${"staff and ".repeat(50_000)}staff\n`);
  const place = it.at(uri, "staff");
  const references = await it.ask("textDocument/references", { ...place, context: { includeDeclaration: true } });
  assert.equal(references.length, 50_003, "one of them in the file that is not open");
  assert.deepEqual(references.at(-2).range, { start: { line: 1, character: 500_011 }, end: { line: 1, character: 500_016 } });
  const { documentChanges } = await it.ask("textDocument/rename", { ...place, newName: "crew" });
  assert.equal(documentChanges[0].edits.length, 50_002);
});

test("a document without end is given up with a word, and the server lives", async (t) => {
  const { it, uri } = await opened(t);
  const mebibyte = `${"#".repeat(1024 * 1024 - 1)}\n`;
  for (let count = 0; count < 17; count += 1) {
    const start = { line: 0, character: 0 };
    await it.change(uri, { range: { start, end: start }, text: mebibyte });
  }
  await it.until("nothing was said", () => it.shown.some((line) => /no longer looked at/.test(line)));
  await it.open(uri, ACCESS);
  assert.deepEqual(it.diagnostics(uri), []);
});

test("no text makes the server end: every prefix of a policy, and what is no policy at all", async (t) => {
  const { it, uri } = await opened(t);
  const whole = `${ACCESS}test "t" {\n  user with product pro, not mfa\n  GET /a from 10.0.0.1 is denied, forbidden\n}\n`;
  const texts = ["\u0000", "\ufeff", "\ufeffroute /a is public", "{".repeat(10_000), "(".repeat(100_000), "\r\r\n\n\r", "😀".repeat(1000), '"'];
  for (let at = 0; at <= whole.length; at += 7) texts.push(whole.slice(0, at));
  for (const text of texts) {
    await it.change(uri, text);
    const lines = text.split(/\r\n|\r|\n/);
    const place = { textDocument: { uri }, position: { line: lines.length - 1, character: lines.at(-1).length } };
    await Promise.all([
      it.ask("textDocument/completion", place),
      it.ask("textDocument/hover", place),
      it.ask("textDocument/definition", place),
      it.ask("textDocument/prepareRename", place),
      it.ask("textDocument/documentSymbol", { textDocument: { uri } }),
      it.ask("textDocument/formatting", { textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } }),
    ]);
  }
  await it.change(uri, ACCESS);
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri), []);
});

test("a byte order mark moves no place", async (t) => {
  const { it, uri } = await opened(t);
  await it.change(uri, "\ufeffroute /a is publik\nroute /b is publik\n");
  await it.settled(uri);
  const places = it.diagnostics(uri).map((one) => [one.code, one.range.start.line, one.range.start.character]);
  assert.deepEqual(places, [["E125", 0, 13], ["E125", 1, 12]]);
});
