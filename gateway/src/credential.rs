//! What a client shows for itself: one bearer token, nothing, or something no two readers
//! would read alike.

/// Longest token that is looked at, in bytes; API Gateway's limit for all headers together is
/// 10 240.
pub const MAX_TOKEN: usize = 8192;

/// The `Authorization` header of a request, read strictly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// No header, or an empty one.
    None,
    /// `Bearer`, one space, one token (RFC 6750, section 2.1).
    Bearer(&'a str),
    /// Anything else: two headers, another scheme, two tokens, odd white space. It proves
    /// nobody, and no provider is asked.
    Unreadable,
}

impl<'a> Credential<'a> {
    /// Reads all values of the header.
    pub fn of(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (None | Some(""), None) => Self::None,
            (Some(value), None) => match value.split_once(' ') {
                Some((scheme, token))
                    if scheme.eq_ignore_ascii_case("bearer") && is_token68(token) =>
                {
                    Self::Bearer(token)
                }
                _ => Self::Unreadable,
            },
            (_, Some(_)) => Self::Unreadable,
        }
    }
}

/// `token68` of RFC 9110, section 11.2, with a bound: no comma, no white space.
fn is_token68(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    token.len() <= MAX_TOKEN
        && !body.is_empty()
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

impl std::fmt::Debug for Credential<'_> {
    /// Never the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(***)",
            Self::Unreadable => "Unreadable",
        })
    }
}
