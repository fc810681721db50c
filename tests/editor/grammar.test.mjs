// The TextMate grammar, read by the engine VS Code itself uses: what gets which colour, and that
// its words are those of the language.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { require, root } from "./tools.mjs";

const textmate = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

const SCOPE = "source.tollgate-policy";
const PATH = join(root, "editors/vscode/syntaxes/policy.tmLanguage.json");

let grammar;

async function load() {
  if (grammar) return grammar;
  await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (string) => new oniguruma.OnigString(string),
    }),
    loadGrammar: async (scope) => {
      assert.equal(scope, SCOPE);
      return textmate.parseRawGrammar(readFileSync(PATH, "utf8"), PATH);
    },
  });
  grammar = await registry.loadGrammar(SCOPE);
  return grammar;
}

/** Each token with its innermost scope, the language's suffix cut off; blanks left out. */
async function colours(text) {
  const grammar = await load();
  let state = textmate.INITIAL;
  const found = [];
  for (const line of text.split("\n")) {
    const { tokens, ruleStack, stoppedEarly } = grammar.tokenizeLine(line, state, 2000);
    assert.ok(!stoppedEarly, `too slow: ${line.slice(0, 80)}`);
    state = ruleStack;
    for (const token of tokens) {
      const word = line.slice(token.startIndex, token.endIndex);
      if (word.trim()) found.push([word, token.scopes.at(-1).replace(/\.tollgate-policy$/, "")]);
    }
  }
  return found;
}

const RULES = `route GET, POST /users/{id}/* requires user {id} and not mfa # GET
let staff is email @example.com and email verified
tier pro is product "p \\"x\\"" or light
forbid /a#b/* unless (ip in 10.0.0.0/8) else "sorry"
route $connect is public
  or claim level >= 3
route field * requires field
forbid field Query.me unless mfa
route field is public`;

const EXPECTED = [
  ["route", "keyword.control.statement"], ["GET", "constant.language.method"], [",", "punctuation.separator"],
  ["POST", "constant.language.method"], ["/", "string.unquoted.path"], ["users/", "string.unquoted.path"],
  ["{id}", "variable.parameter"], ["/", "string.unquoted.path"], ["*", "keyword.operator.wildcard"],
  ["requires", "keyword.control.clause"], ["user", "support.function.condition"], ["{id}", "variable.parameter"],
  ["and", "keyword.operator.logical"], ["not", "keyword.operator.logical"], ["mfa", "support.function.condition"],
  ["# GET", "comment.line.number-sign"],
  ["let", "keyword.control.statement"], ["staff", "entity.name.function"], ["is", "keyword.control.clause"],
  ["email", "support.function.condition"], ["@example.com", "variable.other"], ["and", "keyword.operator.logical"],
  ["email", "support.function.condition"], ["verified", "support.constant.verified"],
  ["tier", "keyword.control.statement"], ["pro", "entity.name.function"], ["is", "keyword.control.clause"],
  ["product", "support.function.condition"], ['"', "string.quoted.double"], ["p ", "string.quoted.double"],
  ['\\"', "constant.character.escape"], ["x", "string.quoted.double"], ['\\"', "constant.character.escape"],
  ['"', "string.quoted.double"], ["or", "keyword.operator.logical"], ["light", "variable.other"],
  ["forbid", "keyword.control.statement"], ["/", "string.unquoted.path"], ["a#b/", "string.unquoted.path"],
  ["*", "keyword.operator.wildcard"], ["unless", "keyword.control.clause"], ["(", "punctuation.section.group"],
  ["ip", "support.function.condition"], ["in", "keyword.operator.word"], ["10.0.0.0/8", "variable.other"],
  [")", "punctuation.section.group"], ["else", "keyword.control.clause"], ['"', "string.quoted.double"],
  ["sorry", "string.quoted.double"], ['"', "string.quoted.double"],
  ["route", "keyword.control.statement"], ["$connect", "constant.language.connect"], ["is", "keyword.control.clause"],
  ["public", "support.constant.access"],
  ["or", "keyword.operator.logical"], ["claim", "support.function.condition"], ["level", "variable.other"],
  [">=", "keyword.operator.comparison"], ["3", "constant.numeric"],
  ["route", "keyword.control.statement"], ["field", "keyword.control.field"], ["*", "keyword.operator.wildcard"],
  ["requires", "keyword.control.clause"], ["field", "variable.other"],
  ["forbid", "keyword.control.statement"], ["field", "keyword.control.field"], ["Query.me", "entity.name.field"],
  ["unless", "keyword.control.clause"], ["mfa", "support.function.condition"],
  ["route", "keyword.control.statement"], ["field", "constant.language.method"], ["is", "keyword.control.clause"],
  ["public", "support.constant.access"],
];

test("rules, definitions and continued lines", async () => {
  assert.deepEqual(await colours(RULES), EXPECTED);
});

