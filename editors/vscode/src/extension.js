// Starts `tollgate lsp` for the policies of a window and starts it again when its path changes.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const SECTION = "tollgate";
const INSTALL = "install the `tollgate` command, or say in the setting `tollgate.path` where it is";

let client;

async function start() {
  const command = workspace.getConfiguration(SECTION).get("path") || "tollgate";
  client = new LanguageClient(
    SECTION,
    "Tollgate policy",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "tollgate-policy", scheme: "file" }, { language: "tollgate-policy", scheme: "untitled" }] },
  );
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`\`${command} lsp\` did not start (${error.message}): ${INSTALL}`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  // A client that never started cannot be stopped.
  if (running?.isRunning()) await running.stop();
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("tollgate.restart", restart),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.path`)) restart();
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
