// The policy files in tabs, the editor, and what the edits amount to.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { Editors } from "../editor/editors.js";
import { current, edit, edited, fileOf, files, goTo, isEdited, revert, save, wanted } from "../model/policy.js";
import { state } from "../model/server.js";
import { problem, tests } from "../model/verdicts.js";
import { showEditor } from "../model/view.js";
import { Conflict } from "./conflict.js";
import { Icon } from "./icon.js";
import { editorFocus } from "./keys.js";

export function Policy() {
  const host = useRef(/** @type {HTMLElement | null} */ (null));
  const editors = useRef(/** @type {Editors | null} */ (null));
  useEffect(() => {
    if (host.current && state.value)
      editors.current = new Editors(host.current, state.value.policy.root_uri, { edit, save });
  }, []);
  useEffect(() => editors.current?.show(files.value, current.value), [files.value, current.value]);
  useEffect(() => {
    const place = wanted.value;
    if (!place) return;
    wanted.value = null;
    showEditor();
    // Once the editor is visible.
    requestAnimationFrame(() => editors.current?.reveal(place.file, place.line));
  }, [wanted.value]);
  useEffect(() => {
    if (editorFocus.value > 0) requestAnimationFrame(() => editors.current?.focus(current.value));
  }, [editorFocus.value]);

  const file = current.value === null ? undefined : fileOf(current.value);
  return html`
    <${Files} />
    ${file?.conflict && html`<${Conflict} file=${file} />`}
    <div class="editor" ref=${host} hidden=${!file}></div>
    ${file ? html`<${Foot} file=${file} />` : html`<${NoFile} />`}
  `;
}

const NoFile = () => html`
  <p class="empty">
    There is no <code>*.policy</code> file in <code>${state.value?.policy.folder}</code>. Save one there, and it appears
    here.
  </p>
`;

const Files = () => html`
  <div class="tabs files" role="group" aria-label="Policy files">
    ${files.value.map(
      (file) => html`
        <button
          key=${file.name}
          aria-pressed=${file.name === current.value}
          onClick=${() => (current.value = file.name)}
          title=${isEdited(file) ? `${file.name}: not saved` : file.name}
        >
          <span class="file-name">${file.name}</span>
          ${isEdited(file) && html`<span class="unsaved" role="img" aria-label="not saved"></span>`}
        </button>
      `,
    )}
  </div>
`;

/** @param {{ file: import("../model/policy.js").File }} props */
const Foot = ({ file }) => html`
  <footer class="editor-foot">
    ${problem.value && html`<pre class="editor-problem" tabindex="0" aria-label="What is wrong with the edits">${problem.value}</pre>`}
    ${!problem.value && (tests.value?.failed.length ?? 0) > 0 && html`<${Failures} />`}
    <div class="editor-bar">
      <span class="editor-state" role="status"><${Verdict} /></span>
      <button class="quiet" disabled=${!isEdited(file)} onClick=${() => revert(file.name)}><${Icon} name="undo" />Revert</button>
      <button class="primary" disabled=${!isEdited(file) || file.conflict !== null} onClick=${() => save(file.name)}>Save</button>
    </div>
  </footer>
`;

function Verdict() {
  const run = tests.value;
  if (problem.value)
    return html`<span data-tone="denied"><${Icon} name="wrong" />has errors: in force stays what was saved</span>`;
  if (run && run.failed.length > 0) {
    return html`<span data-tone="denied"><${Icon} name="wrong" />${run.failed.length} of ${run.total} test lines fail</span>`;
  }
  const hold =
    run && run.total > 0
      ? `${run.total === 1 ? "the test line holds" : `all ${run.total} test lines hold`}`
      : "no tests yet";
  return html`
    <span data-tone=${run && run.total > 0 ? "allowed" : "none"}><${Icon} name=${run && run.total > 0 ? "allowed" : "test"} />${hold}</span>
    ${edited.value.length > 0 && html`<span class="muted">not saved: not in force yet</span>`}
  `;
}

const Failures = () => html`
  <ul class="failures" aria-label="Test lines that fail">
    ${tests.value?.failed.map(
      ({ file, line, example, message }) => html`
        <li>
          <button class="link" onClick=${() => goTo(file, line)}>${file}:${line}</button>
          <code>${example}</code><span>${message}</span>
        </li>
      `,
    )}
  </ul>
`;
