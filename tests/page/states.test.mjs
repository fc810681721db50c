// What the page looks like and how it is used in states that are hard to come by: by keyboard, in the
// dark, on a phone, with odd texts, without a server. The mock speaks the contract.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { cell, open, textOf, write } from "./browser.mjs";
import { ACCESS, mock, world } from "./mock.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIEWS = ["matrix", "request", "traffic", "users"];
/** The mock has no language server. */
const NO_SERVER = { expects: [/\/api\/lsp/] };
const PHONE = { viewport: { width: 360, height: 740 } };

const ODD = `# <script>alert(1)</script> <img src=x onerror=alert(2)> \u202e ع 漢字 👩‍👩‍👧 \u0000
route GET /<b>bold</b>/* is public
route /pro/* requires product p-live-pro
`;

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1440, height: 900 }, PHONE.viewport]) {
    test(`no rule of accessibility is broken: ${colorScheme}, ${viewport.width} pixels wide`, async (t) => {
      const it = world();
      it.problems.policy = "error[E101]: no statement starts with `rout`\n --> policy/access.policy:3:1";
      const { url } = await mock(t, it);
      const page = await open(t, url, { ...NO_SERVER, colorScheme, viewport });
      for (const look of await looks(page, viewport)) {
        await look.go();
        assert.deepEqual(await violations(page), [], look.name);
      }
    });
  }
}

/** Every view, with what opens in it. */
async function looks(page, viewport) {
  const show = (name) => async () => {
    await page.evaluate((hash) => (location.hash = hash), name);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
  };
  const opened = [
    { name: "matrix", go: show("matrix") },
    {
      name: "an explained cell",
      go: async () => {
        await cell(page, "GET /pro/reports/example", "light").click();
        await page.getByRole("complementary").getByText("decides").waitFor();
      },
    },
    {
      name: "a request that was sent",
      go: async () => {
        await page.getByRole("button", { name: "Send this request" }).click();
        await page.getByText("403 Forbidden").waitFor();
      },
    },
    {
      name: "traffic",
      go: async () => {
        await show("traffic")();
        await page
          .getByRole("list", { name: /^Requests/ })
          .getByRole("button")
          .first()
          .click();
        await page.getByRole("list", { name: "Stages" }).waitFor();
      },
    },
    { name: "users", go: show("users") },
    { name: "shortcuts", go: () => page.getByRole("button", { name: "Keyboard shortcuts" }).click() },
  ];
  if (viewport.width < 960) opened.unshift({ name: "policy", go: show("policy") });
  return opened;
}

async function violations(page) {
  await page.evaluate(AXE);
  // Colours in transition are none of either state.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  return found.map(({ id, nodes }) => ({
    id,
    nodes: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
  }));
}

