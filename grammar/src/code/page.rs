//! The page of a code: what it means, an example that is wrong and one that is right.
//!
//! The pages stand in `codes.md`, a section a code. A block of a policy may say after ```` ```policy ````:
//! a file name (the blocks of an example are the files of one policy), `latin-1` (its bytes are
//! not UTF-8), or `repeat=N` (it stands there so many times).

use crate::code::Code;

const PAGES: &str = include_str!("../codes.md");

/// What `tollgate explain-error` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// A few sentences.
    pub explanation: &'static str,
    /// A policy that is reported with the code.
    pub wrong: Vec<Block>,
    /// How it may be written instead.
    pub right: Vec<Block>,
}

/// A file of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name, if there are several.
    pub name: Option<&'static str>,
    /// Its text.
    pub text: &'static str,
    /// How often the text stands there.
    pub repeat: usize,
    /// Its bytes are Latin-1.
    pub latin_1: bool,
}

impl Code {
    /// The page of this code; `None` only if it was forgotten, which the tests would find.
    pub fn page(self) -> Option<Page> {
        let head = format!("\n## {} {}\n", self.id(), self.name());
        let start = PAGES.find(&head)? + head.len();
        let section = PAGES.get(start..)?;
        let section = section.split("\n## ").next()?;
        let (explanation, examples) = section.split_once("\n### Wrong\n")?;
        let (wrong, right) = examples.split_once("\n### Right\n")?;
        Some(Page {
            explanation: explanation.trim(),
            wrong: blocks(wrong),
            right: blocks(right),
        })
    }

    /// The code with this ID or name, in upper or lower case.
    pub fn find(text: &str) -> Option<Self> {
        let matches = |code: &Self| {
            code.id().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text)
        };
        Self::ALL.iter().copied().find(matches)
    }
}

fn blocks(text: &'static str) -> Vec<Block> {
    let fenced = text.split("```policy").skip(1);
    fenced
        .filter_map(|block| {
            let (info, text) = block.split_once('\n')?;
            let text = text.split("```").next()?;
            let words = || info.split_whitespace();
            Some(Block {
                name: words().find(|word| word.ends_with(".policy")),
                text,
                repeat: words()
                    .find_map(|word| word.strip_prefix("repeat=")?.parse().ok())
                    .unwrap_or(1),
                latin_1: words().any(|word| word == "latin-1"),
            })
        })
        .collect()
}
