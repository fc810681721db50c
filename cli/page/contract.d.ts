// What the server of the page answers (`cli/src/page/`), as types. Nothing of it runs.

/** What is in force, who is there, and what is wrong. `GET /api/state`, and each `state` event. */
export interface State {
  version: string;
  gateway: { url: string; apis: Api[] };
  policy: {
    folder: string;
    root_uri: string;
    files: string[];
    /** Another one whenever a file was saved, by whomever. */
    saved: string;
    version: string | null;
  };
  /** What is wrong with a saved file; the last good one stays in force. */
  problems: Record<"policy" | "configuration" | "template" | "users", string | null>;
  /** The URL of `--function`, when the authorizer runs elsewhere. */
  function: string | null;
  providers: Provider[];
  faults: { value: string; label: string }[];
  users: User[];
  /** Those that the policy names. */
  products: string[];
}

export interface Api {
  name: string;
  kind: string;
  stage: string;
  base_path: string;
  url: string;
  routes: string[];
}

export interface Provider {
  name: string;
  kind: string;
  url: string;
  fault: string;
  latency_ms: number;
  tells_products: boolean;
  sign_in_url?: string | null;
}

export interface User {
  name: string;
  id: string;
  email: string | null;
  products: string[];
  session: "active" | "ended";
  token: "good" | "expired";
  summary: string;
  /** Differs from the users file. */
  changed: boolean;
}

export interface PolicyText {
  name: string;
  text: string;
  /** Of the saved bytes. */
  hash: string;
}

export interface Saved {
  text: string;
  hash: string;
  formatted: boolean;
  problem: string | null;
}

/** Unsaved texts by the names of their files. */
export type Drafts = Record<string, string>;

export interface Matrix {
  columns: Column[];
  rows: Row[];
  /** Columns that there would be beside these. */
  left_out: number;
  problem: string | null;
}

export interface Column {
  name: string;
  user: string | null;
  who: string;
}

export interface Row {
  rule: string;
  place: string;
  file: string;
  line: number;
  /** Null, like the path, of `$connect` and of fields. */
  method: string | null;
  path: string | null;
  call: string;
  /** `allowed`, the reason of the denial, or why nobody can tell, one for each column. */
  cells: string[];
}

export interface TestRun {
  total: number;
  failed: { file: string; line: number; example: string; message: string }[];
  problem: string | null;
}

export interface TestBlock {
  /** The whole new text of the file. */
  text: string;
  block: string;
  line: number;
}

/** A request that somebody might make. */
export interface Scenario {
  api: string | null;
  method: string;
  path: string;
  headers: [string, string][];
  body: string | null;
  user: string | null;
  provider: string | null;
  /** A date-time of RFC 3339; not for sending. */
  at?: string | null;
  /** The caller's address; not for sending. */
  ip?: string | null;
}

export interface Inspection {
  admission: { ok: boolean; message: string | null };
  route: { api: string; template: string; arn: string; authorizer: string | null } | null;
  event: unknown;
  token: {
    found_in: string | null;
    provider: string | null;
    outcome: "visitor" | "verified" | "refused" | "unavailable" | "misconfigured";
    message: string | null;
    origin: string | null;
    verification: string | null;
    ms: number | null;
  } | null;
  facts: { fact: string; value: Truth }[];
  user: ({ id: string } & Record<string, unknown>) | null;
  /** What is wrong with the drafts: then all this is by the policy in force. */
  problem?: string | null;
  decision: Decision | null;
  answer: {
    scope: "request" | "token" | null;
    why_not_token: string | null;
    json: { context?: Record<string, unknown> } | null;
    error: string | null;
  } | null;
  policy_version: string | null;
}

export type Truth = "true" | "false" | "unknown";

export interface Decision {
  outcome: "allowed" | "denied" | "failed";
  reason: string | null;
  required: string[][] | null;
  hint: string | null;
  tier: string | null;
  message: string | null;
  explanation: Explanation | null;
}

/** As `tollgate explain --format json` writes it. */
export interface Explanation {
  call: string;
  asker: string;
  outcome: "allowed" | "denied";
  reason: string | null;
  required: string[][] | null;
  hint: string | null;
  malformed: string | null;
  tier: string | null;
  whole_request: string | null;
  segments: string[];
  decided_by: { rule: string; place: string } | null;
  routes: Considered[];
  forbids: Considered[];
  more_rules: number;
  changes: Change[];
}

export interface Considered {
  rule: string;
  place: string;
  source: string;
  part: "asked" | "forbids" | "passes" | "less-specific" | "other-method" | "other-case" | "other-length";
  because: string;
  decides: boolean;
  condition: Condition | null;
}

export interface Condition {
  text: string;
  value: Truth;
  note: string | null;
  parts: Condition[];
}

export interface Change {
  steps: { fact: string; holds: boolean; by: "user" | "request" | "operator" | "provider" }[];
  up_to_the_user: boolean;
}

/** A request that the gateway handled, in a line. */
export interface Summary {
  id: number;
  /** RFC 3339, with milliseconds. */
  time: string;
  api: string;
  method: string;
  path: string;
  status: number;
  outcome: string;
  cached: boolean;
  reason: string | null;
  rule: string | null;
  user: string | null;
  ms: number;
}

export interface Exchange extends Summary {
  /** What follows the `?`. */
  query: string | null;
  steps: Step[];
  request_headers: [string, string][];
  event: unknown;
  answer: unknown;
  error: string | null;
  backend_context: unknown;
  response: { status: number; headers: [string, string][]; body: string | null } | null;
}

export interface Step {
  stage: "admission" | "preflight" | "route" | "identity" | "cache" | "authorizer" | "document" | "backend" | "reply";
  ok: boolean;
  message: string;
  ms: number;
}

export interface Response {
  status: number;
  headers: [string, string][];
  body: string;
  truncated: boolean;
}

export interface Sent {
  exchange: Exchange;
  response: Response;
  inspection: Inspection | null;
}

export interface Token {
  token: string;
  header: [string, string] | null;
  query: string | null;
  curl: string;
}
