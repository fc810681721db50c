//! What is left of a pattern from some segment on, as bytes that a path is compared with in one go.

use tollgate_grammar::tree::Segment;

/// One segment. No path has a control character once admitted, and no literal has one.
pub(super) const PARAMETER: u8 = 0;
/// One or more segments, to the end.
pub(super) const REST: u8 = 1;

/// Writes segments with a slash between them.
pub(super) fn write(segments: &[Segment], texts: &mut Vec<u8>) {
    for (at, segment) in segments.iter().enumerate() {
        if at > 0 {
            texts.push(b'/');
        }
        match segment {
            Segment::Literal(text) => texts.extend_from_slice(text.node.as_bytes()),
            Segment::Parameter(_) => texts.push(PARAMETER),
            Segment::Rest { .. } => texts.push(REST),
        }
    }
}

/// Whether what is left of a path is what is left of a pattern.
#[inline]
pub(super) fn matches(tail: &[u8], mut path: &[u8]) -> bool {
    for wanted in tail {
        match (*wanted, path) {
            (_, []) => return false,
            (REST, _) => return true,
            (PARAMETER, _) => {
                let end = path.iter().position(|byte| *byte == b'/');
                path = path.get(end.unwrap_or(path.len())..).unwrap_or_default();
            }
            (wanted, [byte, behind @ ..]) if wanted == *byte => path = behind,
            _ => return false,
        }
    }
    path.is_empty()
}
