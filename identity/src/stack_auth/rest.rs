//! Asking Stack Auth's server for a user and for what they have.

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use tollgate_engine::FactKind;
use tollgate_engine::user::{Fact, User};

use super::answer::{self, NAME};
use super::settings::{StackAuthSettings, UserKind};
use super::token::Unverified;
use crate::exchange::{Keyed, Problem};
use crate::http::{Answer, Ask, MAX_ANSWER, Method};
use crate::keyring::Keyring;
use crate::line::Line;
use crate::outcome::Identity;
use crate::provider::Call;
use crate::text::MAX_NAMES;

/// Products of one page, the most the server gives.
const PAGE: usize = 100;
/// Most pages of products: as many as hold [`MAX_NAMES`].
const MAX_PAGES: usize = MAX_NAMES / PAGE;

/// The server.
pub(super) struct Rest {
    settings: StackAuthSettings,
    exchange: Keyed,
}

impl Rest {
    pub(super) fn new(settings: &StackAuthSettings, secret: Keyring, line: Arc<Line>) -> Self {
        let cure = "store a secret server key of this project there";
        Self {
            settings: settings.clone(),
            exchange: Keyed::new(line, secret, cure),
        }
    }

    /// The user a token belongs to, with what is needed of them. What is not needed is not asked
    /// for, and unknown.
    pub(super) async fn user(&self, call: &Call<'_>, now: SystemTime) -> Result<Identity, Problem> {
        let Some(token) = Unverified::read(call.token, now) else {
            return Err(Problem::Unauthenticated);
        };
        let me = self.get("/api/v1/users/me", &[], call, answer::me).await?;
        if !self.settings.accepts(me.kind) {
            return Err(Problem::Unauthenticated);
        }
        // The server has just verified the token, so this is about the server.
        if me.id != token.subject {
            return Err(Problem::undocumented(NAME, "it is about another user"));
        }
        let (products, permissions, teams) = tokio::try_join!(
            self.products(&me.id, call),
            self.permissions(&me.id, call),
            self.teams(&me.id, call),
        )?;
        let user = answer::user(me.id, &me.members);
        let (expires, mut claims) = (token.expires, me.members);
        token.complete(&mut claims);
        let user = User {
            products,
            permissions,
            teams,
            claims: Fact::Known(Value::Object(claims)),
            ..user
        };
        Ok(Identity {
            user: Arc::new(user),
            expires: Some(expires),
        })
    }

    /// Every product of the user, page by page. The page is small unless asked for more.
    async fn products(&self, id: &str, call: &Call<'_>) -> Result<Fact<Vec<String>>, Problem> {
        if !call.needs.facts.contains(FactKind::Products) {
            return Ok(Fact::Unknown);
        }
        let path = format!("/api/v1/payments/products/user/{id}");
        let limit = PAGE.to_string();
        let (mut products, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let mut query = vec![("limit", limit.as_str())];
            query.extend(cursor.iter().map(|cursor| ("cursor", cursor.as_str())));
            let page = self.get(&path, &query, call, answer::products).await?;
            products.extend(page.products);
            match page.next {
                None => return Ok(known("products", products)),
                next if next == cursor => {
                    return Err(Problem::undocumented(NAME, "a page leads to itself"));
                }
                next => cursor = next,
            }
        }
        tracing::warn!(
            "{NAME}'s list of a user's products does not end within {MAX_PAGES} pages: they are \
             unknown, no condition on them holds"
        );
        Ok(Fact::Unknown)
    }

    /// The user's permissions in the project by their IDs, and those in teams as
    /// `TEAM/PERMISSION`; inherited ones too.
    async fn permissions(&self, id: &str, call: &Call<'_>) -> Result<Fact<Vec<String>>, Problem> {
        if !call.needs.facts.contains(FactKind::Permissions) {
            return Ok(Fact::Unknown);
        }
        let query = [("user_id", id), ("recursive", "true")];
        let project = self.get("/api/v1/project-permissions", &query, call, |members| {
            answer::permissions(members, id)
        });
        let team = self.get("/api/v1/team-permissions", &query, call, |members| {
            answer::team_permissions(members, id)
        });
        let (project, team) = tokio::try_join!(project, team)?;
        Ok(known("permissions", project.into_iter().chain(team)))
    }

    /// The teams the user is a member of, by their IDs.
    async fn teams(&self, id: &str, call: &Call<'_>) -> Result<Fact<Vec<String>>, Problem> {
        if !call.needs.facts.contains(FactKind::Teams) {
            return Ok(Fact::Unknown);
        }
        let query = [("user_id", id)];
        let teams = self
            .get("/api/v1/teams", &query, call, answer::teams)
            .await?;
        Ok(known("teams", teams))
    }

    async fn get<T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        call: &Call<'_>,
        read: impl Fn(&Map<String, Value>) -> Result<T, &'static str>,
    ) -> Result<T, Problem> {
        let mut url: Url = self.settings.url.join(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let ask = |key: &str| {
            Some(Ask {
                method: Method::Get,
                url: &url,
                headers: self.headers(key, call.token)?,
                body: Vec::new(),
                largest: MAX_ANSWER,
            })
        };
        let read = |answer: &Answer| answer::read(answer, &read);
        self.exchange.ask(ask, read, call.deadline).await
    }

    pub(super) fn headers(&self, key: &str, token: &str) -> Option<HeaderMap> {
        let secret = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        let name = HeaderName::from_static;
        let mut headers = HeaderMap::from_iter([
            (
                name("x-stack-access-type"),
                HeaderValue::from_static("server"),
            ),
            (
                name("x-stack-project-id"),
                HeaderValue::from_str(&self.settings.project).ok()?,
            ),
            (name("x-stack-secret-server-key"), secret(key)?),
            (name("x-stack-access-token"), secret(token)?),
        ]);
        for (kind, header) in [
            (UserKind::Anonymous, "x-stack-allow-anonymous-user"),
            (UserKind::Restricted, "x-stack-allow-restricted-user"),
        ] {
            if self.settings.accepts(kind) {
                headers.insert(name(header), HeaderValue::from_static("true"));
            }
        }
        Some(headers)
    }
}

/// A list, unless it is too long to be believed.
fn known(what: &str, names: impl IntoIterator<Item = String>) -> Fact<Vec<String>> {
    let names: Vec<String> = names.into_iter().collect();
    if names.len() > MAX_NAMES {
        tracing::warn!(
            "{NAME} lists more than {MAX_NAMES} {what} of one user: they are unknown, no condition \
             on them holds"
        );
        return Fact::Unknown;
    }
    Fact::Known(names)
}
