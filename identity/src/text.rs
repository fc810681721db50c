//! Bounds on texts that a provider sends and that go on to policies, backends and logs.

/// Longest user ID, in bytes. `OpenID` Connect allows 255 (Core section 2).
pub(crate) const MAX_USER_ID: usize = 256;
/// Longest e-mail address, in bytes: 64 of local part, `@`, 255 of domain (RFC 5321
/// section 4.5.3.1).
pub(crate) const MAX_EMAIL: usize = 320;
/// Longest name of a product, role, team, permission, scope or group, in bytes.
pub(crate) const MAX_NAME: usize = 256;
/// Most names in one list.
pub(crate) const MAX_NAMES: usize = 1000;

/// Whether it may be a user's ID.
pub(crate) fn is_user_id(text: &str) -> bool {
    is_usable(text, MAX_USER_ID)
}

/// Whether it may be an e-mail address; the engine looks at its form.
pub(crate) fn is_email(text: &str) -> bool {
    is_usable(text, MAX_EMAIL)
}

/// Whether it may be a name in a list.
pub(crate) fn is_name(text: &str) -> bool {
    is_usable(text, MAX_NAME)
}

/// Whether a text can go into the backend's headers and our logs.
fn is_usable(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.len() <= longest && !text.contains(char::is_control)
}
