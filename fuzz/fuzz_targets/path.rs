//! Any text as the path of a request: taken apart as the naive reference of `engine/tests` does, or
//! refused by both.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_engine::path::{AdmittedPath, is_token};
use tollgate_fuzz::admit;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for path in [text.to_string(), format!("/{text}"), format!("/a/{text}/b")] {
        let admitted = AdmittedPath::admit(&path);
        let expected = admit::admit(&path);
        let segments = admitted.as_ref().ok().map(|path| path.segments().collect());
        let expected: Option<Vec<&str>> = expected
            .as_ref()
            .map(|segments| segments.iter().map(String::as_str).collect());
        assert_eq!(segments, expected, "{path:?}: {admitted:?}");
        if let (Ok(admitted), Some(segments)) = (&admitted, segments) {
            parts(admitted, &segments);
        }
    }
    assert_eq!(is_token(&text), admit::is_method(&text), "{text:?}");
});

/// Each way to ask for segments says the same.
fn parts(path: &AdmittedPath<'_>, segments: &[&str]) {
    assert_eq!(path.len(), segments.len());
    assert_eq!(path.is_empty(), segments.is_empty());
    for index in 0..=segments.len() {
        let rest = segments.get(index..).filter(|rest| !rest.is_empty());
        assert_eq!(path.segment(index), segments.get(index).copied());
        assert_eq!(
            path.rest(index).map(str::to_owned),
            rest.map(|rest| rest.join("/"))
        );
    }
}
