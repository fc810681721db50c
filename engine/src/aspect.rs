//! Of what facts are about: an aspect of a user or a request, and the values it can take.
//!
//! Facts about one aspect depend on each other (nobody has two addresses; `mfa totp` is also
//! `mfa`), facts about different aspects do not. So all that can be the case is every value of
//! every aspect with every value of every other, and few values stand for all.

mod claim;
mod network;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use serde_json::{Map, Value as Json};
use tollgate_grammar::tree::Membership;

use crate::expression::{Expression, RequestFact, Situation};
use crate::fact::{Bits, UserFact, members_mut, truth};
use crate::outline::Leaf;
use crate::request::{Request, Target};
use crate::truth::Truth;
use crate::user::{Fact, User};

/// Most values of one aspect that are looked at.
const MAX_VALUES: usize = 64;
/// Of more names than these, the choices alone are too many values.
const MAX_CHOSEN: usize = 5;

/// What a fact is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Aspect {
    SignedIn,
    Id,
    Email,
    Verified,
    Mfa,
    Provider,
    Product(String),
    Member(Membership, String),
    Claim(Vec<String>),
    /// Something that depends on user and path together.
    Parameter(Leaf),
    Address,
    Header(String),
    Query(String),
    Time,
}

/// A value of an aspect.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Holds(bool),
    Text(Option<String>),
    Names(Vec<String>),
    Json(Json),
    Address(IpAddr),
    Time(i64),
}

/// The facts of a request, owned, to be changed.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) unix_millis: i64,
    pub(crate) headers: Option<Vec<(String, String)>>,
    pub(crate) query: Option<Vec<(String, String)>>,
}

impl Leaf {
    /// What it is about.
    pub(crate) fn aspect(&self) -> Aspect {
        match self {
            Self::User(fact) => match fact {
                UserFact::SignedIn => Aspect::SignedIn,
                UserFact::Id(_) => Aspect::Id,
                UserFact::Product(id) => Aspect::Product(id.clone()),
                UserFact::Email(_) | UserFact::EmailDomain(_) => Aspect::Email,
                UserFact::EmailVerified => Aspect::Verified,
                UserFact::Mfa | UserFact::MfaMethod(_) => Aspect::Mfa,
                UserFact::Provider(_) => Aspect::Provider,
                UserFact::Member(membership, name) => Aspect::Member(*membership, name.clone()),
                UserFact::Claim(path, _) => Aspect::Claim(path.clone()),
            },
            Self::IsParameter(_) | Self::InParameter(..) => Aspect::Parameter(self.clone()),
            Self::Request(fact) => match fact {
                RequestFact::UserIs(_) => Aspect::Id,
                RequestFact::Member(..) => Aspect::Parameter(self.clone()),
                RequestFact::IpIn(_) => Aspect::Address,
                RequestFact::Header(name, _) => Aspect::Header(name.clone()),
                RequestFact::Query(name, _) => Aspect::Query(name.clone()),
                RequestFact::Before(_) | RequestFact::After(_) => Aspect::Time,
            },
        }
    }
}

impl Aspect {
    /// Whether it is about who asks.
    pub(crate) fn is_of_user(&self) -> bool {
        !matches!(
            self,
            Self::Address | Self::Header(_) | Self::Query(_) | Self::Time
        )
    }

    /// Values that together bring about everything these facts about it can be; `None` if there
    /// are too many.
    pub(crate) fn values(&self, leaves: &[&Leaf]) -> Option<Vec<Value>> {
        let values = match self {
            Self::SignedIn
            | Self::Verified
            | Self::Product(_)
            | Self::Member(..)
            | Self::Parameter(_) => vec![Value::Holds(true), Value::Holds(false)],
            Self::Claim(_) => claim::values(leaves)?,
            Self::Address => network::addresses(leaves)
                .into_iter()
                .map(Value::Address)
                .collect(),
            Self::Time => leaves.iter().flat_map(|leaf| moments(leaf)).collect(),
            Self::Mfa => methods(&wanted(leaves))?,
            Self::Email | Self::Id | Self::Provider | Self::Header(_) | Self::Query(_) => {
                let mut texts = wanted(leaves);
                if *self == Self::Email {
                    texts = addresses(leaves, &texts);
                }
                texts.push(unlike(&texts));
                let mut values: Vec<Value> = texts
                    .into_iter()
                    .map(|text| Value::Text(Some(text)))
                    .collect();
                if *self != Self::Id {
                    values.push(Value::Text(None));
                }
                values
            }
        };
        (values.len() <= MAX_VALUES).then_some(values)
    }

    /// Gives a signed-in user or a request this value.
    pub(crate) fn apply(&self, value: &Value, user: &mut User, ask: &mut Ask) {
        match (self, value) {
            (Self::Id, Value::Text(Some(id))) => user.id.clone_from(id),
            (Self::Email, Value::Text(address)) => user.email = Fact::Known(address.clone()),
            (Self::Verified, Value::Holds(holds)) => user.email_verified = Fact::Known(*holds),
            (Self::Mfa, Value::Names(methods)) => user.mfa = Fact::Known(methods.clone()),
            (Self::Provider, Value::Text(name)) => user.provider = Fact::Known(name.clone()),
            (Self::Product(id), Value::Holds(holds)) => hold(&mut user.products, id, *holds),
            (Self::Member(membership, name), Value::Holds(holds)) => {
                hold(members_mut(user, *membership), name, *holds);
            }
            (Self::Claim(path), Value::Json(claim)) => claim::put(user, path, claim.clone()),
            (Self::Address, Value::Address(address)) => ask.ip = Some(*address),
            (Self::Header(name), Value::Text(text)) => field(&mut ask.headers, name, text.as_ref()),
            (Self::Query(name), Value::Text(text)) => field(&mut ask.query, name, text.as_ref()),
            (Self::Time, Value::Time(millis)) => ask.unix_millis = *millis,
            _ => {}
        }
    }
}

