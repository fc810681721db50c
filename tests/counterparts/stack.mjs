// Stack Auth, of which only `@stackframe/stack-shared` can be had: tokens, keys and error answers are
// made by that official package. The two routes around them, a project's JWKS and `GET users/me`,
// follow the server's published source (https://github.com/stack-auth/stack-auth, apps/backend), in
// the order of their checks too. A test makes projects and users with the control interface.

import { createHash, randomUUID } from "node:crypto";
import { origin, serve } from "./server.mjs";

// The package derives every key from this secret and a token's audience, and reads it when it needs it.
process.env.STACK_SERVER_SECRET = createHash("sha256").update("tollgate").digest("base64url");
const { getPrivateJwks, getPublicJwkSet, signJWT, verifyJWT } = await import("@stackframe/stack-shared/dist/utils/jwt");
const { KnownError, KnownErrors } = await import("@stackframe/stack-shared/dist/known-errors");
const { errors: joseErrors } = await import("jose");

const API = "/api/v1";
const LIFETIME = 600; // seconds, Stack's own
const COORDINATE = 32; // bytes of a P-256 coordinate
const KEY_HEADERS = ["x-stack-secret-server-key", "x-stack-publishable-client-key", "x-stack-super-secret-admin-key"];

/** The three kinds of users: each has an issuer, an audience and keys of its own. */
const KINDS = {
  normal: { path: "projects", suffix: "" },
  restricted: { path: "projects-restricted-users", suffix: ":restricted" },
  anonymous: { path: "projects-anonymous-users", suffix: ":anon" },
};
const issuer = (kind, project) => `${origin}${API}/${KINDS[kind].path}/${project}`;
const audience = (kind, project) => `${project}${KINDS[kind].suffix}`;

const projects = new Map(); // id → { secretServerKey, publishableClientKey }
const users = new Map(); // id → what `users/me` answers to a server

// ---- what a test asks for -------------------------------------------------------------------------

function createProject({ id = randomUUID() }) {
  const project = { id, secretServerKey: `ssk_${randomUUID()}`, publishableClientKey: `pck_${randomUUID()}` };
  projects.set(id, project);
  return project;
}

/**
 * A project whose signing key for normal users has a coordinate with a leading zero byte: Stack
 * publishes it without that byte, one byte shorter than RFC 7518 section 6.2.1.2 has it.
 */
async function shortCoordinateProject() {
  for (;;) {
    const id = randomUUID();
    const { keys: [signing] } = await publicKeys("normal", id);
    const short = ["x", "y"].some((name) => Buffer.from(signing[name], "base64url").length < COORDINATE);
    if (short) return createProject({ id });
  }
}

/** A token of a user of this project, who is created if need be; `user` are members of `users/me`. */
async function token({ project, kind = "normal", user = {}, claims = {}, lifetime = LIFETIME }) {
  const anonymous = kind === "anonymous";
  const reason = { normal: null, restricted: { type: "email_not_verified" }, anonymous: { type: "anonymous" } }[kind];
  const known = { ...users.get(user.id), ...user };
  const account = { ...blankUser(known.id ?? randomUUID()), ...known, is_anonymous: anonymous, is_restricted: kind !== "normal", restricted_reason: reason };
  users.set(account.id, account);
  const now = Math.floor(Date.now() / 1000);
  const signed = await signJWT({
    issuer: issuer(kind, project),
    audience: audience(kind, project),
    expirationTime: now + lifetime,
    payload: {
      sub: account.id,
      project_id: project,
      branch_id: "main",
      refresh_token_id: randomUUID(),
      role: "authenticated",
      name: account.display_name,
      email: account.primary_email,
      email_verified: account.primary_email_verified,
      selected_team_id: account.selected_team_id,
      signed_up_at: Math.floor(account.signed_up_at_millis / 1000),
      is_anonymous: anonymous,
      is_restricted: account.is_restricted,
      restricted_reason: reason,
      requires_totp_mfa: false,
      ...claims,
    },
  });
  return { token: signed, id: account.id };
}

