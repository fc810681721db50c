// The language server's findings in their places, with the corrections it offers.

import { LSPPlugin, ViewPlugin, setDiagnostics } from "../vendor/codemirror.js";

/** How long after the last key the server is given the text, in milliseconds. */
const PAUSE_MS = 150;
const SEVERITIES = /** @type {const} */ (["error", "error", "warning", "info", "hint"]);

/**
 * What the client is extended by. Its own extension for this knows no corrections.
 * @returns {import("../vendor/codemirror.js").LSPClientExtension}
 */
export const findings = () => ({
  clientCapabilities: {
    textDocument: {
      publishDiagnostics: { versionSupport: true },
      codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } },
    },
  },
  notificationHandlers: {
    "textDocument/publishDiagnostics": (client, params) => {
      const file = client.workspace.getFile(params.uri);
      const view = file?.getView();
      if (!file || !view || (params.version != null && params.version !== file.version)) return true;
      mark(view, params.diagnostics, []);
      if (params.diagnostics.length > 0) offer(client, file, view, params.diagnostics);
      return true;
    },
  },
  editorExtension: keepSynced,
});

/** Gives the server what was typed, after a pause. */
const keepSynced = ViewPlugin.define((view) => {
  let timer = 0;
  return {
    update({ docChanged }) {
      if (!docChanged) return;
      clearTimeout(timer);
      timer = setTimeout(() => LSPPlugin.get(view)?.client.sync(), PAUSE_MS);
    },
    destroy: () => clearTimeout(timer),
  };
});

/**
 * Asks for corrections and shows them with their findings, unless the text has changed meanwhile.
 * @param {import("../vendor/codemirror.js").LSPClient} client
 * @param {import("../vendor/codemirror.js").WorkspaceFile} file
 * @param {import("../vendor/codemirror.js").EditorView} view
 * @param {any[]} diagnostics
 */
async function offer(client, file, view, diagnostics) {
  const { uri, version } = file;
  const range = {
    start: { line: 0, character: 0 },
    end: { line: Math.max(...diagnostics.map((one) => one.range.end.line)) + 1, character: 0 },
  };
  const ask = { textDocument: { uri }, range, context: { diagnostics } };
  try {
    const actions = await client.request("textDocument/codeAction", ask);
    if (Array.isArray(actions) && file.version === version && file.getView() === view) mark(view, diagnostics, actions);
  } catch {
    // The findings stand there without corrections.
  }
}

/**
 * @param {import("../vendor/codemirror.js").EditorView} view
 * @param {any[]} diagnostics
 * @param {any[]} actions
 */
function mark(view, diagnostics, actions) {
  const plugin = LSPPlugin.get(view);
  if (!plugin) return;
  const offset = (/** @type {any} */ position) =>
    plugin.unsyncedChanges.mapPos(plugin.fromPosition(position, plugin.syncedDoc));
  const found = diagnostics.map((one) => ({
    from: offset(one.range.start),
    to: offset(one.range.end),
    severity: SEVERITIES[one.severity ?? 1] ?? "error",
    source: one.code,
    message: one.message,
    actions: actions
      .filter((action) => action.diagnostics?.some((/** @type {any} */ about) => isSame(about, one)))
      .map((action) => ({
        name: action.title,
        apply: () => apply(view, plugin, action.edit?.changes?.[plugin.uri] ?? []),
      })),
  }));
  view.dispatch(setDiagnostics(view.state, found));
}

/**
 * @param {any} one
 * @param {any} other
 */
const isSame = (one, other) => one.code === other.code && JSON.stringify(one.range) === JSON.stringify(other.range);

/**
 * @param {import("../vendor/codemirror.js").EditorView} view
 * @param {import("../vendor/codemirror.js").LSPPlugin} plugin
 * @param {any[]} edits
 */
function apply(view, plugin, edits) {
  const offset = (/** @type {any} */ position) =>
    plugin.unsyncedChanges.mapPos(plugin.fromPosition(position, plugin.syncedDoc));
  view.dispatch({
    changes: edits.map(({ range, newText }) => ({ from: offset(range.start), to: offset(range.end), insert: newText })),
    userEvent: "input.correct",
  });
  view.focus();
}
