// Every feature of the language server, asked for by a real client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, CAPABILITIES, editor, folder } from "./editor.mjs";

const SETTINGS = `providers:
  - tiun: { environment: live, api_key: "env:TIUN_API_KEY" }
products:
  pro: { live: p-live-pro, sandbox: p-test-pro }
`;

const ACCESS = `# Wer darf was: 😀
tier gold   is product pro
tier silver is product p-live-silver

let staff is email @example.com and claim employee = true

route GET /health is public
route /users/{id}/* requires user {id} # allow not-cacheable
route /admin/* requires staff
route /admin/reports requires staff and tier gold
route /silver requires tier silver
forbid DELETE /* unless staff # 😀 staff
`;

const OTHER = `route /other requires not staff and user\n`;

/** An editor with the policy above open, `other.policy` beside it on the disk alone. */
async function opened(t, text = ACCESS, capabilities = CAPABILITIES) {
  const files = folder(t, { "access.policy": text, "other.policy": OTHER, "authorizer.yaml": SETTINGS });
  const it = await editor(t, capabilities);
  const uri = files.uri("access.policy");
  await it.open(uri, text);
  return { it, uri, files, other: files.uri("other.policy") };
}

const markdown = (hover) => hover?.contents.value ?? "";

// ---- Diagnostics -------------------------------------------------------------------------------

test("diagnostics: all mistakes with code, severity, place and cure; none when corrected", async (t) => {
  const { it, uri } = await opened(t);
  assert.deepEqual(it.diagnostics(uri), []);
  await it.change(uri, "# ä😀\nrout /a is public\nroute /b requires stff and \"😀\nlet unused is user\n");
  await it.settled(uri);
  const findings = it.diagnostics(uri);
  const slip = findings.find((one) => one.code === "E101");
  assert.equal(slip.severity, 1);
  assert.equal(slip.source, "tollgate");
  assert.deepEqual(slip.range, { start: { line: 1, character: 0 }, end: { line: 1, character: 4 } });
  assert.match(slip.message, /did you mean `route`/);
  const unclosed = findings.find((one) => one.code === "E107");
  assert.equal(unclosed.range.start.character, 'route /b requires stff and '.length);
  const unused = findings.find((one) => one.code === "W302");
  assert.equal(unused.severity, 2);
  assert.deepEqual(unused.tags, [1]);
  await it.change(uri, ACCESS);
  await it.settled(uri);
  assert.deepEqual(it.diagnostics(uri), []);
});

test("diagnostics: positions after non-ASCII text on the same line are in UTF-16", async (t) => {
  const { it, uri } = await opened(t);
  const line = 'route /a requires claim name = "😀ä" and nobody';
  await it.change(uri, `${line}\n`);
  await it.settled(uri);
  const finding = it.diagnostics(uri).find((one) => one.code === "E201");
  assert.equal(finding.range.start.character, line.indexOf("nobody"));
  assert.equal(finding.range.end.character, line.length);
});

test("diagnostics: related places, in another file too", async (t) => {
  const { it, uri, other } = await opened(t);
  await it.change(uri, `${ACCESS}route /other is public\n`);
  await it.settled(uri);
  const found = () => [uri, other].flatMap((one) => it.diagnostics(one) ?? []).find((one) => one.code === "E205");
  const twice = await it.until("E205 does not come", found);
  assert.equal(twice.relatedInformation.length, 1);
  const places = [twice.relatedInformation[0].location.uri];
  assert.ok(places.every((place) => [uri, other].includes(place)));
});

test("diagnostics: an editor without related places is told them in words", async (t) => {
  const { it, uri } = await opened(t, `${ACCESS}route /health is public\nroute /health is denied\n`, {});
  const twice = it.diagnostics(uri).find((one) => one.code === "E205");
  assert.equal(twice.relatedInformation, undefined);
  assert.match(twice.message, /access\.policy:13/);
});

