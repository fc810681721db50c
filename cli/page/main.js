// Starts the page: follows the server, the address and the keys, and draws.

import { effect, html, render } from "./vendor/preact.js";
import { edited, load } from "./model/policy.js";
import { follow, state } from "./model/server.js";
import "./model/theme.js";
import { followAddress } from "./model/view.js";
import { keepJudging } from "./model/verdicts.js";
import { App } from "./view/app.js";
import { followKeys } from "./view/keys.js";

follow();
followAddress();
followKeys();
keepJudging();

// What somebody saved elsewhere comes by itself, whether or not it is in force.
let known = "";
effect(() => {
  if (!state.value) return;
  const { policy } = state.value;
  const now = JSON.stringify([policy.files, policy.saved, policy.version]);
  if (now === known) return;
  known = now;
  load(policy.files);
});

addEventListener("beforeunload", (event) => {
  if (edited.value.length > 0) event.preventDefault();
});

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(html`<${App} />`, page);
}
