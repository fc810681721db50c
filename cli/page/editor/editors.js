// One editor a policy file, of which one is shown. They stand in a shadow root, where CodeMirror
// puts its styles without a <style> element, which the page's content security policy forbids.

import {
  EditorSelection,
  EditorState,
  EditorView,
  autocompletion,
  bracketMatching,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  defaultKeymap,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSelectionMatches,
  history,
  historyKeymap,
  keymap,
  lineNumbers,
  lintKeymap,
  searchKeymap,
} from "../vendor/codemirror.js";
import { changesBetween } from "./change.js";
import { policyLanguage } from "./language.js";
import { look } from "./look.js";
import { languageServer } from "./server.js";

/** @typedef {import("../model/policy.js").File} File */

export class Editors {
  /** @type {Map<string, { view: EditorView, frame: HTMLElement, text: string }>} */
  #open = new Map();
  #root;
  #rootUri;
  #server;
  #told;

  /**
   * @param {HTMLElement} host
   * @param {string} rootUri  of the policy folder
   * @param {{ edit: (name: string, text: string) => void, save: (name: string) => void }} told
   */
  constructor(host, rootUri, told) {
    this.#root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.#rootUri = rootUri;
    this.#server = languageServer(rootUri);
    this.#told = told;
  }

  /**
   * Makes the editors hold these texts, and shows one.
   * @param {File[]} files
   * @param {string | null} current
   */
  show(files, current) {
    for (const [name, { view, frame }] of this.#open) {
      if (files.some((file) => file.name === name)) continue;
      view.destroy();
      frame.remove();
      this.#open.delete(name);
    }
    for (const file of files) this.#take(file);
    for (const [name, { frame }] of this.#open) frame.hidden = name !== current;
    this.#open.get(current ?? "")?.view.requestMeasure();
  }

  /**
   * Puts the cursor at the start of a line.
   * @param {string} name
   * @param {number} line  counted from 1
   */
  reveal(name, line) {
    const view = this.#open.get(name)?.view;
    if (!view) return;
    const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines))).from;
    view.dispatch({
      selection: EditorSelection.cursor(at),
      effects: EditorView.scrollIntoView(at, { y: "center" }),
    });
    view.focus();
  }

  /** @param {string | null} name */
  focus(name) {
    this.#open.get(name ?? "")?.view.focus();
  }

  /** @param {File} file */
  #take({ name, text }) {
    const open = this.#open.get(name);
    if (!open) {
      const frame = document.createElement("div");
      frame.style.height = "100%";
      this.#root.append(frame);
      this.#open.set(name, { view: this.#create(name, text, frame), frame, text });
    } else if (open.text !== text) {
      open.text = text;
      const { view } = open;
      view.dispatch({ changes: changesBetween(view.state.doc.toString(), text.replaceAll("\r\n", "\n")) });
    }
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {HTMLElement} frame
   */
  #create(name, text, frame) {
    const heard = EditorView.updateListener.of(({ docChanged, state }) => {
      const open = this.#open.get(name);
      if (!docChanged || !open) return;
      open.text = state.sliceDoc();
      this.#told.edit(name, open.text);
    });
    const save = () => {
      this.#told.save(name);
      return true;
    };
    return new EditorView({
      parent: frame,
      root: this.#root,
      state: EditorState.create({
        doc: text,
        extensions: [
          // A file keeps its line ends.
          text.includes("\r\n") ? EditorState.lineSeparator.of("\r\n") : [],
          keymap.of([{ key: "Mod-s", run: save, preventDefault: true }]),
          heard,
          this.#server.plugin(`${this.#rootUri}/${encodeURIComponent(name)}`, "tollgate-policy"),
          WRITING,
          EditorView.contentAttributes.of({ "aria-label": `Policy file ${name}`, tabindex: "0" }),
        ],
      }),
    });
  }
}

// Tab is left alone: it leaves the editor, as everywhere on the page.
const WRITING = [
  lineNumbers(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  history(),
  drawSelection(),
  EditorView.lineWrapping,
  bracketMatching(),
  closeBrackets(),
  autocompletion({ icons: false }),
  policyLanguage,
  look,
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...searchKeymap,
    ...lintKeymap,
    ...historyKeymap,
    ...defaultKeymap,
  ]),
];
