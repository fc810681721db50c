//! Whether a request comes from a page of the stand-in's own, or from somebody else's.

use super::notice;
use crate::answer::Answer;
use crate::wire::RequestHead;

/// The names this machine has for itself.
const HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Refuses a request by another name: a site whose name was made to lead here (DNS rebinding) would read
/// the page as its own.
pub(crate) fn check_host(head: &RequestHead, port: u16) -> Result<(), Answer> {
    let own = |host: &str| HOSTS.iter().any(|name| host == format!("{name}:{port}"));
    if head.only("host").is_some_and(own) {
        return Ok(());
    }
    Err(notice(
        421,
        "By another name",
        &format!("Open this page as <code>http://127.0.0.1:{port}</code>."),
    ))
}

/// Refuses what another site's page sends. A browser says where a request comes from (Fetch Metadata,
/// `Sec-Fetch-Site`; RFC 6454, `Origin`); what says neither is no browser, and has nobody to trick.
pub(crate) fn check_same_origin(head: &RequestHead, port: u16) -> Result<(), Answer> {
    check_host(head, port)?;
    let host = head.only("host").unwrap_or_default();
    let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
    let site = head
        .values("sec-fetch-site")
        .all(|site| site == "same-origin");
    if site && head.values("origin").all(is_own) {
        return Ok(());
    }
    Err(notice(
        403,
        "From another site",
        "Only the page of this stand-in may say who signs in.",
    ))
}

/// Whether a person sees where a request leads: it is no image or frame that another site's page brings
/// along (Fetch Metadata, `Sec-Fetch-Dest`).
pub(crate) fn is_seen(head: &RequestHead) -> bool {
    head.values("sec-fetch-dest").all(|dest| dest == "document")
}
