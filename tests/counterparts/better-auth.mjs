// Neon Auth as it is now: npm `better-auth` with its jwt plugin, set up as Neon documents it
// (https://neon.com/docs/auth/guides/plugins/jwt). Sign-up, sign-in, sessions, tokens and JWKS are its
// own; the control interface signs other claims with the same key, and changes the key.

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { admin, bearer, jwt, organization } from "better-auth/plugins";
import { origin, serve } from "./server.mjs";

const BASE = "/neondb/auth";

const tables = {
  user: [], session: [], account: [], verification: [], jwks: [], organization: [], member: [], invitation: [],
};

/** The claims Neon documents, of a user and the organisation they work for at the moment. */
function claims({ user, session }) {
  const active = tables.organization.find(({ id }) => id === session.activeOrganizationId);
  const member = tables.member.find(({ organizationId, userId }) => organizationId === active?.id && userId === user.id);
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    emailVerified: user.emailVerified,
    image: user.image ?? null,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    role: "authenticated",
    banned: user.banned ?? false,
    banReason: user.banReason ?? null,
    banExpires: user.banExpires ?? null,
    ...(member && { o: { id: active.id, slug: active.slug, role: member.role } }),
  };
}

const auth = betterAuth({
  baseURL: origin,
  basePath: BASE,
  secret: "a secret of the tests, and of nobody else",
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  trustedOrigins: [origin],
  telemetry: { enabled: false },
  plugins: [
    admin(),
    organization(),
    bearer(),
    jwt({
      jwks: { jwksPath: "/.well-known/jwks.json", keyPairConfig: { alg: "EdDSA", crv: "Ed25519" } },
      jwt: { issuer: origin, audience: origin, expirationTime: "15m", definePayload: claims },
    }),
  ],
});
const handle = toNodeHandler(auth);

/** Signs these claims; issuer, audience and times are added where they are missing. */
function token({ claims }) {
  return auth.api.signJWT({ body: { payload: { iat: Math.floor(Date.now() / 1000), ...claims } } });
}

/** Neon's own endpoint for visitors who are nobody; its exact claims are not documented. */
async function anonymous(response) {
  const expires = Math.floor(Date.now() / 1000) + 15 * 60;
  const signed = await token({ claims: { role: "anonymous", exp: expires } });
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ ...signed, expires_at: expires }));
}

/** A new key signs from now on. The old ones are published on for thirty days, unless dropped. */
async function rotate({ keep }) {
  const now = new Date();
  if (keep) for (const key of tables.jwks) key.expiresAt ??= now;
  else tables.jwks.length = 0;
  await token({ claims: {} }); // a key is made when it is needed first
  return {};
}

serve({ "POST token": token, "POST rotate": rotate }, (request, response) =>
  request.method === "GET" && request.url === `${BASE}/token/anonymous` ? anonymous(response) : handle(request, response),
);