impl Value {
    /// Whether a fact holds of somebody signed in, or of a request, with this value.
    pub(crate) fn truth(&self, leaf: &Leaf) -> Truth {
        let aspect = leaf.aspect();
        let (mut user, mut ask) = (nobody(), Ask::nothing());
        aspect.apply(self, &mut user, &mut ask);
        match leaf {
            Leaf::User(UserFact::SignedIn) | Leaf::IsParameter(_) | Leaf::InParameter(..) => {
                matches!(self, Self::Holds(true)).into()
            }
            Leaf::User(fact) => truth(fact, &user),
            Leaf::Request(fact) => ask.with(Target::Connect, |request| {
                let situation = Situation {
                    request,
                    path: None,
                    user: None,
                    bits: &Bits::default(),
                    named: 0,
                };
                Expression::Request(fact.clone()).value(&situation)
            }),
        }
    }
}

impl Ask {
    pub(crate) fn nothing() -> Self {
        Self {
            ip: None,
            unix_millis: 0,
            headers: Some(Vec::new()),
            query: Some(Vec::new()),
        }
    }

    pub(crate) fn of(request: &Request<'_>) -> Self {
        Self {
            ip: request.ip,
            unix_millis: request.unix_millis,
            headers: request.headers.map(<[_]>::to_vec),
            query: request.query.map(<[_]>::to_vec),
        }
    }

    pub(crate) fn with<R>(&self, target: Target<'_>, look: impl FnOnce(&Request<'_>) -> R) -> R {
        look(&Request {
            target,
            ip: self.ip,
            unix_millis: self.unix_millis,
            headers: self.headers.as_deref(),
            query: self.query.as_deref(),
        })
    }
}

/// Somebody of whom everything is known, and nothing holds.
pub(crate) fn nobody() -> User {
    User {
        id: String::new(),
        email: Fact::Known(None),
        email_verified: Fact::Known(false),
        products: Fact::Known(Vec::new()),
        mfa: Fact::Known(Vec::new()),
        provider: Fact::Known(None),
        roles: Fact::Known(Vec::new()),
        teams: Fact::Known(Vec::new()),
        permissions: Fact::Known(Vec::new()),
        scopes: Fact::Known(Vec::new()),
        groups: Fact::Known(Vec::new()),
        claims: Fact::Known(Json::Object(Map::new())),
    }
}

/// The texts the facts compare with, each once.
fn wanted(leaves: &[&Leaf]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for leaf in leaves {
        let (Leaf::User(
            UserFact::Id(text)
            | UserFact::Email(text)
            | UserFact::MfaMethod(text)
            | UserFact::Provider(text),
        )
        | Leaf::Request(RequestFact::Header(_, text) | RequestFact::Query(_, text))) = leaf
        else {
            continue;
        };
        if !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    texts
}

/// The addresses, and one more of each domain.
fn addresses(leaves: &[&Leaf], listed: &[String]) -> Vec<String> {
    let mut addresses = listed.to_vec();
    for leaf in leaves {
        if let Leaf::User(UserFact::EmailDomain(domain)) = leaf {
            let mut local = "someone".to_owned();
            let taken = |local: &str| {
                let address = format!("{local}@{domain}");
                listed
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(&address))
            };
            while taken(&local) {
                local.push_str("-else");
            }
            addresses.push(format!("{local}@{domain}"));
        }
    }
    addresses
}

/// A text that is none of these; as an address, of another domain than these.
fn unlike(texts: &[String]) -> String {
    let longest = texts.iter().max_by_key(|text| text.len());
    match longest {
        Some(text) if text.contains('@') => format!("{text}.other"),
        Some(text) => format!("{text}-other"),
        None => "other".to_owned(),
    }
}

/// No factor, one that is not listed, and every choice of those listed.
fn methods(listed: &[String]) -> Option<Vec<Value>> {
    let mut choices = choices(listed)?;
    choices.push(vec![unlike(listed)]);
    Some(choices.into_iter().map(Value::Names).collect())
}

/// None of these, each, and every few of them together; `None` if there are more than
/// [`MAX_CHOSEN`].
fn choices<T: Clone>(listed: &[T]) -> Option<Vec<Vec<T>>> {
    if listed.len() > MAX_CHOSEN {
        return None;
    }
    let mut choices = vec![Vec::new()];
    for one in listed {
        let with = choices.iter().map(|choice: &Vec<T>| {
            let mut choice = choice.clone();
            choice.push(one.clone());
            choice
        });
        choices.extend(with.collect::<Vec<_>>());
    }
    Some(choices)
}

fn moments(leaf: &Leaf) -> Vec<Value> {
    match leaf {
        Leaf::Request(RequestFact::Before(date) | RequestFact::After(date)) => vec![
            Value::Time(date.unix_millis),
            Value::Time(date.unix_millis.saturating_sub(1)),
        ],
        _ => Vec::new(),
    }
}

fn hold(list: &mut Fact<Vec<String>>, name: &str, holds: bool) {
    let mut names = match std::mem::take(list) {
        Fact::Known(names) => names,
        Fact::Unknown => Vec::new(),
    };
    names.retain(|other| other != name);
    if holds {
        names.push(name.to_owned());
    }
    *list = Fact::Known(names);
}

fn field(fields: &mut Option<Vec<(String, String)>>, name: &str, text: Option<&String>) {
    let fields = fields.get_or_insert_default();
    fields.retain(|(other, _)| other != name);
    if let Some(text) = text {
        fields.push((name.to_owned(), text.clone()));
    }
}
