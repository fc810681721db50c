// The ten minutes of a new user, in a browser: a mistake, its cure, the matrix, a request, a test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, open, settled, textOf, write } from "./browser.mjs";
import { TEMPLATE, dev } from "./dev.mjs";

const POLICY = `route GET /health     is public
route /account/*     requires user
route /pro/*         requires product p-live-pro or p-live-light
route /pro/reports/* requires product p-live-pro
`;

test("a mistake is shown, the matrix keeps the last good policy; corrected, the matrix changes and the file is saved", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, it.url);
  await cell(page, "GET /pro/reports/example", "light")
    .and(page.getByLabel(/upgrade_required$/))
    .waitFor();

  await write(page, POLICY.replace("route /account", "rout /account"));
  await page.getByLabel("What is wrong with the edits").getByText("did you mean `route`?").waitFor();
  await page.getByText("of the last text without errors").waitFor();
  await cell(page, "GET /account/example", "light").waitFor();

  await write(page, POLICY.replace("product p-live-pro\n", "product p-live-pro or p-live-light\n"));
  await cell(page, "GET /pro/reports/example", "light")
    .and(page.getByLabel(/: allowed, was upgrade_required$/))
    .waitFor();
  await page.getByText("1 changed").waitFor();
  assert.equal(it.read("access.policy"), POLICY, "nothing is written before it is saved");

  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved access.policy").waitFor();
  await page.getByText("of the policy in force").waitFor();
  assert.match(it.read("access.policy"), /reports\/\* requires product p-live-pro or p-live-light\n/);
});

test("the language server marks a mistake where it stands, corrects it, completes and renames", async (t) => {
  const it = await dev(t, { "access.policy": "let staff is mfa\n", "staff.policy": "route /staff requires (staff)\n" });
  const page = await open(t, it.url);
  await write(page, "rout /x is public\nlet staff is mfa\n");
  await page.locator(".cm-lintRange-error").getByText("rout", { exact: true }).hover();
  await page.getByRole("button", { name: "Change to `route`" }).click();
  await settled(page, "route /x is public\nlet staff is mfa\n");

  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("route /y requires prod");
  // By a click: keys count only once the list has stood for a moment.
  await page.getByRole("option", { name: "product" }).click();
  await page.keyboard.type(" p-live-pro\n");
  await settled(page, "route /x is public\nlet staff is mfa\nroute /y requires product p-live-pro\n");

  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Home");
  for (let letter = 0; letter < 5; letter++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("F2");
  await page.getByLabel(/New name/).fill("crew");
  await page.keyboard.press("Enter");
  await settled(page, "route /x is public\nlet crew is mfa\nroute /y requires product p-live-pro\n");
  await page.getByRole("button", { name: /^staff\.policy/ }).click();
  await settled(page, "route /staff requires (crew)\n");
});

test("a policy is formatted when it is saved, and the cursor stays in its line", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, it.url);
  await write(page, `route GET /health is public\nroute /account/* requires user   \n`);
  await page.keyboard.press("ControlOrMeta+S");
  await page.getByText("Saved access.policy").waitFor();
  assert.equal(await textOf(page), it.read("access.policy"));
  await page.keyboard.type("# end");
  assert.equal(await textOf(page), `${it.read("access.policy")}# end`);
});

test("a cell is explained, its request is sent and tells every stage, and it becomes a test in the file", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, it.url);
  await cell(page, "GET /pro/reports/example", "light").click();
  const panel = page.getByRole("complementary");
  await panel.getByText("upgrade_required").waitFor();
  await panel.getByText("decides").waitFor();
  await panel.getByRole("heading", { name: "It would be allowed" }).waitFor();

  await panel.getByRole("button", { name: "Send this request" }).click();
  await page.getByText("403 Forbidden").waitFor();
  for (const stage of ["Admission", "Route", "Token", "Facts", "Decision", "Answer", "Document", "Reply"]) {
    await page.getByRole("list", { name: "Stages" }).getByRole("heading", { name: stage }).waitFor();
  }

  await page.getByRole("button", { name: "Write as a test" }).click();
  await page.getByText("It is not saved yet").waitFor();
  assert.match(await textOf(page), /test "[^"]+" \{[^}]*GET \/pro\/reports\/example\s+is /);
  assert.equal(it.read("access.policy"), POLICY);
  await page.getByRole("status").getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved access.policy").waitFor();
  assert.match(it.read("access.policy"), /test "[^"]+" \{\n/);
});

test("while the text has errors, an explanation stays by the last one without, as the matrix does", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, it.url);
  const reports = cell(page, "GET /pro/reports/example", "light");
  await reports.click();
  const panel = page.getByRole("complementary");
  await panel.getByText("upgrade_required").waitFor();
  const edited = POLICY.replace("reports/* requires product p-live-pro", "reports/* requires user");
  await write(page, edited);
  const allowed = reports.and(page.getByLabel(/: allowed, was /));
  await allowed.waitFor();
  await panel.getByText("allowed", { exact: true }).waitFor();
  await write(page, edited.replace("route", "rout"));
  await page.getByText("of the last text without errors").waitFor();
  assert.ok(await allowed.isVisible());
  assert.ok(await panel.getByText("allowed", { exact: true }).isVisible());
  await page.getByRole("button", { name: "Close (Esc)" }).click();
  await reports.click();
  await panel.getByText("this is by the policy in force").waitFor();
});

