//! What a policy may not exceed, so that no text costs unbounded time, memory or stack.

/// Bytes of one file.
pub const FILE_BYTES: usize = 4 * 1024 * 1024;

/// How deep parentheses and `not` may nest, taken together.
pub const NESTING: usize = 64;

/// Findings of one run; the rest is summed up in one line.
pub const FINDINGS: usize = 1_000;

/// Bytes of a name, an ID or a member of a claim's path.
pub const NAME_BYTES: usize = 256;

/// Characters of a hint after `else`.
pub const HINT_CHARS: usize = 300;

/// Members of a claim's path.
pub const CLAIM_MEMBERS: usize = 16;

/// Segments of a path that a request may have; a longer pattern could never match.
pub const PATH_SEGMENTS: usize = 64;

/// Bytes of a path that a request may have; a longer pattern could never match.
pub const PATH_BYTES: usize = 2_048;
