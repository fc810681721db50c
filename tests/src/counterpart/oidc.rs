//! npm `oidc-provider`, a certified OIDC provider: discovery, JWKS, JWT and opaque access
//! tokens, introspection, revocation, and tokens that are nearly right.

use reqwest::RequestBuilder;
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{Answer, OldKeys, Server};

/// An OAuth client: id and secret.
pub type Credentials = (&'static str, &'static str);

/// The client that users log in with; access tokens are issued to it.
pub const APP: Credentials = ("app", "app-secret");
/// The API that the tokens are shown to; it may introspect them.
pub const API: Credentials = ("api", "api-secret");

/// The algorithms the provider has a key for, in the order of its JWKS.
pub const ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

/// An access token that is wanted for a user.
#[derive(Debug, Clone, Serialize)]
pub struct Access<'a> {
    /// The user.
    pub sub: &'a str,
    /// The API it is for. If it ends in one of [`ALGORITHMS`] behind a slash, that signs the
    /// token; `/opaque` makes it an opaque one; otherwise it is a JWT by RS256.
    pub audience: &'a str,
    /// The scope, separated by spaces.
    pub scope: &'a str,
    /// Further claims of the JWT, or members of the introspection's answer; none that OAuth defines.
    pub claims: Map<String, Value>,
    /// Seconds it is good for.
    pub lifetime: u32,
}

impl<'a> Access<'a> {
    /// Five minutes of `read` for a user, without further claims.
    pub fn new(sub: &'a str, audience: &'a str) -> Self {
        Self {
            sub,
            audience,
            scope: "read",
            claims: Map::new(),
            lifetime: 300,
        }
    }
}

/// A JWT of exactly this header and payload, right or wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Craft {
    /// A JSON object, or a string that is taken as the text of the header.
    pub header: Value,
    /// A JSON object, or a string that is taken as the text of the payload.
    pub payload: Value,
    /// What its third part is.
    pub signature: Signature,
    /// The algorithm that signs, if not the header's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<&'static str>,
}

/// The third part of a crafted JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// Made with the published key that the header names, or else the one of its algorithm.
    Current,
    /// Made with a key that the provider does not publish; see [`OidcProvider::foreign_keys`].
    Foreign,
    /// Nothing.
    Empty,
    /// An HMAC whose secret is the published key's PEM.
    PublicPem,
    /// The same without the PEM's last line end.
    PublicPemTrimmed,
    /// An HMAC whose secret is the published key's `SubjectPublicKeyInfo`.
    PublicDer,
    /// An HMAC whose secret is the text of the published JWK.
    PublicJwk,
    /// An HMAC whose secret is the modulus, the point or the 32 bytes of the published key.
    PublicRaw,
}

/// A running provider.
pub struct OidcProvider {
    server: Server,
}

impl OidcProvider {
    /// Starts one with new keys.
    pub fn start() -> Self {
        let server = Server::start("oidc-provider.mjs");
        Self { server }
    }

    /// Its issuer identifier, without a slash at the end.
    pub fn issuer(&self) -> &str {
        &self.server.origin
    }

    /// Its metadata (OIDC Discovery 1.0).
    pub async fn discovery(&self) -> Answer {
        self.server.get("/.well-known/openid-configuration").await
    }

    /// Its public keys.
    pub async fn jwks(&self) -> Answer {
        self.server.get("/jwks").await
    }

    /// An access token as a user's login gets it (RFC 9068 if it is a JWT).
    pub async fn access_token(&self, access: &Access<'_>) -> String {
        self.server.mint("access-token", access).await
    }

    /// The ID token of such a login, for [`APP`].
    pub async fn id_token(&self, sub: &str, claims: &Map<String, Value>) -> String {
        let body = json!({"sub": sub, "claims": claims});
        self.server.mint("id-token", &body).await
    }

    /// An access token of [`APP`] itself, by the client credentials grant at the token endpoint.
    pub async fn client_token(&self, audience: &str, scope: &str) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("resource", audience),
            ("scope", scope),
        ];
        self.server.send(self.form("/token", APP, &form)).await
    }

    /// Introspection (RFC 7662) of a token by a client.
    pub async fn introspect(&self, (client, secret): (&str, &str), token: &str) -> Answer {
        let form = [("token", token), ("token_type_hint", "access_token")];
        let request = self.form("/token/introspection", (client, secret), &form);
        self.server.send(request).await
    }

    /// Revocation (RFC 7009) of a token by [`APP`].
    pub async fn revoke(&self, token: &str) -> Answer {
        let request = self.form("/token/revocation", APP, &[("token", token)]);
        self.server.send(request).await
    }

    /// New keys for all tokens from now on; the opaque ones stay good.
    pub async fn rotate(&self, old: OldKeys) {
        self.server.rotate(old).await;
    }

    /// Gives [`API`] another secret; the one before is refused.
    pub async fn set_api_secret(&self, secret: &str) {
        let body = json!({"secret": secret});
        self.server.control::<Value>("secret", &body).await;
    }

    /// Signs any header and payload.
    pub async fn craft(&self, craft: &Craft) -> String {
        self.server.mint("craft", craft).await
    }

    /// The public half of the keys behind [`Signature::Foreign`], as a JWKS in the order of
    /// [`ALGORITHMS`].
    pub async fn foreign_keys(&self) -> Value {
        let answer = self.server.get("/control/foreign-keys").await;
        self.server.expect(200, answer).body
    }

    /// How often this has been asked for so far, such as `GET /jwks`.
    pub async fn requests(&self, target: &str) -> u64 {
        self.server.requests(target).await
    }

    /// A form sent by a client that authenticates with HTTP Basic.
    fn form(
        &self,
        path: &str,
        (client, secret): (&str, &str),
        fields: &[(&str, &str)],
    ) -> RequestBuilder {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.server
            .client
            .post(format!("{}{path}", self.server.origin))
            .basic_auth(client, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
    }
}