function blankUser(id) {
  return {
    id,
    display_name: null,
    primary_email: null,
    primary_email_verified: false,
    primary_email_auth_enabled: false,
    profile_image_url: null,
    auth_with_email: false,
    has_password: false,
    otp_auth_enabled: false,
    passkey_auth_enabled: false,
    requires_totp_mfa: false,
    is_anonymous: false,
    is_restricted: false,
    restricted_reason: null,
    restricted_by_admin: false,
    restricted_by_admin_reason: null,
    restricted_by_admin_private_details: null,
    client_metadata: null,
    client_read_only_metadata: null,
    server_metadata: null,
    selected_team_id: null,
    selected_team: null,
    oauth_providers: [],
    signed_up_at_millis: Date.now(),
    last_active_at_millis: Date.now(),
    country_code: null,
    risk_scores: { sign_up: { bot: 0, free_trial_abuse: 0 } },
  };
}

// ---- the server's routes --------------------------------------------------------------------------

async function publicKeys(kind, project) {
  return getPublicJwkSet(await getPrivateJwks({ audience: audience(kind, project) }));
}

async function jwks(project, query) {
  for (const [name, value] of query) {
    const known = ["include_restricted", "include_anonymous"].includes(name);
    if (known && ["true", "false"].includes(value)) continue;
    const complaint = known ? `query.${name} must be one of the following values: true, false` : `query contains unknown properties: ${name}`;
    throw new KnownErrors.SchemaError(`Request validation failed on GET:\n  - ${complaint}`);
  }
  if (!projects.has(project)) return plain(404, "Project not found");
  const anonymous = query.get("include_anonymous") === "true";
  const restricted = anonymous || query.get("include_restricted") === "true";
  const kinds = ["normal", ...(restricted ? ["restricted"] : []), ...(anonymous ? ["anonymous"] : [])];
  const sets = await Promise.all(kinds.map((kind) => publicKeys(kind, project)));
  return json({ keys: sets.flatMap(({ keys }) => keys) }, { "cache-control": "public, max-age=3600" });
}

async function usersMe(headers) {
  const type = headers["x-stack-access-type"];
  if (!type) {
    if (KEY_HEADERS.some((name) => headers[name])) throw new KnownErrors.ProjectKeyWithoutAccessType();
    throw new KnownErrors.AccessTypeRequired();
  }
  if (!["client", "server", "admin"].includes(type)) throw new KnownErrors.InvalidAccessType(type);
  const id = headers["x-stack-project-id"];
  if (!id) throw new KnownErrors.AccessTypeWithoutProjectId(type);

  // The token comes before project and key: a bad token hides a bad key.
  const accessToken = headers["x-stack-access-token"];
  const claims = accessToken && (await decode(accessToken, id, headers));
  const project = projects.get(id);
  if (!project) throw new KnownErrors.CurrentProjectNotFound(id);
  checkKey(type, project, headers);

  const user = claims && users.get(claims.sub);
  if (!user) throw new KnownErrors.CannotGetOwnUserWithoutUser();
  return json(type === "server" ? user : forClient(user));
}

/** The claims of a token, which is of this project and of a kind of user the request allows. */
async function decode(token, expected, headers) {
  const claims = await verified(token);
  const anonymous = headers["x-stack-allow-anonymous-user"] === "true";
  const restricted = anonymous || headers["x-stack-allow-restricted-user"] === "true";
  if (claims.is_anonymous && !anonymous) throw new KnownErrors.AnonymousAuthenticationNotAllowed();
  if (claims.is_restricted && !restricted) throw new KnownErrors.RestrictedUserNotAllowed(claims.restricted_reason);
  const actual = claims.aud.split(":")[0];
  if (actual !== expected) throw new KnownErrors.InvalidProjectForAccessToken(expected, actual);
  return claims;
}

