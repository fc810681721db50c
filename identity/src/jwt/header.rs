//! The JOSE header (RFC 7515 section 4): which key and algorithm the token asks for, and
//! everything in it that is a reason to refuse.
//!
//! `jku`, `jwk`, `x5u` and `x5c` bring or point to a key of the token's own choice: they are
//! read past like any unknown member, and have no effect.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Algorithm, MAX_DEPTH, Refusal, Typ};
use crate::json::{Strict, Text};
use crate::jwk::MAX_KID;

/// Most members of a header. Each name is compared with all before it.
const MAX_MEMBERS: usize = 32;

/// What a header says that is not refused out of hand.
#[derive(PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub algorithm: Algorithm,
    pub kid: Option<Cow<'a, str>>,
    typ: Option<Cow<'a, str>>,
}

impl<'a> Header<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let text = str::from_utf8(bytes).map_err(|_| Refusal::Header)?;
        let mut document = serde_json::Deserializer::from_str(text);
        // The error of the reader could repeat the header.
        let members = document
            .deserialize_map(MembersVisitor)
            .map_err(|_| Refusal::Header)?;
        document.end().map_err(|_| Refusal::Header)?;
        members.judge()
    }

    /// Whether the token is of a kind that `expected` allows. `typ` is a media type, compared
    /// without regard to case, its `application/` usually left out (RFC 7515 section 4.1.9).
    pub(super) fn check_type(&self, expected: Typ) -> Result<(), Refusal> {
        let kind = self.typ.as_deref().map(subtype);
        let is_access_token = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("at+jwt"));
        let other = |kind: &str| ends_with_ignore_case(kind, "+jwt");
        match expected {
            _ if is_access_token => Ok(()),
            Typ::Any if !kind.is_some_and(other) => Ok(()),
            Typ::Any | Typ::AccessToken => Err(Refusal::Type),
        }
    }
}

/// A media type without its `application/`.
fn subtype(media: &str) -> &str {
    match media.split_once('/') {
        Some((kind, subtype)) if kind.eq_ignore_ascii_case("application") => subtype,
        _ => media,
    }
}

fn ends_with_ignore_case(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|at| text.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// The members that matter, whatever their type.
#[derive(Default)]
struct Members<'a> {
    alg: Option<Member<'a>>,
    kid: Option<Member<'a>>,
    typ: Option<Member<'a>>,
    cty: Option<Member<'a>>,
    /// What the first member says that alone is a reason to refuse.
    fault: Option<Refusal>,
}

impl<'a> Members<'a> {
    fn judge(self) -> Result<Header<'a>, Refusal> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let cty = text(self.cty, Refusal::Header)?;
        if cty.is_some_and(|cty| subtype(&cty).eq_ignore_ascii_case("JWT")) {
            return Err(Refusal::Nested);
        }
        let kid = text(self.kid, Refusal::KeyId)?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(Refusal::KeyId);
        }
        Ok(Header {
            algorithm: text(self.alg, Refusal::Algorithm)?
                .and_then(|name| name.parse().ok())
                .ok_or(Refusal::Algorithm)?,
            kid,
            typ: text(self.typ, Refusal::Type)?,
        })
    }
}

fn text(member: Option<Member<'_>>, refusal: Refusal) -> Result<Option<Cow<'_, str>>, Refusal> {
    match member {
        None => Ok(None),
        Some(Member::Text(text)) => Ok(Some(text)),
        Some(Member::Other) => Err(refusal),
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        let mut names: Vec<Cow<'de, str>> = Vec::with_capacity(4);
        while let Some(Text(name)) = object.next_key()? {
            if names.len() == MAX_MEMBERS || names.contains(&name) {
                return Err(de::Error::custom("a member too many"));
            }
            let value = object.next_value_seed(MemberSeed)?;
            let mut fault = |refusal| {
                members.fault.get_or_insert(refusal);
            };
            match name.as_ref() {
                "alg" => members.alg = Some(value),
                "kid" => members.kid = Some(value),
                "typ" => members.typ = Some(value),
                "cty" => members.cty = Some(value),
                "crit" => fault(Refusal::Critical),
                "b64" => fault(Refusal::Unencoded),
                "zip" => fault(Refusal::Compressed),
                "enc" => fault(Refusal::Encrypted),
                _ => {}
            }
            names.push(name);
        }
        Ok(members)
    }
}

/// The value of a member.
enum Member<'a> {
    Text(Cow<'a, str>),
    /// Read by the same rules, and dropped.
    Other,
}

impl From<Value> for Member<'_> {
    fn from(_: Value) -> Self {
        Self::Other
    }
}

struct MemberSeed;

impl MemberSeed {
    /// For what is not a text. The header itself is the first level.
    const STRICT: Strict = Strict {
        depth: MAX_DEPTH - 1,
    };
}

impl<'de> DeserializeSeed<'de> for MemberSeed {
    type Value = Member<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MemberSeed {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Self::STRICT.visit_seq(list).map(Member::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Self::STRICT.visit_map(object).map(Member::from)
    }
}
