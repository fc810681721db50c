// An OpenID Connect provider: npm `oidc-provider`, a certified implementation. Discovery, JWKS,
// client credentials, introspection and revocation are its own; the control interface mints tokens
// with its own models, as a login would, and changes its keys.

import { Provider } from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import { ALGORITHMS, craft, generateKeys, publicJwk } from "./craft.mjs";
import { origin, serve } from "./server.mjs";

// `app` logs users in and gets the tokens; `api` is what they are shown to, and may introspect them.
const secrets = { app: "app-secret", api: "api-secret" };
const SCOPES = ["read", "write"]; // what a client may ask for at the token endpoint
const LIFETIME = 300; // seconds

/** What opaque tokens, grants and sessions are kept in; it outlives a change of keys. */
const adapter = createMemoryAdapter();
/** Further claims of a token that is being minted. */
const claimsOf = new WeakMap();

const foreign = await generateKeys();
let keys = await generateKeys();
let provider, handle;
start();

/** Starts anew: keys and clients are a provider's for life. */
function start() {
  const clients = Object.entries(secrets).map(([client_id, client_secret]) => ({
    client_id,
    client_secret,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  }));
  provider = new Provider(origin, {
    adapter,
    clients,
    jwks: { keys },
    scopes: SCOPES,
    ttl: { AccessToken: LIFETIME, ClientCredentials: LIFETIME, Grant: LIFETIME, IdToken: LIFETIME },
    extraTokenClaims: (_context, token) => claimsOf.get(token),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_context, resource) => resourceServer(resource) },
    },
  });
  handle = provider.callback();
}

/** An API that tokens are for (RFC 8707). The end of its address says what they are: `/opaque`, `/ES256`, … */
function resourceServer(audience) {
  const format = audience.slice(audience.lastIndexOf("/") + 1);
  return {
    audience,
    scope: SCOPES.join(" "),
    accessTokenTTL: LIFETIME,
    accessTokenFormat: format === "opaque" ? "opaque" : "jwt",
    jwt: { sign: { alg: ALGORITHMS.includes(format) ? format : ALGORITHMS[0] } },
  };
}

/** An access token of a user: for `audience`, with `scope` and further `claims`, for `lifetime` seconds. */
async function accessToken({ sub, audience, scope, claims = {}, lifetime = LIFETIME }) {
  const client = await provider.Client.find("app");
  const token = new provider.AccessToken({
    accountId: sub,
    client,
    expiresIn: lifetime,
    grantId: await new provider.Grant({ accountId: sub, clientId: client.clientId }).save(),
    gty: "authorization_code",
    resourceServer: new provider.ResourceServer(audience, resourceServer(audience)),
    scope,
  });
  claimsOf.set(token, claims);
  return { token: await token.save() };
}

/** The ID token of the same login: it is for `app`, never for an API. */
async function idToken({ sub, claims = {}, lifetime = LIFETIME }) {
  const token = new provider.IdToken({}, { client: await provider.Client.find("app") });
  for (const [name, value] of Object.entries({ ...claims, sub })) token.set(name, value);
  return { token: await token.issue({ use: "idtoken", expiresAt: Math.floor(Date.now() / 1000) + lifetime }) };
}

/** New keys for all that is signed from now on; `keep` goes on publishing the old ones behind them. */
async function rotate({ keep }) {
  keys = [...(await generateKeys()), ...(keep ? keys : [])];
  start();
  return {};
}

/** Another secret of the client `api`; the one before is refused. */
function setSecret({ secret }) {
  secrets.api = secret;
  start();
  return {};
}

serve(
  {
    "POST access-token": accessToken,
    "POST id-token": idToken,
    "POST craft": (wanted) => ({ token: craft(wanted, keys, foreign) }),
    "GET foreign-keys": () => ({ keys: foreign.map(publicJwk) }),
    "POST rotate": rotate,
    "POST secret": setSecret,
  },
  (request, response) => handle(request, response),
);
