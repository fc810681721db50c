// A browser for a test: headless Chromium with one page open, which may call nothing but 127.0.0.1.

import assert from "node:assert/strict";
import { chromium as driver } from "playwright-core";
import { chromium } from "./chromium.mjs";

const QUIET = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** A debug build on a busy machine, in milliseconds. */
const PATIENCE = 30_000;

/**
 * A page that has loaded. When the test ends, nothing may have gone wrong on it, and no request may have
 * gone elsewhere.
 */
export async function open(test, url, options = {}) {
  // Chromium refuses its sandbox to root, as whom containers often run.
  const args = process.getuid?.() === 0 ? [...QUIET, "--no-sandbox"] : QUIET;
  const browser = await driver.launch({ ...chromium(), args });
  test.after(() => browser.close());
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = [];
  const elsewhere = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on(
    "console",
    (message) => message.type() === "error" && !isExpected(message, options) && wrong.push(message.text()),
  );
  page.on("request", (request) => isHere(request.url()) || elsewhere.push(request.url()));
  page.on("websocket", (socket) => isHere(socket.url()) || elsewhere.push(socket.url()));
  test.after(() => {
    assert.deepEqual(wrong, [], "the browser's console has errors");
    assert.deepEqual(elsewhere, [], "the page called something that is not this machine");
  });
  await page.goto(url);
  await page.getByRole("heading", { name: "Tollgate" }).waitFor();
  return page;
}

const isHere = (url) => new URL(url).hostname === "127.0.0.1" || url.startsWith("data:") || url.startsWith("blob:");

/** A conflict is an answer of its own; and when a test ends, the server ends before the browser. */
const EXPECTED = [/status of 409/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_(REFUSED|RESET)/];

const isExpected = (message, { expects = [] }) => [...expects, ...EXPECTED].some((one) => one.test(message.text()));

/** The editor's text as one types it: all of it replaced. */
export async function write(page, text) {
  await page.getByRole("textbox", { name: /^Policy file/ }).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete"); // Chromium would give the new text the old one's style, inline
  await page.keyboard.insertText(text);
}

/** The editor's text as it stands there. */
export const textOf = (page) =>
  page
    .getByRole("textbox", { name: /^Policy file/ })
    .evaluate((content) => content.innerText.replace(/\n\n(?=\n|$)/g, "\n"));

/** Waits until the editor holds a text. */
export async function settled(page, text) {
  const end = Date.now() + PATIENCE;
  while ((await textOf(page)) !== text) {
    assert.ok(Date.now() < end, `the editor holds another text:\n${await textOf(page)}`);
    await page.waitForTimeout(50);
  }
}

/** A cell of the matrix. */
export const cell = (page, call, user) =>
  page.getByRole("button", { name: new RegExp(`^${escaped(call)} as ${escaped(user)}:`) });

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