test("the theme is the system's until it is switched, and the choice is kept", async (t) => {
  const { url } = await mock(t);
  const page = await open(t, url, { ...NO_SERVER, colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole("button", { name: /^Theme: system/ }).click();
  await page.getByRole("button", { name: /^Theme: light/ }).waitFor();
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  await page.getByRole("button", { name: /^Theme: light/ }).waitFor();
  assert.equal(await ground(), light);
});

for (const width of [360, 768, 1024, 2560]) {
  test(`the page does not scroll sideways at ${width} pixels`, async (t) => {
    const it = world();
    it.users.push({ ...it.users[0], name: "a-user-with-a-name-that-does-not-end-".repeat(4), email: "x".repeat(200) });
    it.files["access.policy"] += `route /${"long".repeat(100)}/* requires product p-live-pro\n`;
    it.apis.push({ ...it.apis[0], name: "HttpApi" }, { ...it.apis[0], name: "Sockets" });
    const { url } = await mock(t, it);
    const page = await open(t, url, { ...NO_SERVER, viewport: { width, height: 800 } });
    for (const view of VIEWS) {
      await page.evaluate((hash) => (location.hash = hash), view);
      await page.locator(`[data-view=${view}]`).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, view);
    }
  });
}

test("by keyboard alone: through the matrix into an explanation and back, along the views, out of the editor", async (t) => {
  const { url } = await mock(t);
  const page = await open(t, url, NO_SERVER);
  await cell(page, "GET /health", "visitor without a token").focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  const panel = page.getByRole("complementary");
  await panel.getByRole("heading", { name: "GET /pro/example as free" }).waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.waitForFunction(() =>
    document.activeElement.getAttribute("aria-label")?.startsWith("GET /pro/example as free"),
  );

  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  const editor = page.getByRole("textbox", { name: /^Policy file/ });
  await page.waitForFunction(() => document.activeElement.shadowRoot !== null);
  await page.keyboard.type("# here: ");
  assert.match(await textOf(page), /\n# here: route \/pro\/\*/);
  await page.keyboard.press("Tab");
  assert.ok(
    !(await editor.evaluate((content) => content.getRootNode().activeElement === content)),
    "Tab leaves the editor",
  );

  await page.keyboard.press("3");
  await page.getByRole("button", { name: "Send" }).waitFor();
  await page.getByLabel("Path").focus();
  await page.keyboard.press("4");
  assert.equal(await page.getByLabel("Path").inputValue(), "/4", "keys are letters where something is typed");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("list", { name: "Stages" }).waitFor();
});

test("an explanation stands below the matrix, which keeps its width", async (t) => {
  const { url } = await mock(t);
  const page = await open(t, url, NO_SERVER);
  const table = page.getByRole("grid", { name: "Who may call what" });
  const right = async (of) => {
    const { x, width } = await of.boundingBox();
    return Math.round(x + width);
  };
  const before = await right(table);
  await cell(page, "GET /pro/reports/example", "light").click();
  const panel = page.getByRole("complementary");
  await panel.getByText("decides").waitFor();
  assert.equal(await right(table), before);
  const { y, height } = await cell(page, "GET /pro/reports/example", "light").boundingBox();
  assert.ok(y + height <= (await panel.boundingBox()).y, "the panel hides the cell that it explains");
});

test("the shortcuts stand under `?`, and those without a modifier can be switched off for good", async (t) => {
  const { url } = await mock(t);
  const page = await open(t, url, NO_SERVER);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.reload();
  await cell(page, "GET /health", "visitor without a token").waitFor();
  await page.keyboard.press("4");
  await page.keyboard.press("?");
  assert.ok(await cell(page, "GET /health", "visitor without a token").isVisible());
  assert.ok(await dialog.isHidden());
});

test("markup and odd characters in a policy are text, here and in the file", async (t) => {
  const it = world();
  const { url } = await mock(t, it);
  const page = await open(t, url, NO_SERVER);
  page.on("dialog", (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
  await write(page, ODD);
  await page.getByRole("button", { name: "GET /<b>bold</b>/example new", exact: true }).waitFor();
  await cell(page, "GET /<b>bold</b>/example", "visitor without a token").click();
  await page.getByRole("complementary").getByText("route GET /<b>bold</b>/* is public").waitFor();
  assert.equal(await page.locator("b, img, script:not([src])").count(), 0);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved access.policy").waitFor();
  assert.equal(it.files["access.policy"], ODD);
});

test("a file keeps its line ends", async (t) => {
  const it = world();
  it.files["access.policy"] = ACCESS.replaceAll("\n", "\r\n");
  const { url } = await mock(t, it);
  const page = await open(t, url, NO_SERVER);
  await page.getByRole("button", { name: "Save", exact: true, disabled: true }).waitFor();
  await page.getByRole("textbox", { name: /^Policy file/ }).press("ControlOrMeta+End");
  await page.keyboard.type("# end");
  await page.keyboard.press("ControlOrMeta+S");
  await page.getByText("Saved access.policy").waitFor();
  assert.equal(it.files["access.policy"], `${ACCESS.replaceAll("\n", "\r\n")}# end`);
});

test("leaving with unsaved edits asks first", async (t) => {
  const { url } = await mock(t);
  const page = await open(t, url, NO_SERVER);
  await write(page, "route /a is public\n");
  const asked = page.waitForEvent("dialog");
  const left = page.reload();
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.accept();
  await left;
});

test("problems of saved files are shown with their text; a server that is gone is said, and found again", async (t) => {
  const it = world();
  const running = await mock(t, it);
  const page = await open(t, running.url, { expects: [/\/api\//, /ERR_/] });
  it.problems.template = "template.yaml:7: `Stage` is missing";
  running.changed();
  await page.getByText("template.yaml:7: `Stage` is missing").waitFor();
  await page.getByText("1 problem").waitFor();
  await page.route("**/api/**", (route) => route.abort());
  running.drop();
  await page.getByText("tollgate dev does not answer.").waitFor();
  await page.unroute("**/api/**");
  await page.getByText("tollgate dev does not answer.").waitFor({ state: "hidden" });
});

test("a state that was asked for before a newer one was told does not count", async (t) => {
  const it = world();
  const running = await mock(t, it);
  const page = await open(t, running.url, { expects: [/\/api\//, /ERR_/] });
  const asked = deferred();
  await page.route("**/api/state", async (route) => asked.resolve({ route, response: await route.fetch() }));
  running.drop();
  const { route, response } = await asked.promise;
  it.problems.template = "template.yaml:7: `Stage` is missing";
  running.changed();
  await page.getByText("1 problem").waitFor();
  const answered = page.waitForResponse("**/api/state");
  await route.fulfill({ response });
  await answered;
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  assert.ok(await page.getByText("1 problem").isVisible());
});

/** A promise to be kept from outside; Node 20 has no `Promise.withResolvers`. */
function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

test("without routes, traffic and users each view says what to do", async (t) => {
  const it = world();
  Object.assign(it, { files: { "access.policy": "# nothing yet\n" }, users: [], providers: [] });
  const { url } = await mock(t, it);
  const page = await open(t, url, NO_SERVER);
  await page.getByText("The policy has no routes yet").waitFor();
  await page.getByRole("link", { name: "Traffic" }).click();
  await page.getByText("No request has come yet").waitFor();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByText("No provider here has users").waitFor();
});

test("of a typical user, who has no token, a line for a terminal explains", async (t) => {
  const { url } = await mock(t);
  const page = await open(t, url, NO_SERVER);
  await page.getByRole("button", { name: "Typical users" }).click();
  await cell(page, "GET /pro/reports/example", "user").click();
  const panel = page.getByRole("complementary");
  await panel.getByText("tollgate explain GET /pro/reports/example --user 'u-test'").waitFor();
  await cell(page, "GET /health", "visitor without a token").click();
  await panel.getByText("decides").waitFor();
});

test("a connection that ended is no failure, and nothing for the bench", async (t) => {
  const it = world();
  const ended = { method: "DISCONNECT", path: "$disconnect", status: 1000, outcome: "closed", user: "u-light" };
  const reply = { stage: "reply", ok: true, message: "the connection is closed with 1000", ms: 0 };
  const time = new Date(0).toISOString();
  const about = { id: 1, time, api: "Sockets", cached: false, reason: "", rule: null, ms: 5.4 };
  const nothing = { query: null, request_headers: [], event: null, answer: null, error: null, backend_context: null };
  const response = { status: 1000, headers: [], body: null };
  it.traffic.push({ exchange: { ...about, ...ended, ...nothing, steps: [reply], response }, inspection: null });
  const { url } = await mock(t, it);
  const page = await open(t, `${url}/#traffic`, NO_SERVER);
  const line = page.getByRole("list", { name: /^Requests/ }).getByRole("button");
  await line.getByText("u-light").waitFor();
  assert.equal(await line.locator(".status").getAttribute("data-tone"), "none");
  await line.click();
  await page.getByText("the connection is closed with 1000").waitFor();
  assert.equal(await page.getByRole("button", { name: "Open on the bench" }).count(), 0);
});
