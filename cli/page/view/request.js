// The fields of a request.

import { html } from "../vendor/preact.js";
import { Code, Field, Select, typed } from "./field.js";
import { Icon } from "./icon.js";

/** @typedef {import("../contract.js").Scenario} Scenario */
/** @typedef {import("../contract.js").State} State */

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** @param {string} text */
const orNull = (text) => (text === "" ? null : text);

/** @param {string} name */
const option = (name) => ({ value: name, label: name });

/** @param {{ of: Scenario, onChange: (change: Partial<Scenario>) => void, state: State }} props */
export function RequestForm({ of, onChange, state }) {
  /** @param {keyof Scenario} member */
  const set = (member) => (/** @type {string} */ text) => onChange({ [member]: orNull(text) });
  const { providers } = state;
  const { apis } = state.gateway;
  const methods = METHODS.includes(of.method) ? METHODS : [of.method, ...METHODS];
  return html`
    <div class="request-line">
      ${
        apis.length > 1 &&
        html`<${Select} label="API" value=${of.api ?? apis[0]?.name} options=${apis.map(({ name }) => option(name))} onChoose=${set("api")} />`
      }
      <${Select}
        label="Method"
        value=${of.method}
        options=${methods.map(option)}
        onChoose=${(/** @type {string} */ method) => onChange({ method })}
      />
      <${Field} label="Path" grow>
        <${Code} value=${of.path} onType=${(/** @type {string} */ path) => onChange({ path })} />
      </${Field}>
    </div>
    <div class="request-line">
      <${Select} label="User" value=${of.user ?? ""} options=${users(of, state)} onChoose=${set("user")} grow />
      ${
        providers.length > 1 &&
        html`<${Select}
        label="Signed in at"
        value=${of.provider ?? providers[0]?.name}
        options=${providers.map(({ name }) => option(name))}
        onChoose=${set("provider")}
      />`
      }
    </div>
    <details class="more" open=${of.headers.length > 0 || of.body !== null || undefined}>
      <summary>Headers, body, time and address</summary>
      <${Headers} of=${of.headers} onChange=${(/** @type {[string, string][]} */ headers) => onChange({ headers })} />
      <${Field} label="Body">
        <textarea class="mono" rows="3" value=${of.body ?? ""} onInput=${typed(set("body"))} spellcheck=${false}></textarea>
      </${Field}>
      <div class="request-line">
        <${Field} label=${html`At <small>(to explain, to test)</small>`} grow>
          <${Code} value=${of.at ?? ""} onType=${set("at")} placeholder="2026-12-24T00:00:00Z" />
        </${Field}>
        <${Field} label=${html`From address <small>(to explain, to test)</small>`} grow>
          <${Code} value=${of.ip ?? ""} onType=${set("ip")} placeholder="192.0.2.7" />
        </${Field}>
      </div>
    </details>
  `;
}

/**
 * A link may name a user who is not there.
 * @param {Scenario} of
 * @param {State} state
 */
function users(of, state) {
  const known = state.users.map(({ name, summary }) => ({
    value: name,
    label: summary ? `${name} · ${summary}` : name,
  }));
  const isStranger = of.user !== null && !known.some(({ value }) => value === of.user);
  const stranger = { value: of.user ?? "", label: `${of.user} · not in the users file` };
  return [{ value: "", label: "visitor · without a token" }, ...known, ...(isStranger ? [stranger] : [])];
}

/** @param {{ of: [string, string][], onChange: (headers: [string, string][]) => void }} props */
const Headers = ({ of, onChange }) => html`
  <fieldset class="headers">
    <legend>Headers</legend>
    ${of.map(
      ([name, value], at) => html`
        <div class="header-line" key=${at}>
          <${Code}
            name="Name of the header"
            placeholder="Name"
            value=${name}
            onType=${(/** @type {string} */ text) => onChange(of.with(at, [text, value]))}
          />
          <${Code}
            name="Value of the header"
            placeholder="value"
            value=${value}
            onType=${(/** @type {string} */ text) => onChange(of.with(at, [name, text]))}
          />
          <button
            type="button"
            class="quiet square"
            aria-label=${`Take out the header ${name}`}
            onClick=${() => onChange(of.toSpliced(at, 1))}
          >
            <${Icon} name="close" />
          </button>
        </div>
      `,
    )}
    <button type="button" class="quiet" onClick=${() => onChange([...of, ["", ""]])}>
      <${Icon} name="add" />Add a header
    </button>
  </fieldset>
`;
