//! Where an issuer's keys come from: an address, a discovery document, or a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::Url;
use tokio::time::Instant;

use super::document::{self, Wanted};
use super::{DEFAULT_MAX_AGE, HARD_AGE, KeyLocation, KeysProblem};
use crate::discovery;
use crate::jwk::{Keys, MAX_DOCUMENT};
use crate::line::Line;
use crate::meter::Attempt;
use crate::outcome::Cause;
use crate::setting::is_secure;
use crate::sources::Clock;

/// The one place keys are fetched from.
pub(super) struct Source {
    location: KeyLocation,
    line: Arc<Line>,
    clock: Clock,
    /// The JWKS's address as the discovery document has it, and when that was read.
    discovered: Mutex<Option<(Url, SystemTime)>>,
}

/// Keys, and how long the issuer says that they may be used.
pub(super) struct Fetched {
    pub keys: Keys,
    /// Absent for those of a file, which do not age.
    pub max_age: Option<Duration>,
}

impl Source {
    pub(super) fn new(location: KeyLocation, line: Arc<Line>, clock: Clock) -> Self {
        Self {
            location,
            line,
            clock,
            discovered: Mutex::default(),
        }
    }

    /// Counts a fetch; it has failed unless it is said to have succeeded.
    pub(super) fn begin(&self) -> Attempt<'_> {
        self.line.meter().key_sets.begin()
    }

    /// Fetches the keys by the `deadline`.
    pub(super) async fn fetch(&self, deadline: Instant) -> Result<Fetched, KeysProblem> {
        let fetched = match &self.location {
            KeyLocation::File(path) => self.read(path),
            KeyLocation::Url(url) if is_secure(url) => self.get(url, deadline).await,
            KeyLocation::Url(_) => Err(KeysProblem::Misconfigured(
                self.cause("not fetched in the clear: write `https://`"),
            )),
            KeyLocation::Discovery { issuer } => self.discover(issuer, deadline).await,
        }?;
        let (keys, skipped) = (fetched.keys.len(), fetched.keys.skipped());
        let name = self.line.name();
        if keys == 0 {
            tracing::warn!(
                provider = name,
                skipped,
                "no usable key: no token is accepted"
            );
        } else {
            tracing::info!(provider = name, keys, skipped, "keys fetched");
        }
        Ok(fetched)
    }

    /// That the keys were `what`.
    pub(super) fn cause(&self, what: &str) -> Cause {
        Cause::new(format!("{}: {} was {what}", self.line.name(), self.place()))
    }

    /// Where they are, in the operator's words.
    fn place(&self) -> String {
        match &self.location {
            KeyLocation::Url(url) => {
                // A query is not for logs: there may be a key in it.
                let mut shown = url.clone();
                shown.set_query(None);
                format!("the JWKS at `{shown}`")
            }
            KeyLocation::Discovery { issuer } => format!("the JWKS of `{issuer}`"),
            KeyLocation::File(path) => format!("the JWKS in `{}`", path.display()),
        }
    }

    async fn get(&self, url: &Url, deadline: Instant) -> Result<Fetched, KeysProblem> {
        let place = self.place();
        let wanted = Wanted {
            url,
            place: &place,
            largest: MAX_DOCUMENT,
        };
        let answer = document::get(&self.line, &wanted, deadline).await?;
        let keys = Keys::parse(&answer.body).map_err(|error| {
            KeysProblem::Unavailable(Cause::new(format!(
                "{}: {place} cannot be read: {error}",
                self.line.name()
            )))
        })?;
        let max_age = Some(answer.max_age.unwrap_or(DEFAULT_MAX_AGE));
        Ok(Fetched { keys, max_age })
    }

    /// Fetches from where the discovery document says. That is asked again after a day, and
    /// when what it says has led nowhere.
    async fn discover(&self, issuer: &str, deadline: Instant) -> Result<Fetched, KeysProblem> {
        let known = self.discovered().clone();
        let known = known.filter(|&(_, then)| self.clock.since(then) < HARD_AGE);
        let (url, then) = match known {
            Some(known) => known,
            None => (
                discovery::jwks_uri(&self.line, issuer, deadline).await?,
                self.clock.now(),
            ),
        };
        let fetched = self.get(&url, deadline).await;
        *self.discovered() = fetched.is_ok().then_some((url, then));
        fetched
    }

    fn discovered(&self) -> MutexGuard<'_, Option<(Url, SystemTime)>> {
        let discovered = self.discovered.lock();
        discovered.unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, path: &Path) -> Result<Fetched, KeysProblem> {
        let wrong = |what: String| {
            KeysProblem::Misconfigured(Cause::new(format!(
                "{}: {} cannot be read: {what}",
                self.line.name(),
                self.place()
            )))
        };
        let mut document = Vec::new();
        File::open(path)
            .and_then(|file| {
                // One byte more than is taken shows that there is more.
                let most = MAX_DOCUMENT as u64 + 1;
                file.take(most).read_to_end(&mut document)
            })
            .map_err(|error| wrong(error.kind().to_string()))?;
        if document.len() > MAX_DOCUMENT {
            return Err(wrong(format!("it has more than {MAX_DOCUMENT} bytes")));
        }
        let keys = Keys::parse(&document).map_err(|error| wrong(error.to_string()))?;
        Ok(Fetched {
            keys,
            max_age: None,
        })
    }
}
