//! The resources of an IAM document: paths with `*`, which in IAM crosses slashes.

use std::fmt::Write as _;

use super::Inexact;
use super::cover::{Segments, Step};

/// Most spellings of one resource: a client may escape some characters or not, and write an
/// escape with large or small letters.
pub const MAX_SPELLINGS: usize = 64;
/// Most resources of a document: many more than a document that can be sent has.
pub const MAX_RESOURCES: usize = 4096;

/// A resource covers at least what steps cover: in IAM what stands for one segment stands for
/// several as well.
pub(super) fn widen(steps: &[Step]) -> Vec<Step> {
    let wide = |step: &Step| match step {
        Step::Literal(segment) => Step::Literal(*segment),
        Step::One | Step::Except(_) | Step::Some => Step::Some,
    };
    steps.iter().map(wide).collect()
}

/// The resources for what steps leave to be covered once they are widened: two segments or more
/// in the place of one, each such place by itself.
pub(super) fn overflow(steps: &[Step]) -> impl Iterator<Item = Vec<Step>> {
    let single = |step: &Step| matches!(step, Step::One | Step::Except(_));
    let places = steps.iter().enumerate();
    places
        .filter(move |(_, step)| single(step))
        .map(|(place, _)| {
            let mut wide = widen(steps);
            wide.insert(place, Step::Some);
            wide
        })
}

/// Whether it covers more than one path.
pub(super) fn is_wide(steps: &[Step]) -> bool {
    steps.contains(&Step::Some)
}

/// Every spelling of a resource for one method, from the stage on: `GET/pro/?*`. A slash at the
/// end of a path means nothing, so a path is spelled with and without one.
pub(super) fn spell(
    method: &str,
    steps: &[Step],
    segments: &Segments<'_>,
) -> Result<Vec<String>, Inexact> {
    let mut texts = vec![method.to_owned()];
    for (number, step) in steps.iter().enumerate() {
        let last = number + 1 == steps.len();
        let spellings = match step {
            Step::Literal(number) => spellings(segments.text(*number).unwrap_or_default())?,
            // `?` for the one character that a segment has at least: `/pro/` is `/pro`. Within a
            // path `//` is malformed whatever stands between.
            _ if last => vec!["?*".to_owned()],
            _ => vec!["*".to_owned()],
        };
        if texts.len() * spellings.len() > MAX_SPELLINGS {
            return Err(Inexact::TooLarge);
        }
        let join = |text: &String| {
            let text = text.clone();
            spellings.iter().map(move |more| format!("{text}/{more}"))
        };
        texts = texts.iter().flat_map(join).collect();
    }
    match steps.last() {
        Some(Step::Literal(_)) | None => {
            let slashed: Vec<String> = texts.iter().map(|text| format!("{text}/")).collect();
            texts.extend(slashed);
        }
        Some(_) => {}
    }
    Ok(texts)
}

/// Every way to write a segment in a path that may be judged.
fn spellings(segment: &str) -> Result<Vec<String>, Inexact> {
    // Of a policy variable of IAM, `${…}`, nobody knows what it would stand for.
    if segment.contains("${") {
        return Err(Inexact::TooLarge);
    }
    let mut texts = vec![String::new()];
    let mut buffer = [0; 4];
    for character in segment.chars() {
        let mut ways = vec![character.to_string()];
        if !is_unreserved(character) {
            ways.extend(escapes(character.encode_utf8(&mut buffer).as_bytes()));
        }
        if texts.len() * ways.len() > MAX_SPELLINGS {
            return Err(Inexact::TooLarge);
        }
        let join = |text: &String| {
            let text = text.clone();
            ways.iter().map(move |way| format!("{text}{way}"))
        };
        texts = texts.iter().flat_map(join).collect();
    }
    Ok(texts)
}

/// An escape of such a character is malformed (RFC 3986, section 2.3).
fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~".contains(character)
}

/// The bytes escaped, each digit that is a letter large and small.
fn escapes(bytes: &[u8]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for byte in bytes {
        let (large, small) = (format!("{byte:02X}"), format!("{byte:02x}"));
        let mut pairs = Vec::new();
        for first in [large.get(..1), small.get(..1)].into_iter().flatten() {
            for second in [large.get(1..), small.get(1..)].into_iter().flatten() {
                pairs.push(format!("{first}{second}"));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let join = |text: &String| {
            let text = text.clone();
            pairs.iter().map(move |pair| {
                let mut text = text.clone();
                let _ = write!(text, "%{pair}");
                text
            })
        };
        texts = texts.iter().flat_map(join).collect();
    }
    texts
}