test("several files: siblings are read from disk, open buffers win, closing goes back to the disk", async (t) => {
  const { it, uri, other } = await opened(t);
  await it.until("nothing about the file that is not open", () => it.diagnostics(other));
  assert.deepEqual(it.diagnostics(other), [], "`staff` comes from the open file");
  await it.open(other, "route /other requires tier bronze\n");
  assert.deepEqual(it.diagnostics(other).map((one) => one.code), ["E202"]);
  await it.change(other, "tier bronze is user\n");
  await it.settled(other);
  const apart = () => [uri, other].some((one) => it.diagnostics(one).some((finding) => finding.code === "E207"));
  await it.until("tiers do not stand apart", apart);
  await it.close(other);
  await it.until("the disk does not count again", () => it.diagnostics(other).length === 0);
  await it.close(uri);
  await it.until("nothing was taken back", () => it.published.at(-1).diagnostics.length === 0);
});

test("several files: a file that changes, comes or goes on the disk counts once the editor says so", async (t) => {
  const { it, uri, files } = await opened(t);
  const said = (name, type) =>
    it.say("workspace/didChangeWatchedFiles", { changes: [{ uri: files.uri(name), type }] });
  const twice = () => [uri, files.uri("new.policy")].some((one) => it.diagnostics(one)?.some((finding) => finding.code === "E205"));
  files.write("new.policy", "route GET /health is public\n");
  await said("new.policy", 1);
  await it.until("the new file does not count", twice);
  files.write("new.policy", "route POST /health is public\n");
  await said("new.policy", 2);
  await it.until("the new text does not count", () => !twice());
  files.write("new.policy", "route GET /health is denied\n");
  await said("new.policy", 2);
  await it.until("the newest text does not count", twice);
  files.remove("new.policy");
  await said("new.policy", 3);
  await it.until("the file still counts", () => !twice() && it.diagnostics(files.uri("new.policy")).length === 0);
});

test("a mistake in authorizer.yaml is shown in that file and goes when it is corrected", async (t) => {
  const files = folder(t, { "access.policy": ACCESS, "authorizer.yaml": "providers: [\n" });
  const it = await editor(t);
  const uri = files.uri("access.policy");
  await it.open(uri, ACCESS);
  const settings = files.uri("authorizer.yaml");
  await it.until("no mistake is shown", () => it.diagnostics(settings)?.length === 1);
  files.write("authorizer.yaml", SETTINGS);
  await it.say("workspace/didChangeWatchedFiles", { changes: [{ uri: settings, type: 2 }] });
  await it.until("the mistake stays", () => it.diagnostics(settings).length === 0);
});

test("a document that is not saved yet, or that is no file, is a policy by itself", async (t) => {
  const files = folder(t, {});
  const it = await editor(t);
  for (const uri of ["untitled:Untitled-1", files.uri("new.policy"), files.uri("policy.txt")]) {
    await it.open(uri, "route /a requires staff\n");
    assert.deepEqual(it.diagnostics(uri).map((one) => one.code), ["E201"], uri);
  }
});

// ---- Documents ---------------------------------------------------------------------------------

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

// ---- Formatting --------------------------------------------------------------------------------

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

// ---- Hover -------------------------------------------------------------------------------------

