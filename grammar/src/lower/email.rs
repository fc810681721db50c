//! What `email` asks for: an address, a domain, or that the address is verified.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, quoted};
use crate::suggest;
use crate::syntax::{Pair, Rule};
use crate::tree::Fact;
use crate::words::{self, shown};

/// `"a@b.c"`, `@b.c` or `verified`
pub(super) fn fact(reader: &mut Reader, pair: &Pair) -> Option<Fact> {
    let span = reader.span(pair);
    let word = if pair.as_rule() == Rule::string {
        quoted::text(reader, pair)?
    } else {
        pair.as_str().to_owned()
    };
    let is_quoted = pair.as_rule() == Rule::string;
    let (message, help) = match word.split_once('@') {
        None if word == "verified" && !is_quoted => return Some(Fact::EmailVerified),
        None => (
            format!("{} is neither an address nor a domain", shown(&word)),
            "write `email \"ann@example.com\"`, `email @example.com` or `email verified`"
                .to_owned(),
        ),
        Some(("" | "*", domain)) if is_quoted || word.starts_with('*') => (
            format!("{} is not how a domain is written", shown(&word)),
            format!("write {}", shown(&format!("email @{domain}"))),
        ),
        Some((_, domain)) if domain.starts_with("*.") => (
            "a domain stands for itself only, not for those below it".to_owned(),
            "list each domain: `email @a.example.com or @b.example.com`".to_owned(),
        ),
        Some((_, domain)) if !is_domain(domain) => (
            format!("{} is not a domain", shown(domain)),
            "a domain is labels of letters, digits and `-` joined by dots, such as `example.com`"
                .to_owned(),
        ),
        Some(("", domain)) => return Some(Fact::EmailDomain(domain.to_ascii_lowercase())),
        Some((local, domain)) if is_quoted && is_local_part(local) => {
            return Some(Fact::Email(format!(
                "{local}@{}",
                domain.to_ascii_lowercase()
            )));
        }
        Some(_) if is_quoted => (
            format!("{} is not an e-mail address", shown(&word)),
            "write it as the provider has it, such as `\"ann@example.com\"`".to_owned(),
        ),
        Some(_) => (
            "an e-mail address stands in quotes".to_owned(),
            format!("write `\"{}\"`", shown(&word).trim_matches('`')),
        ),
    };
    let mut finding = Diagnostic::new(Code::BadEmail, span, message).help(help);
    if !is_quoted && suggest::closest(&word, ["verified"]).is_some() {
        finding = finding.label("did you mean `verified`?");
    }
    reader.report(finding);
    None
}

/// A host name (RFC 1123, section 2.1) of at least two labels.
pub(crate) fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label)
}

/// What stands before the `@`: any text without spaces, at most 64 bytes (RFC 5321, 4.5.3.1.1).
fn is_local_part(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local
            .chars()
            .all(|letter| words::is_harmless(letter) && !letter.is_whitespace() && letter != '"')
}
