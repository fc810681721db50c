//! Stack Auth by its official npm package `@stackframe/stack-shared`: tokens, keys and error
//! answers are Stack's own bytes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Answer, Server};

/// The three kinds of users; each has an issuer, an audience and keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A user with all a project asks for.
    Normal,
    /// A user who still owes something, such as a verified address.
    Restricted,
    /// A visitor who never signed up.
    Anonymous,
}

/// A project and its keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its id, a UUID.
    pub id: String,
    /// The key of a server, `ssk_…`.
    pub secret_server_key: String,
    /// The key of a browser, `pck_…`; public.
    pub publishable_client_key: String,
}

/// A token that is wanted for a user.
#[derive(Debug, Clone, Serialize)]
pub struct Access<'a> {
    /// The id of the project that issues it; it need not exist.
    pub project: &'a str,
    /// The kind of user.
    pub kind: Kind,
    /// Members of the user as `users/me` shows them; a new user is made unless `id` names one.
    pub user: Map<String, Value>,
    /// Further or other claims.
    pub claims: Map<String, Value>,
    /// Seconds it is good for; negative for one that has expired.
    pub lifetime: i64,
}

impl<'a> Access<'a> {
    /// Ten minutes for a new user of this kind.
    pub fn new(project: &'a str, kind: Kind) -> Self {
        Self {
            project,
            kind,
            user: Map::new(),
            claims: Map::new(),
            lifetime: 600,
        }
    }
}

/// A signed token and whose it is.
#[derive(Debug, Clone, Deserialize)]
pub struct Signed {
    /// The JWT.
    pub token: String,
    /// The user's id.
    pub id: String,
}

/// A running Stack.
pub struct Stack {
    server: Server,
}

impl Stack {
    /// Starts one without projects.
    pub fn start() -> Self {
        let server = Server::start("stack.mjs");
        Self { server }
    }

    /// Scheme, host and port, where Stack's own is `https://api.stack-auth.com`.
    pub fn url(&self) -> &str {
        &self.server.origin
    }

    /// Makes a project.
    pub async fn project(&self) -> Project {
        self.server.control("project", &json!({})).await
    }

    /// Makes a project whose signing key has a coordinate with a leading zero byte, which Stack
    /// publishes one byte short.
    pub async fn short_coordinate_project(&self) -> Project {
        let answer = self.server.get("/control/short-coordinate-project").await;
        self.server.read(answer)
    }

    /// Signs a token by the official `signJWT`.
    pub async fn token(&self, access: &Access<'_>) -> Signed {
        self.server.control("token", access).await
    }

    /// Deletes a user, whose tokens stay good until they expire.
    pub async fn delete_user(&self, id: &str) {
        let body = json!({"id": id});
        self.server.control::<Value>("delete-user", &body).await;
    }

    /// The JWKS of a project; `query` is empty, `?include_restricted=true` or
    /// `?include_anonymous=true`.
    pub async fn jwks(&self, project: &str, query: &str) -> Answer {
        let path = format!("/api/v1/projects/{project}/.well-known/jwks.json{query}");
        self.get(&path, &[]).await
    }

    /// `GET users/me` with these headers.
    pub async fn users_me(&self, headers: &[(&str, &str)]) -> Answer {
        self.get("/api/v1/users/me", headers).await
    }

    /// Any path with these headers; a redirect is an answer.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.server.origin);
        let request = headers
            .iter()
            .fold(self.server.client.get(url), |request, (name, value)| {
                request.header(*name, *value)
            });
        self.server.send(request).await
    }

    /// How often this has been asked for so far, such as `GET /api/v1/users/me`.
    pub async fn requests(&self, target: &str) -> u64 {
        self.server.requests(target).await
    }
}
