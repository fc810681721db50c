//! Which patterns match a path, and in what order, however they came to share their nodes.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use tollgate_grammar::tree::Segment;
use tollgate_grammar::{FileId, Span, Spanned};

use super::Trie;
use super::patterns::Part;
use crate::path::AdmittedPath;

/// The patterns of a policy as written, and what a path finds among them, in order.
type Case = (
    &'static [&'static str],
    &'static [(&'static str, &'static [&'static str])],
);

const CASES: &[Case] = &[
    // One pattern, left at the first segment.
    (&["/"], &[("/", &["/"]), ("/a", &[])]),
    (&["/*"], &[("/", &[]), ("/a", &["/*"]), ("/a/b/c", &["/*"])]),
    (&["/{}"], &[("/", &[]), ("/a", &["/{}"]), ("/a/b", &[])]),
    (
        &["/a/list"],
        &[
            ("/a", &[]),
            ("/a/lis", &[]),
            ("/a/list", &["/a/list"]),
            ("/a/lists", &[]),
            ("/a/list/b", &[]),
            ("/b/list", &[]),
        ],
    ),
    (
        &["/a/{}/edit"],
        &[
            ("/a/4711/edit", &["/a/{}/edit"]),
            ("/a/edit", &[]),
            ("/a/4711", &[]),
            ("/a/4711/edit/b", &[]),
            ("/a/47/11/edit", &[]),
        ],
    ),
    (
        &["/a/files/*"],
        &[
            ("/a/files", &[]),
            ("/a/files/b", &["/a/files/*"]),
            ("/a/files/b/c", &["/a/files/*"]),
            ("/a/filesb", &[]),
        ],
    ),
    // Several, which part somewhere.
    (
        &["/a/b/c/d", "/a/b/c/e", "/a/b"],
        &[
            ("/a/b", &["/a/b"]),
            ("/a/b/c", &[]),
            ("/a/b/c/d", &["/a/b/c/d"]),
            ("/a/b/c/e", &["/a/b/c/e"]),
        ],
    ),
    (
        &["/area-1/x", "/area-11/x", "/rea-1/x", "/area/1/x"],
        &[
            ("/area-1/x", &["/area-1/x"]),
            ("/area-11/x", &["/area-11/x"]),
            ("/rea-1/x", &["/rea-1/x"]),
            ("/area/1/x", &["/area/1/x"]),
            ("/area-/x", &[]),
            ("/1/x", &[]),
        ],
    ),
    // A literal beats a parameter beats the rest, from left to right.
    (
        &["/a/*", "/a/{}", "/a/b", "/{}/b", "/*", "/a", "/{}/*"],
        &[
            ("/a/b", &["/a/b", "/a/{}", "/a/*", "/{}/b", "/{}/*", "/*"]),
            ("/a/c", &["/a/{}", "/a/*", "/{}/*", "/*"]),
            ("/c/b", &["/{}/b", "/{}/*", "/*"]),
            ("/a/b/c", &["/a/*", "/{}/*", "/*"]),
            ("/a", &["/a", "/*"]),
            ("/c", &["/*"]),
            ("/", &[]),
        ],
    ),
    // Escaped or not, no segment of a path is a parameter or the rest.
    (
        &["/{}/{}/c", "/{}/b/*"],
        &[
            ("/%7B%7D/b/c", &["/{}/b/*", "/{}/{}/c"]),
            ("/a/%7B%7D/c", &["/{}/{}/c"]),
            ("/a/b/%2B", &["/{}/b/*"]),
        ],
    ),
];

#[test]
fn patterns_are_found_most_specific_first_in_whatever_order_they_came() {
    for (patterns, paths) in CASES {
        for first in 0..patterns.len() {
            let mut order = patterns.to_vec();
            order.rotate_left(first);
            check(&order, paths);
            order.reverse();
            check(&order, paths);
        }
    }
}

fn check(patterns: &[&'static str], paths: &[(&str, &[&str])]) {
    let mut trie = Trie::<Vec<&str>>::default();
    assert!(trie.is_empty());
    for pattern in patterns {
        trie.entry(&segments(pattern)).push(pattern);
        trie.entry(&segments(pattern)).push(pattern);
    }
    assert!(!trie.is_empty());
    let (mut all, mut wanted) = (Vec::new(), patterns.to_vec());
    trie.patterns(&mut |parts, kept: &Vec<&str>| {
        let parts: Vec<&str> = parts.iter().map(written).collect();
        assert_eq!(format!("/{}", parts.join("/")), kept[0]);
        all.push(kept[0]);
    });
    all.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(all, wanted);
    for (path, wanted) in paths {
        let admitted = AdmittedPath::admit(path).unwrap();
        let mut found = Vec::new();
        let end = trie.find(&admitted, &mut |kept: &Vec<&str>| -> Option<()> {
            assert_eq!(kept.len(), 2, "{kept:?}");
            found.push(kept[0]);
            None
        });
        assert_eq!(end, None);
        assert_eq!(found, *wanted, "{path} among {patterns:?}");
    }
}

fn written<'t>(part: &Part<'t>) -> &'t str {
    match *part {
        Part::Literal(text) => text,
        Part::Parameter => "{}",
        Part::Rest => "*",
    }
}

fn segments(pattern: &str) -> Vec<Segment> {
    let span = Span {
        file: FileId(0),
        start: 0,
        end: 0,
    };
    let spanned = |text: &str| Spanned {
        node: text.to_owned(),
        span,
    };
    let parts = pattern.split('/').filter(|part| !part.is_empty());
    parts
        .map(|part| match part {
            "*" => Segment::Rest { name: None, span },
            "{}" => Segment::Parameter(spanned("name")),
            _ => Segment::Literal(spanned(part)),
        })
        .collect()
}
