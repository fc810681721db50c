// An editor without a window: Microsoft's own client library drives `tollgate lsp` over stdio.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { require, root } from "./tools.mjs";

const rpc = require("vscode-jsonrpc/node");

const TOLLGATE = process.env.TOLLGATE ?? join(root, "target", "debug", "tollgate");
const PATIENCE = 30_000; // a debug build on a busy machine

/** A folder with these files, gone when the test ends. */
export function folder(test, files) {
  const path = mkdtempSync(join(tmpdir(), "tollgate ä-"));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return {
    path,
    uri: (name) => pathToFileURL(join(path, name)).href,
    write: (name, text) => writeFileSync(join(path, name), text),
    remove: (name) => rmSync(join(path, name)),
  };
}

/** The server process as it is: bytes in, bytes out, how it ended. */
export function server(test) {
  const child = spawn(TOLLGATE, ["lsp"], { stdio: "pipe" });
  test.after(() => child.kill());
  let complaint = "";
  child.stderr.on("data", (data) => (complaint += data));
  child.stdin.on("error", () => {}); // it may be gone before all is written
  const ended = new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`${TOLLGATE}: ${error.message}: run \`make test-editor\``)));
    child.on("close", (code) => resolve({ code, complaint }));
  });
  return { child, ended: within(ended, "the server did not end") };
}

/** What an editor of today says of itself. */
export const CAPABILITIES = {
  general: { positionEncodings: ["utf-16"] },
  workspace: {
    workspaceEdit: { documentChanges: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
  },
  textDocument: {
    publishDiagnostics: { relatedInformation: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
  },
};

/** A running, initialized editor. */
export async function editor(test, capabilities = CAPABILITIES) {
  const { child, ended } = server(test);
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(child.stdout),
    new rpc.StreamMessageWriter(child.stdin),
  );
  test.after(() => connection.dispose());
  const found = new Map(); // by URI: the last diagnostics
  const published = []; // all, in order
  const shown = [];
  const registered = [];
  const waiting = new Set();
  connection.onNotification("textDocument/publishDiagnostics", (params) => {
    found.set(params.uri, params);
    published.push(params);
    for (const wake of waiting) wake();
  });
  connection.onNotification("window/showMessage", (params) => {
    shown.push(params.message);
    for (const wake of waiting) wake();
  });
  connection.onRequest("client/registerCapability", (params) => {
    registered.push(...params.registrations);
    for (const wake of waiting) wake();
    return null;
  });
  connection.listen();
  const ask = (method, params) => within(connection.sendRequest(method, params), `no answer to ${method}`);
  const say = (method, params) => connection.sendNotification(method, params);
  const started = await ask("initialize", { processId: process.pid, rootUri: null, capabilities });
  await say("initialized", {});

  /** Waits until something is as it should be. */
  const until = (what, holds) =>
    within(
      new Promise((resolve) => {
        const wake = () => {
          const value = holds();
          if (value) {
            waiting.delete(wake);
            resolve(value);
          }
        };
        waiting.add(wake);
        wake();
      }),
      () => `${what}; last known: ${JSON.stringify([...found.values()].map((p) => [p.uri, p.version, p.diagnostics.map((d) => d.message)]))}`,
    );

  const versions = new Map();
  const texts = new Map();
  return {
    capabilities: started.capabilities,
    ask,
    say,
    until,
    ended,
    published,
    shown,
    registered,
    /** The last diagnostics of a document. */
    diagnostics: (uri) => found.get(uri)?.diagnostics,
    async open(uri, text) {
      versions.set(uri, 1);
      texts.set(uri, text);
      await say("textDocument/didOpen", { textDocument: { uri, languageId: "tollgate-policy", version: 1, text } });
      await this.settled(uri);
    },
    /** Sends edits: whole texts, or `{ range, text }`. */
    async change(uri, ...changes) {
      const version = versions.get(uri) + 1;
      versions.set(uri, version);
      const contentChanges = changes.map((change) => (typeof change === "string" ? { text: change } : change));
      for (const { text } of contentChanges.filter((change) => !change.range)) texts.set(uri, text);
      await say("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    },
    async close(uri) {
      await say("textDocument/didClose", { textDocument: { uri } });
    },
    /** Waits for the diagnostics of the newest text. */
    settled: (uri) =>
      until(`no diagnostics for version ${versions.get(uri)} of ${uri}`, () => found.get(uri)?.version === versions.get(uri)),
    /** Where `needle` starts in the text last sent whole, `extra` characters further, in UTF-16. */
    at(uri, needle, extra = 0) {
      const text = texts.get(uri);
      const index = text.indexOf(needle);
      if (index < 0) throw new Error(`«${needle}» is not in the document`);
      const before = text.slice(0, index + extra);
      const lines = before.split(/\r\n|\r|\n/);
      return { textDocument: { uri }, position: { line: lines.length - 1, character: lines.at(-1).length } };
    },
    /** The labels offered where `|` stands in a text. */
    async completion(uri, marked) {
      const text = marked.replace("|", "");
      await this.change(uri, text);
      const before = marked.slice(0, marked.indexOf("|")).split("\n");
      const position = { line: before.length - 1, character: before.at(-1).length };
      const items = await ask("textDocument/completion", { textDocument: { uri }, position });
      return items.map((item) => item.label);
    },
    async shutDown() {
      await ask("shutdown");
      await say("exit");
      return ended;
    },
  };
}

/** The text of a hover, empty where there is none. */
export const markdown = (hover) => hover?.contents.value ?? "";

/** Applies edits to a text, positions in UTF-16. */
export function applied(text, edits) {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length);
  const offset = ({ line, character }) => starts[line] + character;
  const sorted = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  return sorted.reduce((all, edit) => all.slice(0, offset(edit.range.start)) + edit.newText + all.slice(offset(edit.range.end)), text);
}

function within(promise, words) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(typeof words === "function" ? words() : words)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
