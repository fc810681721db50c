// Colours of the policy language, by `grammar/README.md`. Whether a text is a policy, the language
// server says; this only tells the words apart.

import { HighlightStyle, StreamLanguage, syntaxHighlighting, tags } from "../vendor/codemirror.js";

/** @param {string} words */
const oneOf = (words) => new Set(words.split(" "));

const STATEMENTS = oneOf("route forbid let tier test");
const CLAUSES = oneOf("is requires when unless else with from at");
const LOGIC = oneOf("and or not in contains unknown");
const FACTS = oneOf(
  "user visitor product tier email mfa provider role team permission scope group claim ip header query before after field",
);
const OUTCOMES = oneOf(
  "public allowed denied login_required upgrade_required mfa_required verification_required forbidden no_route malformed_path",
);
const METHOD = /^[A-Z]+(?![^\s,])/;
const WORD = /^[^\s"(),=<>!]+/;

/**
 * @typedef {{ inPath: boolean, defines: boolean }} Reading
 */

const language = StreamLanguage.define({
  name: "tollgate-policy",
  startState: () => /** @type {Reading} */ ({ inPath: false, defines: false }),
  token(stream, reading) {
    if (stream.sol()) Object.assign(reading, { inPath: false, defines: false });
    if (stream.eatSpace()) {
      reading.inPath = false;
      return null;
    }
    if (reading.inPath) return inPath(stream);
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^\/[^\s"{*]*/)) {
      reading.inPath = true;
      return "path";
    }
    if (stream.match(/^\{[^\s{}/]+\}/)) return "parameter";
    if (stream.match(METHOD)) return "method";
    if (stream.match(WORD)) return word(stream.current(), reading, stream.string.slice(0, stream.start).trim() === "");
    stream.next();
    return null;
  },
  tokenTable: {
    statement: tags.definitionKeyword,
    clause: tags.controlKeyword,
    logic: tags.logicOperator,
    fact: tags.typeName,
    outcome: tags.atom,
    method: tags.constant(tags.name),
    path: tags.special(tags.string),
    parameter: tags.variableName,
    defined: tags.definition(tags.name),
    word: tags.name,
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", '"', "{"] } },
});

/** @param {any} stream */
function inPath(stream) {
  if (stream.match(/^\{[^\s{}/]*\}?/)) return "parameter";
  if (stream.match(/^\*/)) return "logic";
  stream.match(/^[^\s{*]+/);
  return "path";
}

/**
 * @param {string} text
 * @param {Reading} reading
 * @param {boolean} isFirst of its line
 */
function word(text, reading, isFirst) {
  if (isFirst && STATEMENTS.has(text)) {
    reading.defines = text === "let" || text === "tier";
    return "statement";
  }
  if (reading.defines) {
    reading.defines = false;
    return "defined";
  }
  if (CLAUSES.has(text)) return "clause";
  if (LOGIC.has(text)) return "logic";
  if (OUTCOMES.has(text)) return "outcome";
  if (FACTS.has(text)) return "fact";
  return "word";
}

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.definitionKeyword, color: "var(--code-statement)", fontWeight: "600" },
  { tag: [tags.controlKeyword, tags.logicOperator], color: "var(--code-clause)" },
  { tag: tags.typeName, color: "var(--code-fact)" },
  { tag: tags.atom, color: "var(--code-outcome)" },
  { tag: tags.constant(tags.name), color: "var(--code-method)" },
  { tag: tags.special(tags.string), color: "var(--code-path)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: tags.variableName, color: "var(--code-parameter)" },
  { tag: tags.definition(tags.name), color: "var(--code-parameter)" },
]);

export const policyLanguage = [language, syntaxHighlighting(colours)];