const HOVERS = [
  ["requires staff", 2, /Lets in those for whom/],
  ["email @example", 1, /exact domain/],
  ["and claim", 0, /Both must hold/],
  ["claim employee", 1, /Types are never converted/],
  ["tier gold   is", 0, /ordered condition, highest first/],
  ["tier gold\n", 1, /this one or one above/],
  ["unless", 0, /does not hold, or where it ends unknown/],
  ["product pro", 8, /`p-live-pro` in this environment/],
  ["product p-live-silver", 10, /ID `p-live-silver`/],
  ["requires staff", 9, /`let staff is email @example.com and claim employee = true`/],
  ["staff is", 1, /`let staff is/],
  ["route GET /health", 0, /Who gets in:\*\* anyone.*\n[^]*Who may call these paths/],
  ["/health", 2, /anyone; a token is not needed/],
];

for (const [needle, extra, expected] of HOVERS) {
  test(`hover on «${needle.trim()}» at ${extra}: ${expected}`, async (t) => {
    const { it, uri } = await opened(t);
    assert.match(markdown(await it.ask("textDocument/hover", it.at(uri, needle, extra))), expected);
  });
}

test("hover on a rule: who gets in, the rules that have a say, an example that is true", async (t) => {
  const { it, uri } = await opened(t);
  const text = markdown(await it.ask("textDocument/hover", it.at(uri, "/admin/*", 1)));
  assert.match(text, /those for whom `staff` holds/);
  assert.match(text, /`let staff is email @example.com and claim employee = true`/);
  assert.match(text, /Also asked[^]*`forbid DELETE \/\*` \(access\.policy:12\)/);
  assert.match(text, /More specific, so these decide[^]*`route \/admin\/reports` \(access\.policy:10\)/);
  assert.match(text, /`GET \/admin\/example`\n- a visitor is denied, `login_required`\n- a signed-in user with nothing more is denied, `forbidden`/);
  const tier = markdown(await it.ask("textDocument/hover", it.at(uri, "/silver", 1)));
  assert.match(tier, /upgrade_required` \(p-live-pro or p-live-silver\)|upgrade_required` \(p-live-silver or p-live-pro\)/);
  const forbid = markdown(await it.ask("textDocument/hover", it.at(uri, "forbid DELETE", 1)));
  assert.match(forbid, /Takes access away\*\* from everybody but those for whom this holds: `staff`/);
  assert.match(forbid, /Applies to[^]*`route \/admin\/\*`[^]*`route \/other` \(other\.policy:1\)/);
  assert.doesNotMatch(forbid, /GET \/health/);
});

test("hover on a field: the routes and forbids of fields, and no others", async (t) => {
  const fields = "route field * requires user\nroute field Query.me requires mfa\nroute field Query.you is public\nforbid field Query.me when mfa\n";
  const { it, uri } = await opened(t, `${ACCESS}${fields}test "f" {\n  user\n  field Query.me is denied\n}\n`);
  const hover = async (needle, extra = 0) => markdown(await it.ask("textDocument/hover", it.at(uri, needle, extra)));
  const one = await hover("field Query.me requires", 8);
  assert.match(one, /may take access away:\*\*\n- `forbid field Query\.me` \(access\.policy:\d+\)\n/);
  assert.match(one, /so decides instead of:\*\*\n- `route field \*` \(access\.policy:\d+\)\n/);
  assert.match(one, /`field Query\.me`\n- a visitor is denied, `login_required`/);
  assert.doesNotMatch(one, /DELETE|Query\.you/);
  assert.match(await hover("field * requires"), /so these decide where they match:\*\*\n- `route field Query\.me`/);
  assert.match(await hover("field Query.me is"), /AppSync asks once for a GraphQL request/);
});

test("hover in a test tells the meaning there, on a comment nothing", async (t) => {
  const { it, uri } = await opened(t);
  await it.change(uri, 'route /a requires user # requires\ntest "is" {\n  user with not mfa\n  GET /a is denied, no_route\n}\n');
  const hover = async (needle, extra = 0) => markdown(await it.ask("textDocument/hover", it.at(uri, needle, extra)));
  assert.match(await hover("user with"), /requests under the line are theirs/);
  assert.match(await hover("not mfa"), /known to be absent/);
  assert.match(await hover("no_route"), /No route covers/);
  assert.match(await hover("denied"), /must be refused/);
  assert.equal(await hover("# requires", 3), "");
  assert.equal(await hover('"is"', 1), "");
});

// ---- Names -------------------------------------------------------------------------------------

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

// ---- Completion --------------------------------------------------------------------------------

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

// ---- Outline and corrections -------------------------------------------------------------------

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
