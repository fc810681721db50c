//! Asking Stack Auth's server for a user and for what they have.

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use tollgate_engine::FactKind;
use tollgate_engine::user::{Fact, User};

use super::answer;
use super::settings::{StackAuthSettings, UserKind};
use crate::exchange::{Keyed, Problem};
use crate::http::{Answer, Ask, MAX_ANSWER, Method};
use crate::jwt;
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
        let me = self
            .get("/api/v1/users/me", &[], call, answer::user)
            .await?;
        if !me.kind.is_some_and(|kind| self.settings.accepts(kind)) {
            return Err(Problem::Unauthenticated);
        }
        // Signed by the server that just accepted it.
        let expires = jwt::unverified_expiry(call.token);
        if expires.is_some_and(|expires| expires <= now) {
            return Err(Problem::Unauthenticated);
        }
        let (products, permissions, teams) = tokio::try_join!(
            self.products(&me.user.id, call),
            self.permissions(&me.user.id, call),
            self.teams(&me.user.id, call),
        )?;
        let user = User {
            products,
            permissions,
            teams,
            ..me.user
        };
        Ok(Identity {
            user: Arc::new(user),
            expires,
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
                None => return Ok(Fact::Known(products)),
                // A server that sends us in a circle.
                next if next == cursor => break,
                next => cursor = next,
            }
        }
        tracing::warn!(
            "stack_auth lists more than {MAX_NAMES} products of one user: they are unknown, no condition on them holds"
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
        let project = self.get(
            "/api/v1/project-permissions",
            &query,
            call,
            answer::permissions,
        );
        let team = self.get(
            "/api/v1/team-permissions",
            &query,
            call,
            answer::team_permissions,
        );
        let (project, team) = tokio::try_join!(project, team)?;
        Ok(known(project.into_iter().chain(team)))
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
        Ok(known(teams))
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
        let ask = |headers| Ask {
            method: Method::Get,
            url: &url,
            headers,
            body: Vec::new(),
            largest: MAX_ANSWER,
        };
        let headers = |key: &str| self.headers(key, call.token);
        let read = |answer: &Answer| answer::read(answer, &read);
        self.exchange.ask(ask, headers, read, call.deadline).await
    }

    fn headers(&self, key: &str, token: &str) -> Option<HeaderMap> {
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
fn known(names: impl IntoIterator<Item = String>) -> Fact<Vec<String>> {
    let names: Vec<String> = names.into_iter().collect();
    if names.len() > MAX_NAMES {
        tracing::warn!(
            "stack_auth lists more than {MAX_NAMES} permissions or teams of one user: they are unknown, no condition on them holds"
        );
        return Fact::Unknown;
    }
    Fact::Known(names)
}
