//! Columns: what neighbouring lines have in common starts below each other.

use super::WIDTH;
use super::lines::{Kind, Line, width};

/// Longest beginning of a line that its neighbours are aligned with. A longer one stands for
/// itself, so that one long pattern does not push all others apart.
const LONGEST_HEAD: usize = 48;

/// Longest line whose comment is aligned with those of its neighbours.
const LONGEST_BEFORE_COMMENT: usize = 72;

/// Spaces between a line and its comment.
const BEFORE_COMMENT: usize = 2;

/// Aligns the lines of a file: in each block of neighbours the tails, then the comments.
///
/// A blank line or a line of another kind ends a block, a comment line does not.
pub(super) fn align(lines: &mut [Line]) {
    let mut above = Kind::Other;
    for line in lines.iter_mut() {
        if line.is_comment() && !line.blank_before {
            line.kind = above;
        }
        above = line.kind;
    }
    let neighbours = |above: &Line, below: &Line| {
        above.kind == below.kind && below.kind != Kind::Other && !below.blank_before
    };
    for block in lines.chunk_by_mut(neighbours) {
        tails(block);
        let commented = |line: &Line| line.comment.is_some() && !line.is_comment();
        for block in block.chunk_by_mut(|above, below| commented(above) && commented(below)) {
            comments(block);
        }
    }
}

fn tails(block: &mut [Line]) {
    let aligned = |line: &Line| !line.tail.is_empty() && width(&line.head) <= LONGEST_HEAD;
    let heads = block.iter().filter(|line| aligned(line));
    let Some(widest) = heads.map(|line| width(&line.head)).max() else {
        return;
    };
    for line in block.iter_mut().filter(|line| aligned(line)) {
        if line.indent + widest + 1 + width(&line.tail) <= WIDTH {
            line.gap = widest + 1 - width(&line.head);
        }
    }
}

fn comments(block: &mut [Line]) {
    let ends = block.iter().map(|line| line.indent + width(&line.code()));
    let widest = ends.filter(|end| *end <= LONGEST_BEFORE_COMMENT).max();
    for line in block {
        let end = line.indent + width(&line.code());
        line.comment_gap = match widest {
            Some(widest) if end <= LONGEST_BEFORE_COMMENT => widest - end + BEFORE_COMMENT,
            _ => BEFORE_COMMENT,
        };
    }
}