test("what is sent appears in the traffic, and goes back to the bench", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, `${it.url}/#request`);
  await page.getByLabel("Path").fill("/pro/1?q=%C3%BC");
  await page.getByLabel("User").selectOption("free");
  await page.getByLabel("Path").press("ControlOrMeta+Enter");
  await page.getByText("403 Forbidden").waitFor();
  await page.getByRole("link", { name: "Traffic" }).click();
  await page
    .getByRole("list", { name: /^Requests/ })
    .getByRole("button")
    .first()
    .click();
  await page.getByRole("button", { name: "Open on the bench" }).click();
  assert.equal(await page.getByLabel("User").inputValue(), "free");
  assert.match(await page.getByLabel("Path").inputValue(), /^\/pro\/1\?q=/);
});

test("a product that is bought on the page counts, is marked, and can be taken back", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, `${it.url}/#users`);
  const products = page.getByRole("group", { name: "Products of free" });
  await products.getByRole("button", { name: "p-live-pro" }).click();
  await page.getByRole("button", { name: "Reset free" }).waitFor();
  await page.getByRole("link", { name: "Matrix" }).click();
  await cell(page, "GET /pro/reports/example", "free")
    .and(page.getByLabel(/: allowed$/))
    .waitFor();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Reset free" }).click();
  await products.getByRole("button", { name: "p-live-pro", pressed: false }).waitFor();
});

test("an outage is seen in the matrix, and told on every view until it is switched off", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, `${it.url}/#users`);
  await page.getByLabel("Behaviour").selectOption("down");
  const told = page.getByRole("button", { name: "tiun: down" });
  await told.waitFor();
  await page.getByRole("link", { name: "Matrix" }).click();
  await cell(page, "GET /pro/reports/example", "pro")
    .and(page.getByLabel(/: unavailable$/))
    .waitFor();
  await told.click();
  await page.getByRole("button", { name: "Reset tiun" }).click();
  await told.waitFor({ state: "detached" });
});

test("a handshake is explained, and left to a client, whose line has the token", async (t) => {
  const policy = `${POLICY}route $connect requires product p-live-light\n`;
  const it = await dev(t, { "access.policy": policy }, ["--template", TEMPLATE]);
  const page = await open(t, it.url);
  await cell(page, "$connect", "light").click();
  await page.getByRole("complementary").getByRole("button", { name: "Open on the bench" }).click();
  const stages = page.getByRole("list", { name: "Stages" });
  await stages.getByText("found in header Authorization").waitFor();
  assert.equal(await page.getByRole("button", { name: "Send", exact: true }).count(), 0);
  await page.getByRole("button", { name: "wscat" }).click();
  await page.getByText("Copied the wscat line").waitFor();
  const { token } = await it.ask("/api/token?user=light");
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(line, /^npx wscat -c "ws:\/\/127\.0\.0\.1:\d+\/" -H "Authorization: Bearer /);
  assert.ok(line.includes(token));
});

test("what is saved elsewhere comes by itself; while it is edited here, both are shown for choosing", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, it.url);
  const theirs = `${POLICY}route /theirs is public\n`;
  it.write("access.policy", theirs);
  await cell(page, "GET /theirs", "visitor without a token").waitFor();
  await settled(page, theirs);

  const mine = `${theirs}route /mine is public\n`;
  await write(page, mine);
  it.write("access.policy", POLICY);
  await page.getByRole("alert").getByText("saved elsewhere").waitFor();
  await page.getByRole("button", { name: "Keep mine" }).click();
  assert.equal(await textOf(page), mine);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved access.policy").waitFor();
  assert.match(it.read("access.policy"), /\/mine/);
});

test("a link carries a request to another page, without a token", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, `${it.url}/#request`);
  await page.getByLabel("Method").selectOption("POST");
  await page.getByLabel("Path").fill("/pro/ü?a=b&c=☃");
  await page.getByLabel("User").selectOption("pro");
  await page.getByText("Headers, body, time and address").click();
  await page.getByRole("button", { name: "Add a header" }).click();
  await page.getByLabel("Name of the header").fill("X-Client");
  await page.getByLabel("Value of the header").fill("</script><b>");
  await page.getByLabel("Body").fill('{"a": "☃"}');
  await page.getByRole("button", { name: "Link" }).click();
  await page.getByText("Copied the link").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());

  const other = await open(t, link);
  assert.equal(await other.getByLabel("Method").inputValue(), "POST");
  assert.equal(await other.getByLabel("Path").inputValue(), "/pro/ü?a=b&c=☃");
  assert.equal(await other.getByLabel("User").inputValue(), "pro");
  assert.equal(await other.getByLabel("Name of the header").inputValue(), "X-Client");
  assert.equal(await other.getByLabel("Value of the header").inputValue(), "</script><b>");
  assert.equal(await other.getByLabel("Body").inputValue(), '{"a": "☃"}');
  const { token } = await it.ask("/api/token?user=pro");
  assert.ok(!Buffer.from(new URL(link).hash.slice(1), "base64url").includes(token));
});

test("the curl line is what a terminal takes", async (t) => {
  const it = await dev(t, { "access.policy": POLICY });
  const page = await open(t, `${it.url}/#request`);
  await page.getByLabel("Path").fill("/pro/it's");
  await page.getByLabel("User").selectOption("pro");
  await page.getByRole("button", { name: "curl" }).click();
  await page.getByText("Copied the curl line").waitFor();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(it.shell(line), /^HTTP\/1\.1 200 /);
});
