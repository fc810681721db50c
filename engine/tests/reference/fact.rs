//! Whether one fact of a condition holds. Three values: yes, no, and `None` for unknown.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use tollgate_engine::{Fact as Known, Request, User};
use tollgate_grammar::tree::{Cidr, Fact, Membership, Name};

use crate::claim;
use crate::route::Values;

/// Names of products and the IDs they stand for.
pub type ProductNames = BTreeMap<String, String>;

/// What facts are asked of: the user (nothing for a visitor) and the request.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub products: &'a ProductNames,
    pub user: Option<&'a User>,
    pub request: &'a Request<'a>,
}

/// Whether the fact is about the user rather than the request.
pub fn is_of_user(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::IpIn(_) | Fact::Header(..) | Fact::Query(..) | Fact::Before(_) | Fact::After(_)
    )
}

impl World<'_> {
    /// The ID a word stands for; a word that is no name is itself the ID.
    pub fn product_id<'w>(&'w self, word: &'w str) -> &'w str {
        self.products.get(word).map_or(word, |id| id)
    }

    /// The value of any fact but a tier.
    pub fn fact(&self, fact: &Fact, values: &Values) -> Option<bool> {
        if is_of_user(fact) {
            match self.user {
                Some(user) => self.of_user(fact, user, values),
                None => Some(false),
            }
        } else {
            self.of_request(fact)
        }
    }

    fn of_user(&self, fact: &Fact, user: &User, values: &Values) -> Option<bool> {
        match fact {
            Fact::User => Some(true),
            Fact::UserId(name) => Some(user.id == text(name, values)),
            Fact::Product(word) => holds(&user.products, self.product_id(word)),
            Fact::Email(address) => email(&user.email, |local, domain| {
                let (wanted_local, wanted_domain) = address.split_once('@').unwrap();
                local == wanted_local && domain.eq_ignore_ascii_case(wanted_domain)
            }),
            Fact::EmailDomain(wanted) => {
                email(&user.email, |_, domain| domain.eq_ignore_ascii_case(wanted))
            }
            Fact::EmailVerified => user.email_verified.known().copied(),
            Fact::Mfa => user.mfa.known().map(|methods| !methods.is_empty()),
            Fact::MfaMethod(method) => holds(&user.mfa, method),
            Fact::Provider(name) => user
                .provider
                .known()
                .map(|provider| provider.as_ref() == Some(name)),
            Fact::Member(kind, name) => {
                let list = match kind {
                    Membership::Role => &user.roles,
                    Membership::Team => &user.teams,
                    Membership::Permission => &user.permissions,
                    Membership::Scope => &user.scopes,
                    Membership::Group => &user.groups,
                };
                holds(list, text(name, values))
            }
            Fact::Claim { path, test } => {
                let claims = user.claims.known()?;
                claim::test(claim::find(claims, path), test)
            }
            other => panic!("{other:?} is not a fact of a user"),
        }
    }

    fn of_request(&self, fact: &Fact) -> Option<bool> {
        let now = self.request.unix_millis;
        match fact {
            Fact::IpIn(network) => self.request.ip.map(|ip| is_in(ip, *network)),
            Fact::Header(name, value) => field(self.request.headers, name, value),
            Fact::Query(name, value) => field(self.request.query, name, value),
            Fact::Before(date) => Some(now < date.unix_millis),
            Fact::After(date) => Some(now >= date.unix_millis),
            other => panic!("{other:?} is not a fact of a request"),
        }
    }
}

/// The text of a name; a parameter's is what the path has there.
fn text<'a>(name: &'a Name, values: &'a Values) -> &'a str {
    match name {
        Name::Text(text) => text,
        Name::Parameter(name) => &values[name],
    }
}

fn holds(list: &Known<Vec<String>>, wanted: &str) -> Option<bool> {
    list.known()
        .map(|list| list.iter().any(|name| name == wanted))
}

/// What `test` says of the address's local part and domain. An address that is not exactly
/// `local@domain` says nothing of anybody.
fn email(email: &Known<Option<String>>, test: impl Fn(&str, &str) -> bool) -> Option<bool> {
    let Some(address) = email.known()? else {
        return Some(false);
    };
    match address.split('@').collect::<Vec<_>>()[..] {
        [local, domain] if !local.is_empty() && !domain.is_empty() => Some(test(local, domain)),
        _ => None,
    }
}

/// The one field of that name; more than one could be read either way.
fn field(fields: Option<&[(String, String)]>, name: &str, wanted: &str) -> Option<bool> {
    let values: Vec<_> = fields?.iter().filter(|(field, _)| field == name).collect();
    match values[..] {
        [] => Some(false),
        [(_, value)] => Some(value == wanted),
        _ => None,
    }
}

/// Whether the leading bits are those of the network. An IPv4 address in IPv6 clothes is IPv4.
fn is_in(ip: IpAddr, network: Cidr) -> bool {
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => format!("{:032b}", ip.to_bits()),
        IpAddr::V6(ip) => format!("{:0128b}", Ipv6Addr::to_bits(ip)),
    };
    let (ip, wanted) = (bits(ip.to_canonical()), bits(network.address));
    let prefix = usize::from(network.prefix);
    ip.len() == wanted.len() && ip[..prefix] == wanted[..prefix]
}
