//! The IAM document of a user: what is allowed and what is denied, right for every path at once.
//!
//! API Gateway keeps an authorizer's answer and asks it again for other routes. In IAM a `*` crosses
//! slashes and a Deny beats every Allow, so that not every policy can be said in it: a document is
//! written, then held against every path there is, and used only if it says of each what the policy
//! says ([`Inexact`] otherwise).
//!
//! ```text
//! rules ─► cover (settle: what each comes to) ─► proof (walk: every path) ─► write (resource) ─► Document
//! ```

mod census;
mod cover;
mod guard;
mod methods;
mod proof;
mod resource;
mod settle;
mod sharing;
mod walk;
mod write;

use std::fmt;

pub use cover::MAX_COVERS;
pub use guard::malformed;
pub use resource::{MAX_RESOURCES, MAX_SPELLINGS};
pub use sharing::Sharing;
pub(crate) use sharing::Varies;
pub use walk::MAX_STATES;

use crate::denial::Denial;
use crate::policy::{Policy, Principal, RuleName};
use crate::truth::Truth;
use settle::Known;
use write::Writer;

/// How long a document must stay right, in milliseconds: API Gateway keeps an answer for an hour at
/// most (developer guide, `authorizerResultTtlInSeconds`), and clocks differ by a little.
pub const MAX_KEPT: i64 = 3_660_000;

/// What the events of an API tell beside method, path and token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sees {
    /// The caller's address.
    pub ip: bool,
    /// Headers.
    pub headers: bool,
    /// The query.
    pub query: bool,
}

impl Sees {
    /// All of it.
    pub const ALL: Self = Self {
        ip: true,
        headers: true,
        query: true,
    };

    /// Nothing of it.
    pub const NOTHING: Self = Self {
        ip: false,
        headers: false,
        query: false,
    };
}

/// What a user may call, as resources from the stage on, `GET/pro/?*`. What no resource covers is
/// denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Resources to allow.
    pub allow: Vec<String>,
    /// Resources to deny, which takes back what `*` allows too much; [`malformed`] is not among
    /// them.
    pub deny: Vec<String>,
    /// Whether a resource to allow has a `*`, so that [`malformed`] must be denied beside it.
    pub wide: bool,
    /// Why the policy's rules deny this user, as far as it is true of all that do; if not all for
    /// the same reason, [`Reason::Forbidden`].
    pub denial: Denial,
}

/// Why there is no document that says what the policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inexact {
    /// A rule asks for something that each request has its own of.
    Request {
        /// The rule.
        rule: RuleName,
        /// A request that it decides.
        example: String,
    },
    /// What IAM must allow with one path, since `*` crosses slashes, the policy denies.
    Crossing {
        /// The rule that lets others in.
        rule: RuleName,
        /// A request that would be let in.
        example: String,
    },
    /// The backend is told a tier that each request has its own of.
    Tier(String),
    /// It would be too long, or take too long to prove.
    TooLarge,
}

impl fmt::Display for Inexact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { rule, example } => write!(
                f,
                "`{}` ({}) asks for the address, a header, the query, a date within the hour or a \
                 whole rest of the path, which an answer that is kept cannot know: `{example}`",
                rule.head, rule.place
            ),
            Self::Crossing { rule, example } => write!(
                f,
                "in IAM `*` crosses slashes, so what allows `{}` ({}) would allow `{example}` too, \
                 which the policy denies",
                rule.head, rule.place
            ),
            Self::Tier(name) => write!(
                f,
                "`tier {name}` asks for the address, a header, the query or a date within the hour, \
                 which an answer that is kept cannot know, and the backend is told the tier"
            ),
            Self::TooLarge => {
                f.write_str("the rules and what the user has come to more than a document can hold")
            }
        }
    }
}

impl Policy {
    /// The document for a user, right for whatever they call until [`MAX_KEPT`] after a time.
    ///
    /// # Errors
    /// [`Inexact`]: no document is.
    pub fn document(
        &self,
        principal: &Principal,
        sees: Sees,
        unix_millis: i64,
    ) -> Result<Document, Inexact> {
        let known = Known {
            user: principal.user(),
            bits: principal.bits(),
            named: self.facts().len(),
            sees,
            from: unix_millis,
            until: unix_millis.saturating_add(MAX_KEPT),
            captured: &[],
        };
        for (name, tier) in self.tier_conditions() {
            let range = known.range(tier);
            if range.least == Truth::True {
                break;
            }
            if range.most == Truth::True {
                return Err(Inexact::Tier(name.to_owned()));
            }
        }
        let mut writer = Writer::new(self, principal, unix_millis);
        for (method, names) in methods::alike(self.rule_set()) {
            writer.methods(method, &names, &known)?;
        }
        Ok(writer.finish())
    }
}
