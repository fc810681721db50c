// An application that signs a user in with `openid-client`, which checks all that the standards ask of an
// issuer: `node openid-client.mjs ISSUER USER`. What it got is printed as JSON.

import * as client from "openid-client";

const [issuer, user] = process.argv.slice(2);
const redirectUri = "http://localhost:5173/cb";
const config = await client.discovery(new URL(issuer), "spa", undefined, client.None(), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});

/** Sends the form of a page as a browser does when the user's button is pressed; where it leads. */
async function choose(page) {
  const html = await (await fetch(page)).text();
  const action = html.match(/action="([^"]*)"/)[1].replaceAll("&amp;", "&");
  const body = new URLSearchParams({ user });
  const target = new URL(action, page);
  const answer = await fetch(target, { method: "POST", body, redirect: "manual" });
  return new URL(answer.headers.get("location"));
}

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const page = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: "openid email profile",
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  login_hint: user,
  prompt: "login",
  state,
  nonce,
});
const tokens = await client.authorizationCodeGrant(config, await choose(page), {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = tokens.claims();
const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
const end = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: redirectUri,
  state,
});
const after = await fetch(end, { redirect: "manual" });
const late = await client
  .refreshTokenGrant(config, refreshed.refresh_token)
  .then(() => "refreshed", (error) => error.error);

console.log(
  JSON.stringify({
    claims,
    info,
    access_token: tokens.access_token,
    refreshed: refreshed.access_token !== tokens.access_token,
    after: new URL(after.headers.get("location")).searchParams.get("state") === state,
    late,
  }),
);
