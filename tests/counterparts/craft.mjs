// Signing keys, and JWTs that are nearly right: any header and payload, signed with the right key, a
// wrong one, a public one taken for a secret, or not at all. Made with Node's crypto alone, because a
// JOSE library refuses to make most of them.

import { constants, createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

/** The algorithms a set of keys holds, one key each, in the order of publication. */
export const ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

const SIGNATURES = new RegExp("^(?:(?:RS|PS|ES|HS)(?:256|384|512)|EdDSA|Ed25519)$");

/** New private JWKs, one for each algorithm; a key's `kid` is its thumbprint (RFC 7638). */
export function generateKeys() {
  return Promise.all(
    ALGORITHMS.map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      const jwk = await exportJWK(privateKey);
      return { ...jwk, alg, use: "sig", kid: await calculateJwkThumbprint(jwk) };
    }),
  );
}

/** The JWK without what must stay private. */
export function publicJwk(jwk) {
  const { kty, use, kid, alg, crv, e, n, x, y } = jwk;
  return { kty, use, kid, alg, crv, e, n, x, y };
}

/**
 * A JWT of exactly this header and payload; a string is taken as the JSON text it is.
 *
 * `signature` says what the third part is: made with the published key that the header names
 * (`current`), or else the one of its algorithm; with a key that nobody publishes (`foreign`); `empty`;
 * or an HMAC whose secret is the published key in one of its forms (`public-pem`, `public-pem-trimmed`,
 * `public-der`, `public-jwk`, `public-raw`). `algorithm` signs otherwise than the header says.
 */
export function craft({ header, payload, signature = "current", algorithm }, published, foreign) {
  const input = [header, payload].map(encode).join(".");
  if (signature === "empty") return `${input}.`;

  const { alg, kid } = typeof header === "string" ? lenient(header) : header;
  const wanted = algorithm ?? (SIGNATURES.test(alg) ? alg : undefined);
  if (signature.startsWith("public-")) {
    const key = published.find((key) => key.kid === kid) ?? published[0];
    const hash = `sha${wanted.slice(2)}`;
    const mac = createHmac(hash, publicForm(key, signature.slice("public-".length)));
    return `${input}.${mac.update(input).digest("base64url")}`;
  }
  const keys = { current: published, foreign }[signature];
  const key =
    (signature === "current" && keys.find((key) => key.kid === kid && (!wanted || kind(key.alg) === kind(wanted)))) ||
    keys.find((key) => key.alg === (wanted ?? "RS256")) ||
    keys.find((key) => kind(key.alg) === kind(wanted));
  if (!key) throw new Error(`no ${signature} key makes ${wanted}`);
  return `${input}.${signed(wanted ?? key.alg, key, Buffer.from(input)).toString("base64url")}`;
}

function encode(part) {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** What can be read of a header whose text may be no JSON at all. */
function lenient(header) {
  try {
    return JSON.parse(header) ?? {};
  } catch {
    return {};
  }
}

/** The algorithms of one kind share a kind of key. */
function kind(algorithm) {
  if (/^[RP]S/.test(algorithm)) return "RSA";
  return /^Ed/.test(algorithm) ? "OKP" : algorithm;
}

function signed(algorithm, jwk, input) {
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  const hash = `sha${algorithm.slice(2)}`;
  switch (algorithm.slice(0, 2)) {
    case "RS":
      return sign(hash, input, key);
    case "PS":
      return sign(hash, input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    case "ES":
      return sign(hash, input, { key, dsaEncoding: "ieee-p1363" });
    case "Ed":
      return sign(null, input, key);
    default:
      throw new Error(`no key makes ${algorithm}`);
  }
}

/** What a careless verifier may take for the secret of an HMAC. */
function publicForm(jwk, form) {
  const key = createPublicKey({ key: publicJwk(jwk), format: "jwk" });
  const coordinates = [jwk.n, jwk.x, jwk.y].filter(Boolean).map((part) => Buffer.from(part, "base64url"));
  switch (form) {
    case "pem":
      return key.export({ type: "spki", format: "pem" });
    case "pem-trimmed":
      return key.export({ type: "spki", format: "pem" }).trim();
    case "der":
      return key.export({ type: "spki", format: "der" });
    case "jwk":
      return JSON.stringify(publicJwk(jwk));
    case "raw":
      return Buffer.concat(jwk.kty === "EC" ? [Buffer.of(4), ...coordinates] : coordinates);
    default:
      throw new Error(`no such form of a public key: ${form}`);
  }
}
