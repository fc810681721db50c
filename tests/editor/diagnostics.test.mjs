// Mistakes as an editor is told of them, in one file and in several.

import assert from "node:assert/strict";
import { test } from "node:test";
import { editor, folder } from "./editor.mjs";
import { ACCESS, opened, SETTINGS } from "./opened.mjs";

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
