//! Path admission: every short path over the characters that matter, every escape, every limit.

use proptest::prelude::*;
use tollgate_engine::path::AdmittedPath;

use crate::admit;
use crate::generated::config;

/// Both take the path apart alike, or both refuse it.
fn agree(raw: &str) {
    let expected = admit::admit(raw);
    match AdmittedPath::admit(raw) {
        Ok(path) => {
            let segments: Vec<_> = path.segments().map(str::to_owned).collect();
            assert_eq!(
                Some(&segments),
                expected.as_ref(),
                "engine, then reference, on {raw:?}"
            );
            assert_eq!(
                (path.len(), path.is_empty()),
                (segments.len(), segments.is_empty()),
                "{raw:?}"
            );
            for at in 0..segments.len() {
                assert_eq!(
                    path.segment(at),
                    Some(&*segments[at]),
                    "segment {at} of {raw:?}"
                );
                assert_eq!(
                    path.rest(at),
                    Some(&*segments[at..].join("/")),
                    "rest {at} of {raw:?}"
                );
            }
            assert_eq!(
                path.segment(segments.len()),
                None,
                "past the end of {raw:?}"
            );
        }
        Err(reason) => assert_eq!(None, expected, "refused by the engine: {reason:?}, {raw:?}"),
    }
}

/// The text at the start, in the middle, at the end of a segment, and as a whole one.
fn agree_around(text: &str) {
    for around in ["/", "/b/", "/a", "/ü", "/%20"] {
        for after in ["", "/", "a", "/a", "%C3%BC"] {
            agree(&format!("{around}{text}{after}"));
        }
    }
}

#[test]
fn short_paths() {
    let letters = ["/", ".", "%", "2", "e", "F", "C3", "a", ";", " ", "é", "\\"];
    let mut texts = vec![String::new()];
    let mut start = 0;
    for _ in 0..4 {
        let end = texts.len();
        for at in start..end {
            for letter in letters {
                texts.push(format!("{}{letter}", texts[at]));
            }
        }
        start = end;
    }
    for text in texts {
        agree(&text);
        agree(&format!("/{text}"));
        agree(&format!("/a/{text}"));
    }
}

#[test]
fn every_escape() {
    for byte in 0..=u8::MAX {
        agree_around(&format!("%{byte:02X}"));
        agree_around(&format!("%{byte:02x}"));
        for second in 0..=u8::MAX {
            agree(&format!("/%{byte:02X}%{second:02x}"));
        }
    }
}

#[test]
fn every_character() {
    for letter in (0..0x3100)
        .chain(0xfe00..0x1_0100)
        .chain(0x10_fff0..=0x10_ffff)
        .filter_map(char::from_u32)
    {
        let escaped: String = letter
            .to_string()
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        for text in [letter.to_string(), escaped] {
            for (before, after) in [("/", ""), ("/a", "a"), ("/a", ""), ("/", "a")] {
                agree(&format!("{before}{text}{after}"));
            }
        }
    }
}

#[test]
fn every_limit() {
    for length in 2040..2060 {
        for filler in ["a", "é", "%20b", "/a"] {
            let path = format!("/{}", filler.repeat(length));
            let end = path.floor_char_boundary(length);
            agree(&path[..end]);
            agree(&format!("{}/", &path[..end]));
        }
    }
    // Of plain segments, and of one that is looked at closely.
    for segment in ["/a", "/é"] {
        for segments in 60..70 {
            let path = segment.repeat(segments);
            agree(&path);
            agree(&format!("{path}/"));
            agree(&format!("{path}//"));
        }
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn longer_paths(raw in "(/|/|/[a-c.]{1,3}|%[0-9a-fA-F]{2}|%[eE]2%8[0-2]%[89aA][0-9a-fA-F]|[ ;%é\\\\*?#]|\\PC){0,12}") {
        agree(&raw);
        agree(&format!("/{raw}"));
    }
}
