//! API Gateway events in, answers out, and the way between them.
//!
//! [`Authorizer::start`] loads everything once; [`Authorizer::authorize`] answers one event:
//! [`event`] is read, the policy finds its route, the token is verified if the route asks who
//! it is, the policy decides, and the [`answer`] says so in the form that the kind of event wants.
//! What came of it is kept in a [`record`].

pub mod answer;
pub mod arn;
pub mod authorize;
pub mod credential;
pub mod documents;
pub mod event;
pub mod files;
pub mod invocation;
pub mod policy;
pub mod record;
pub mod settings;
pub mod startup;
pub mod timestamp;
pub mod usage_key;

pub use answer::Answer;
pub use authorize::{AuthorizeError, Authorizer};
pub use event::{Event, EventError, Kind};
pub use files::Files;
pub use invocation::Invocation;
pub use record::Sink;
pub use settings::Settings;
pub use startup::StartupError;
