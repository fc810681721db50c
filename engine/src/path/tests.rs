//! The fast look at a path says what a slow one says, wherever a byte stands.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

/// What [`is_plain`] is, segment by segment.
fn is_plain_slowly(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    (1..=MAX_SEGMENTS).contains(&segments.len())
        && segments.iter().all(|segment| {
            !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
        })
}

#[test]
fn every_byte_in_every_place_of_paths_of_every_length() {
    for length in 1..40 {
        let path: Vec<u8> = b"/ab/c-d/e.f_"
            .iter()
            .copied()
            .cycle()
            .take(length)
            .collect();
        for at in 1..length {
            for byte in 0..0x80 {
                let mut path = path.clone();
                path[at] = byte;
                let path = String::from_utf8(path).unwrap();
                assert_eq!(
                    is_plain(path.as_bytes()),
                    is_plain_slowly(&path),
                    "{path:?}"
                );
            }
        }
    }
}

#[test]
fn plain_paths_have_few_enough_segments_of_ascii() {
    for path in [
        "/".to_owned(),
        "/é".into(),
        "/abcdefghijklmnopqrstuvwxyz/é".into(),
        "/a".repeat(MAX_SEGMENTS),
        "/a".repeat(MAX_SEGMENTS + 1),
        "/abc".repeat(MAX_SEGMENTS),
        "/abc".repeat(MAX_SEGMENTS + 1),
    ] {
        assert_eq!(
            is_plain(path.as_bytes()),
            is_plain_slowly(&path),
            "{path:?}"
        );
    }
}
