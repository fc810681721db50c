// How the conversation starts and ends, and what the server does with input that is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPABILITIES, editor, folder, server } from "./editor.mjs";

const frame = (body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

test("shutdown and exit end with code 0 and without a word", async (t) => {
  const it = await editor(t);
  assert.deepEqual(await it.shutDown(), { code: 0, complaint: "" });
});

test("exit without shutdown ends with code 1", async (t) => {
  const it = await editor(t);
  await it.say("exit");
  const { code, complaint } = await it.ended;
  assert.equal(code, 1);
  assert.match(complaint, /without `shutdown`/);
});

test("an editor that goes away ends the server with code 1, after shutdown with 0", async (t) => {
  const gone = server(t);
  gone.child.stdin.end();
  assert.equal((await gone.ended).code, 1);
  const it = await editor(t);
  await it.ask("shutdown");
  await assert.rejects(it.ask("textDocument/hover", {}), /after `shutdown` only `exit`/);
});

test("requests before initialize, twice initialize, unknown requests and wrong parameters are refused", async (t) => {
  const it = await editor(t);
  await assert.rejects(it.ask("initialize", { capabilities: {} }), { code: -32600 });
  await assert.rejects(it.ask("textDocument/unheardOf", {}), { code: -32601 });
  await assert.rejects(it.ask("textDocument/hover", { textDocument: 7 }), { code: -32602 });
  await assert.rejects(
    it.ask("textDocument/hover", { textDocument: { uri: "file:///not/open.policy" }, position: { line: 0, character: 0 } }),
    /not open/,
  );
  await it.say("$/unheardOf", {});
  await it.say("textDocument/didOpen", { nonsense: true });
  await it.until("no complaint about didOpen", () => it.shown.some((line) => line.startsWith("textDocument/didOpen")));
  assert.equal((await it.shutDown()).code, 0);

  const early = server(t);
  let output = "";
  early.child.stdout.on("data", (data) => (output += data));
  early.child.stdin.write(frame('{"jsonrpc":"2.0","id":"a","method":"textDocument/hover"}'));
  early.child.stdin.write(frame('{"jsonrpc":"2.0","method":"exit"}'));
  assert.equal((await early.ended).code, 1);
  assert.match(output, /-32002/);
  assert.match(output, /"id":"a"/);
});

const BROKEN = [
  ["no header", "route /a is public\n", /no `:`|header/],
  ["no length", "Content-Type: x\r\n\r\n{}", /no `Content-Length`/],
  ["a length that is no number", "Content-Length: many\r\n\r\n{}", /not a number/],
  ["a negative length", "Content-Length: -1\r\n\r\n{}", /not a number/],
  ["a length beyond all measure", "Content-Length: 99999999999\r\n\r\n{}", /longer than/],
  ["an endless header", `X: ${"y".repeat(5000)}`, /header line/],
  ["endless headers", "X: y\r\n".repeat(1000), /too many header lines/],
  ["broken JSON", frame('{"jsonrpc":'), /not one of JSON-RPC/],
  ["JSON that is no message", frame("[1, 2]"), /not one of JSON-RPC/],
  ["JSON nested without end", frame("[".repeat(100_000)), /not one of JSON-RPC/],
  ["an end within a message", "Content-Length: 100\r\n\r\n{", /ends within a message/],
  ["not text", Buffer.from([0xff, 0xfe, 0, 10, 10]), /header/],
];

for (const [name, input, complaint] of BROKEN) {
  test(`input that is none: ${name}`, async (t) => {
    const it = server(t);
    it.child.stdin.end(input);
    const end = await it.ended;
    assert.equal(end.code, 1);
    assert.match(end.complaint, complaint);
    assert.match(end.complaint, /^tollgate lsp: /);
    assert.doesNotMatch(end.complaint, /panicked/);
  });
}

test("utf-8 positions are used when the editor offers them", async (t) => {
  const files = folder(t, {});
  const offered = { ...CAPABILITIES, general: { positionEncodings: ["utf-16", "utf-8"] } };
  const it = await editor(t, offered);
  assert.equal(it.capabilities.positionEncoding, "utf-8");
  const uri = files.uri("a.policy");
  await it.open(uri, 'route /a is public else "😀ä" oops\n');
  const [finding] = it.diagnostics(uri);
  const utf16 = await editor(t, {});
  assert.equal(utf16.capabilities.positionEncoding, "utf-16");
  await utf16.open(uri, 'route /a is public else "😀ä" oops\n');
  const [same] = utf16.diagnostics(uri);
  assert.equal(finding.message, same.message);
  assert.ok(finding.range.end.character >= same.range.end.character);
});

test("the editor is asked to watch the files that are not open", async (t) => {
  const it = await editor(t);
  await it.until("nothing was registered", () => it.registered.length > 0);
  const patterns = it.registered[0].registerOptions.watchers.map((watcher) => watcher.globPattern);
  assert.deepEqual(patterns, ["**/*.policy", "**/authorizer.yaml"]);
});
