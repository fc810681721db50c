// The parts of the page that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween } from "../../cli/page/editor/change.js";
import { fromHash, toHash } from "../../cli/page/model/scenario.js";
import { matching } from "../../cli/page/model/traffic.js";

const applied = (text, changes) =>
  changes.reduceRight((done, { from, to, insert }) => done.slice(0, from) + insert + done.slice(to), text);

test("changes make one text the other, and leave alone what is the same", () => {
  const cases = [
    ["", ""],
    ["", "a\nb"],
    ["a\nb\n", ""],
    ["aa", "aaa"],
    ["route  /a is public\nroute /b is denied\n", "route /a is public\nroute /b  is denied\n"],
    ["one\ntwo\nthree", "one\nthree"],
    ["ab\nab", "ab\nab\nab"],
    ["😀x", "😁x"],
  ];
  for (const [before, after] of cases) {
    const changes = changesBetween(before, after);
    assert.equal(applied(before, changes), after, JSON.stringify([before, after]));
    assert.ok(changes.length > 0 || before === after);
  }
  assert.deepEqual(changesBetween("a  b\nsame\nc  d", "a b\nsame\nc d"), [
    { from: 2, to: 3, insert: "" },
    { from: 12, to: 13, insert: "" },
  ]);
});

test("a link gives back the request that it was made of", () => {
  const request = {
    method: "POST",
    path: "/ü?a=%20&b=☃",
    headers: [["X-A", "</script>"]],
    body: "{}",
    user: "light",
    provider: null,
  };
  for (const api of [null, "WebSocketApi"])
    assert.deepEqual(fromHash(toHash({ api, ...request })), { api, ...request });
});

test("what is no link of the page is none", () => {
  const hash = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  for (const text of [
    "",
    "matrix",
    "%%%",
    "e30",
    hash(null),
    hash({ v: 2, method: "GET", path: "/" }),
    hash({ v: 1, method: 1, path: "/" }),
    "A".repeat(200_000),
  ]) {
    assert.equal(fromHash(text), null, text.slice(0, 40));
  }
  const odd = fromHash(
    hash({ v: 1, method: "GET", path: "/", headers: [["a"], "b", ["c", 1], ["d", "e"]], user: {}, token: "t" }),
  );
  assert.deepEqual(odd.headers, [["d", "e"]]);
  assert.equal(odd.user, null);
  assert.ok(!("token" in odd));
});

test("traffic is filtered by outcome and by all words", () => {
  const all = [
    { method: "GET", path: "/pro/1", status: 403, outcome: "denied", reason: "upgrade_required", user: "u-light" },
    { method: "GET", path: "/health", status: 200, outcome: "allowed", reason: null, user: null },
  ];
  assert.equal(matching(all, "", "").length, 2);
  assert.deepEqual(matching(all, "denied", ""), [all[0]]);
  assert.deepEqual(matching(all, "", "PRO 403"), [all[0]]);
  assert.deepEqual(matching(all, "allowed", "403"), []);
});
