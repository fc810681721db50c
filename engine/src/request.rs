//! The facts of one request, as the gateway read them from the event.

use std::net::IpAddr;

pub use tollgate_grammar::words::EVERY_FIELD;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A method on a path; the path raw, as the client sent it, without stage and query.
    Path {
        /// The method.
        method: &'a str,
        /// The raw path.
        path: &'a str,
    },
    /// A WebSocket API's connect route.
    Connect,
    /// A field of an AppSync API as `Type.name`, or [`EVERY_FIELD`] for what a GraphQL request as a
    /// whole must meet: the rules of every field that no rule names.
    Field(&'a str),
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is called.
    pub target: Target<'a>,
    /// The caller's address as API Gateway gives it; `None` if the event has none.
    pub ip: Option<IpAddr>,
    /// Now, in milliseconds since 1970-01-01T00:00:00Z.
    pub unix_millis: i64,
    /// Headers, names in lower case; `None` if the event has none to tell.
    pub headers: Option<&'a [(String, String)]>,
    /// Query parameters, decoded; `None` if the event has none to tell.
    pub query: Option<&'a [(String, String)]>,
}
