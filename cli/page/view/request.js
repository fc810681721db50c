// The fields of a request.

import { html } from "../vendor/preact.js";
import { Icon } from "./icon.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** @typedef {import("../contract.js").Scenario} Scenario */
/** @param {any} event */
const valueOf = (event) => event.currentTarget.value;
/** @param {string} text */
const orNull = (text) => (text === "" ? null : text);

/** @param {{ of: Scenario, onChange: (change: Partial<Scenario>) => void, state: import("../contract.js").State | null }} props */
export const RequestForm = ({ of, onChange, state }) => html`
  <div class="request-line">
    ${(state?.gateway.apis.length ?? 0) > 1 &&
    html`<${Select} label="API" value=${of.api ?? ""} onChoose=${(/** @type {string} */ api) => onChange({ api: orNull(api) })}
      options=${state?.gateway.apis.map(({ name }, at) => ({ value: at === 0 ? "" : name, label: name }))} />`}
    <${Select} label="Method" value=${of.method} onChoose=${(/** @type {string} */ method) => onChange({ method })}
      options=${(METHODS.includes(of.method) ? METHODS : [of.method, ...METHODS]).map((one) => ({ value: one, label: one }))} />
    <label class="field grow"><span>Path</span>
      <input class="mono" value=${of.path} onInput=${(/** @type {Event} */ event) => onChange({ path: valueOf(event) })} spellcheck=${false} autocomplete="off" autocapitalize="off" />
    </label>
  </div>
  <div class="request-line">
    <${Select} label="User" value=${of.user ?? ""} onChoose=${(/** @type {string} */ user) => onChange({ user: orNull(user) })} options=${users(of, state)} grow />
    ${(state?.providers.length ?? 0) > 1 &&
    html`<${Select} label="Signed in at" value=${of.provider ?? ""} onChoose=${(/** @type {string} */ provider) => onChange({ provider: orNull(provider) })}
      options=${[{ value: "", label: "the first" }, ...(state?.providers ?? []).map(({ name }) => ({ value: name, label: name }))]} />`}
  </div>
  <details class="more" open=${of.headers.length > 0 || of.body !== null || undefined}>
    <summary>Headers, body, time and address</summary>
    <${Headers} of=${of.headers} onChange=${(/** @type {[string, string][]} */ headers) => onChange({ headers })} />
    <label class="field"><span>Body</span>
      <textarea class="mono" rows="3" value=${of.body ?? ""} onInput=${(/** @type {Event} */ event) => onChange({ body: orNull(valueOf(event)) })} spellcheck=${false}></textarea>
    </label>
    <div class="request-line">
      <label class="field grow"><span>At <small>(to explain, to test)</small></span>
        <input class="mono" placeholder="2026-12-24T00:00:00Z" value=${of.at ?? ""} onInput=${(/** @type {Event} */ event) => onChange({ at: orNull(valueOf(event)) })} autocomplete="off" />
      </label>
      <label class="field grow"><span>From address <small>(to explain, to test)</small></span>
        <input class="mono" placeholder="192.0.2.7" value=${of.ip ?? ""} onInput=${(/** @type {Event} */ event) => onChange({ ip: orNull(valueOf(event)) })} autocomplete="off" />
      </label>
    </div>
  </details>
`;

/**
 * A link may name a user who is not there.
 * @param {Scenario} of
 * @param {import("../contract.js").State | null} state
 */
function users(of, state) {
  const known = (state?.users ?? []).map(({ name, summary }) => ({ value: name, label: summary ? `${name} · ${summary}` : name }));
  const stranger = of.user !== null && !known.some(({ value }) => value === of.user) ? [{ value: of.user, label: `${of.user} · not in the users file` }] : [];
  return [{ value: "", label: "visitor · without a token" }, ...known, ...stranger];
}

/** @param {{ label: string, value: string, options: { value: string, label: string }[], onChoose: (value: string) => void, grow?: boolean }} props */
export const Select = ({ label, value, options, onChoose, grow }) => html`
  <label class=${grow ? "field grow" : "field"}><span>${label}</span>
    <select value=${value} onChange=${(/** @type {Event} */ event) => onChoose(valueOf(event))}>
      ${options.map((option) => html`<option value=${option.value} selected=${option.value === value}>${option.label}</option>`)}
    </select>
  </label>
`;

/** @param {{ of: [string, string][], onChange: (headers: [string, string][]) => void }} props */
function Headers({ of, onChange }) {
  const set = (/** @type {number} */ at, /** @type {[string, string]} */ pair) => onChange(of.map((one, other) => (other === at ? pair : one)));
  return html`
    <fieldset class="headers">
      <legend>Headers</legend>
      ${of.map(
        ([name, value], at) => html`
          <div class="header-line" key=${at}>
            <input class="mono" aria-label="Name of the header" placeholder="Name" value=${name} onInput=${(/** @type {Event} */ event) => set(at, [valueOf(event), value])} autocomplete="off" spellcheck=${false} />
            <input class="mono" aria-label="Value of the header" placeholder="value" value=${value} onInput=${(/** @type {Event} */ event) => set(at, [name, valueOf(event)])} autocomplete="off" spellcheck=${false} />
            <button type="button" class="quiet square" aria-label=${`Take out the header ${name}`} onClick=${() => onChange(of.filter((_, other) => other !== at))}><${Icon} name="close" /></button>
          </div>
        `,
      )}
      <button type="button" class="quiet" onClick=${() => onChange([...of, ["", ""]])}><${Icon} name="add" />Add a header</button>
    </fieldset>
  `;
}
