//! npm `better-auth` with its jwt plugin, set up as Neon Auth: `EdDSA` tokens of users who sign up
//! and in, and keys under `/.well-known/jwks.json`.

use serde_json::{Map, Value, json};

use super::{Answer, OldKeys, Server};

/// The password of every user here.
const PASSWORD: &str = "correct horse battery staple";
/// Where the provider is below its origin, as Neon has it.
const BASE: &str = "/neondb/auth";

/// A session of a user: the opaque token that stands for it.
#[derive(Debug, Clone)]
pub struct Session(pub String);

/// A running provider.
pub struct BetterAuth {
    server: Server,
}

impl BetterAuth {
    /// Starts one without users.
    pub fn start() -> Self {
        let server = Server::start("better-auth.mjs");
        Self { server }
    }

    /// Scheme, host and port: the issuer and the audience of its tokens.
    pub fn origin(&self) -> &str {
        &self.server.origin
    }

    /// The address its endpoints are below, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("{}{BASE}", self.server.origin)
    }

    /// Its public keys.
    pub async fn jwks(&self) -> Answer {
        self.server
            .get(&format!("{BASE}/.well-known/jwks.json"))
            .await
    }

    /// Makes a user, who is signed in then.
    pub async fn sign_up(&self, email: &str, name: &str) -> Session {
        let body = json!({"email": email, "name": name, "password": PASSWORD});
        self.session("/sign-up/email", &body).await
    }

    /// Signs a user in once more.
    pub async fn sign_in(&self, email: &str) -> Session {
        let body = json!({"email": email, "password": PASSWORD});
        self.session("/sign-in/email", &body).await
    }

    /// Ends a session; JWTs of it are good until they expire.
    pub async fn sign_out(&self, session: &Session) -> Answer {
        self.send(Some(session), "/sign-out", &json!({})).await
    }

    /// Makes an organisation that its maker works for from now on.
    pub async fn create_organization(&self, session: &Session, name: &str, slug: &str) -> Answer {
        let body = json!({"name": name, "slug": slug});
        self.send(Some(session), "/organization/create", &body)
            .await
    }

    /// The answer of `GET token`: a JWT for a session, 401 without one.
    pub async fn get_token(&self, session: Option<&Session>) -> Answer {
        self.get(session, "/token").await
    }

    /// The JWT of a session.
    pub async fn token(&self, session: &Session) -> String {
        let answer = self.get_token(Some(session)).await;
        self.server.expect(200, answer).text("token")
    }

    /// A token of nobody, which Neon gives to every visitor: good signature, no user.
    pub async fn anonymous_token(&self) -> String {
        let answer = self.get(None, "/token/anonymous").await;
        self.server.expect(200, answer).text("token")
    }

    /// The answer of `GET get-session` for whatever is taken for a session: 200 and null if it is none.
    pub async fn get_session(&self, session: &Session) -> Answer {
        self.get(Some(session), "/get-session").await
    }

    /// Signs these claims with the current key; `iss`, `aud`, `iat` and `exp` are added if missing.
    pub async fn sign(&self, claims: &Map<String, Value>) -> String {
        self.server.mint("token", &json!({"claims": claims})).await
    }

    /// A new key for all tokens from now on.
    pub async fn rotate(&self, old: OldKeys) {
        self.server.rotate(old).await;
    }

    /// How often this has been asked for so far, such as `GET /neondb/auth/.well-known/jwks.json`.
    pub async fn requests(&self, target: &str) -> u64 {
        self.server.requests(target).await
    }

    async fn session(&self, path: &str, body: &Value) -> Session {
        let answer = self.server.expect(200, self.send(None, path, body).await);
        Session(answer.header("set-auth-token").to_owned())
    }

    async fn get(&self, session: Option<&Session>, path: &str) -> Answer {
        let mut request = self.server.client.get(format!("{}{path}", self.base_url()));
        if let Some(Session(token)) = session {
            request = request.bearer_auth(token);
        }
        self.server.send(request).await
    }

    /// Changes are taken from a trusted origin only.
    async fn send(&self, session: Option<&Session>, path: &str, body: &Value) -> Answer {
        let mut request = self
            .server
            .client
            .post(format!("{}{path}", self.base_url()))
            .header("origin", self.origin())
            .json(body);
        if let Some(Session(token)) = session {
            request = request.bearer_auth(token);
        }
        self.server.send(request).await
    }
}
