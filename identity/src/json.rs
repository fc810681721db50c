//! JSON in which no member appears twice, to a bounded depth.
//!
//! RFC 8259 section 4 leaves open what a repeated member means; readers that take the
//! first and readers that take the last would see two different users. Here it is an error,
//! at every depth.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most levels of lists and objects: those of `serde_json`, which cannot be raised.
pub(crate) const MAX_DEPTH: usize = 127;

/// Reads one JSON document in UTF-8, of at most [`MAX_DEPTH`] levels.
///
/// # Errors
/// When it is not JSON, goes on after its end, is too deep, or has a member twice in one
/// object. The error's text may hold parts of the document: not for logs.
pub(crate) fn read(bytes: &[u8]) -> serde_json::Result<Value> {
    read_within(MAX_DEPTH, bytes)
}

/// The same, of at most `depth` levels.
pub(crate) fn read_within(depth: usize, bytes: &[u8]) -> serde_json::Result<Value> {
    // UTF-8 is checked faster as a whole than text by text.
    let text = str::from_utf8(bytes).map_err(de::Error::custom)?;
    let mut document = serde_json::Deserializer::from_str(text);
    let value = Strict { depth }.deserialize(&mut document)?;
    document.end()?;
    Ok(value)
}

/// A name or text, borrowed where it is written without escapes.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// What is read from an object alone: serde takes a list, member by member, for a structure too.
pub(crate) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

/// Any value, read by the rules of this module, of at most `depth` levels.
#[derive(Clone, Copy)]
pub(crate) struct Strict {
    pub depth: usize,
}

impl Strict {
    /// For what stands inside a list or an object.
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(E::custom("too many levels")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if members
                .insert(name, object.next_value_seed(inner)?)
                .is_some()
            {
                return Err(de::Error::custom("a member appears twice"));
            }
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            "true",
            "-7",
            "18446744073709551615",
            "1.5",
            r#""\u00e9\n""#,
            r#" {"a":[1,{"b":null}],"c":{}} "#,
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn reads_as_many_levels_as_are_asked_for() {
        let read_within = |depth, text: &str| super::read_within(depth, text.as_bytes()).is_ok();
        let lists = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let objects = |levels: usize| r#"{"a":"#.repeat(levels) + "0" + &"}".repeat(levels);
        for depth in [1, 32, MAX_DEPTH] {
            assert!(read_within(depth, &lists(depth)), "{depth}");
            assert!(read_within(depth, &objects(depth)), "{depth}");
            assert!(!read_within(depth, &lists(depth + 1)), "{depth}");
            assert!(!read_within(depth, &objects(depth + 1)), "{depth}");
        }
        assert!(read_within(0, "1") && !read_within(0, "[]"));
        assert!(read(lists(MAX_DEPTH).as_bytes()).is_ok());
        assert!(read(lists(MAX_DEPTH + 1).as_bytes()).is_err());
    }

    #[test]
    fn refuses_repeated_members_and_what_is_not_one_document() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            "{} {}",
            r#"{"a":"#,
            "\u{feff}{}",
            deep.as_str(),
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:.40}");
        }
        assert!(read(b"\"\xff\"").is_err(), "not UTF-8");
    }
}
