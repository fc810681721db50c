// What is told of the word under the pointer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown } from "./editor.mjs";
import { ACCESS, opened } from "./opened.mjs";

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