async function verified(token) {
  try {
    const aud = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url")).aud;
    const [project, suffix] = String(aud).split(/(?=:)/);
    const kind = Object.keys(KINDS).find((kind) => KINDS[kind].suffix === (suffix ?? ""));
    return await verifyJWT({ allowedIssuers: kind ? [issuer(kind, project)] : [], jwt: token });
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) {
      const { exp, aud, sub, refresh_token_id: session } = error.payload;
      throw new KnownErrors.AccessTokenExpired(new Date(exp * 1000), aud.split(":")[0], sub, session);
    }
    throw new KnownErrors.UnparsableAccessToken();
  }
}

function checkKey(type, project, headers) {
  const secret = headers["x-stack-secret-server-key"];
  const publishable = headers["x-stack-publishable-client-key"];
  switch (type) {
    case "server":
      if (!secret) throw new KnownErrors.ServerAuthenticationRequired();
      if (secret !== project.secretServerKey) throw new KnownErrors.InvalidSecretServerKey(project.id);
      return;
    case "client":
      if (!publishable) throw new KnownErrors.PublishableClientKeyRequiredForProject(project.id);
      if (publishable !== project.publishableClientKey) throw new KnownErrors.InvalidPublishableClientKey(project.id);
      return;
    default:
      throw new KnownErrors.InvalidSuperSecretAdminKey(project.id);
  }
}

/** What the user's own browser may see. */
function forClient(user) {
  const hidden = [
    "country_code", "last_active_at_millis", "primary_email_auth_enabled", "restricted_by_admin_private_details",
    "risk_scores", "server_metadata",
  ];
  return Object.fromEntries(Object.entries(user).filter(([name]) => !hidden.includes(name)));
}

function json(body, headers = {}) {
  return { status: 200, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: JSON.stringify(body) };
}

function plain(status, body) {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function redirect(status, location) {
  return { status, headers: { location }, body: "" };
}

/** Stack's name today is Hexclave: both names of a header are taken, and the newer one wins. */
function renamed(headers) {
  const newer = Object.entries(headers).filter(([name]) => name.startsWith("x-hexclave-"));
  return { ...headers, ...Object.fromEntries(newer.map(([name, value]) => [name.replace("hexclave", "stack"), value])) };
}

async function route(request) {
  if (request.method !== "GET") return plain(405, "Method not allowed");
  const url = new URL(request.url, origin);
  if (url.pathname.endsWith("/")) return redirect(308, url.pathname.slice(0, -1) + url.search);
  if (url.pathname === `${API}/users/me`) return usersMe(renamed(request.headers));
  const [, path, project] = url.pathname.match(/^\/api\/v1\/([^/]+)\/([^/]+)\/\.well-known\/jwks\.json$/) ?? [];
  if (path === KINDS.normal.path) return jwks(project, url.searchParams);
  if (path === KINDS.anonymous.path) return redirect(307, `${API}/projects/${project}/.well-known/jwks.json?include_anonymous=true`);
  return plain(404, "Not found");
}

/** A known error as the official package writes it; anything else is a fault of this file. */
function failure(error) {
  if (KnownError.isKnownError(error)) {
    return { status: error.statusCode, headers: error.getHeaders(), body: Buffer.from(error.getBody()) };
  }
  console.error(error);
  return plain(500, "Internal Server Error");
}

async function handle(request, response) {
  const { status, headers, body } = await route(request).catch(failure);
  const both = (name, value) => ({ [`x-stack-${name}`]: value, [`x-hexclave-${name}`]: value });
  // Asked to, as browsers' SDKs do, Stack hides an error in a 200.
  const hidden = status >= 400 && status < 500 && "x-stack-override-error-status" in renamed(request.headers);
  response.writeHead(hidden ? 200 : status, {
    "cache-control": "no-store, max-age=0",
    ...both("request-id", randomUUID()),
    ...(hidden && both("actual-status", String(status))),
    ...headers,
  });
  response.end(body);
}

serve(
  {
    "POST project": createProject,
    "GET short-coordinate-project": shortCoordinateProject,
    "POST token": token,
    "POST delete-user": ({ id }) => ({ deleted: users.delete(id) }),
  },
  handle,
);