const TEST = `test "a test" {
  user u-1 with product pro, unknown mfa # who
  GET /pro/x from 10.0.0.1 is denied, upgrade_required
  $connect is allowed
  field * is allowed
  field Query.me from 10.0.0.1 is allowed
}
route /a is denied`;

test("a test and what follows it", async () => {
  assert.deepEqual(await colours(TEST), [
    ["test", "keyword.control.statement"], ['"', "string.quoted.double"], ["a test", "string.quoted.double"],
    ['"', "string.quoted.double"], ["{", "punctuation.section.block.begin"],
    ["user", "keyword.control.who"], ["u-1", "variable.other"], ["with", "keyword.operator.word"],
    ["product", "support.function.condition"], ["pro", "variable.other"], [",", "punctuation.separator"],
    ["unknown", "keyword.operator.word"], ["mfa", "support.function.condition"], ["# who", "comment.line.number-sign"],
    ["GET", "constant.language.method"], ["/", "string.unquoted.path"], ["pro/x", "string.unquoted.path"],
    ["from", "keyword.operator.word"], ["10.0.0.1", "variable.other"], ["is", "keyword.control.clause"],
    ["denied", "support.constant.outcome"], [",", "punctuation.separator"], ["upgrade_required", "support.constant.reason"],
    ["$connect", "constant.language.connect"], ["is", "keyword.control.clause"], ["allowed", "support.constant.outcome"],
    ["field", "keyword.control.field"], ["*", "keyword.operator.wildcard"], ["is", "keyword.control.clause"],
    ["allowed", "support.constant.outcome"],
    ["field", "keyword.control.field"], ["Query.me", "entity.name.field"], ["from", "keyword.operator.word"],
    ["10.0.0.1", "variable.other"], ["is", "keyword.control.clause"], ["allowed", "support.constant.outcome"],
    ["}", "punctuation.section.block.end"],
    ["route", "keyword.control.statement"], ["/", "string.unquoted.path"], ["a", "string.unquoted.path"],
    ["is", "keyword.control.clause"], ["denied", "support.constant.access"],
  ]);
});

test("an open quote or an open test does not colour what follows", async () => {
  const found = await colours('route /a requires role "x\nroute /b is public\ntest "t" {\nroute /c is public');
  assert.equal(found.filter(([word, colour]) => word === "route" && colour === "keyword.control.statement").length, 3);
});

test("words that look like the language's own are names: in lists, in paths, as part of a word", async () => {
  const found = await colours("route /user/product requires role userx or android or not-mfa or mfa2");
  const keywords = found.filter(([, colour]) => /^(keyword|support)/.test(colour)).map(([word]) => word);
  assert.deepEqual(keywords, ["route", "requires", "role", "or", "or", "or"]);
});

/** The words of the language: those `policy.pest` takes, and those that lowering knows. */
function languageWords() {
  const pest = readFileSync(join(root, "grammar/policy.pest"), "utf8");
  const words = new Set();
  for (const [, body] of pest.matchAll(/^\w+_word\s*=\s*@\{(.*)\}$/gm)) {
    for (const [, word] of body.matchAll(/"([a-z]+)"/g)) words.add(word);
  }
  const reasons = readFileSync(join(root, "grammar/src/tree/reason.rs"), "utf8");
  for (const [, word] of reasons.matchAll(/=> "([a-z_]+)"/g)) words.add(word);
  for (const verdict of ["public", "denied", "allowed", "true", "false"]) words.add(verdict);
  return [...words].sort();
}

test("the words of the grammar are those of the language, no more and no fewer", () => {
  const words = new Set();
  const collect = (value) => {
    if (value && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) {
        if ((key === "match" || key === "begin") && typeof inner === "string") {
          for (const [, list] of inner.matchAll(/\(((?:[a-z_]+\|)*[a-z_]+)\)/g)) {
            for (const word of list.split("|")) words.add(word);
          }
        } else collect(inner);
      }
    }
  };
  collect(JSON.parse(readFileSync(PATH, "utf8")));
  const language = languageWords();
  assert.ok(language.length > 45, "the words of the language were found");
  assert.deepEqual([...words].sort(), language);
});

test("every policy of the language's own tests is coloured to its end, each statement word as one", async () => {
  const folder = join(root, "tests/policies");
  const files = readdirSync(folder).filter((name) => name.endsWith(".policy"));
  assert.ok(files.length > 5);
  for (const name of files) {
    const text = readFileSync(join(folder, name), "utf8");
    const statements = text.match(/^(route|forbid|let|tier|test)(?=\s)/gm).length;
    const found = await colours(text);
    assert.equal(found.filter(([, colour]) => colour === "keyword.control.statement").length, statements, name);
  }
});

test("no line takes long to colour", async () => {
  for (const piece of ["route /a requires ", "{", "\\", '"', "/", "(", "a", " ", "and ", "#", "{a", "GET, "]) {
    await colours(`route ${piece.repeat(4000)}`);
    await colours(`test "t" {\n  ${piece.repeat(4000)}`);
  }
});
