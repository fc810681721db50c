//! What an e-mail address proves, and what is no address.

use super::*;

fn domain_of(address: Option<&str>, domain: &str) -> Truth {
    let user = User {
        email: Fact::Known(address.map(str::to_owned)),
        ..User::default()
    };
    value(&UserFact::EmailDomain(domain.to_owned()), &user)
}

#[test]
fn an_address_is_of_the_domain_behind_its_only_at() {
    for (address, wanted) in [
        ("a@corp.com", Truth::True),
        ("a@CORP.com", Truth::True),
        ("a@evil.com", Truth::False),
        ("a@sub.corp.com", Truth::False),
        ("corp.com@evil.com", Truth::False),
    ] {
        assert_eq!(domain_of(Some(address), "corp.com"), wanted, "{address}");
    }
    assert_eq!(domain_of(None, "corp.com"), Truth::False);
}

/// Another reader could find the domain elsewhere in it (CVE-2026-40574), so that it neither is nor is not.
#[test]
fn what_is_not_one_name_at_one_domain_proves_nothing() {
    for address in [
        "",
        "@",
        "a@",
        "@corp.com",
        "corp.com",
        "a@evil.com@corp.com",
        "a@@corp.com",
        "@a@corp.com",
        "a@corp.com@",
    ] {
        assert_eq!(
            domain_of(Some(address), "corp.com"),
            Truth::Unknown,
            "{address:?}"
        );
        let fact = UserFact::Email("a@corp.com".to_owned());
        let user = User {
            email: Fact::Known(Some(address.to_owned())),
            ..User::default()
        };
        assert_eq!(value(&fact, &user), Truth::Unknown, "{address:?}");
    }
}
