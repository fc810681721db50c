//! A part of `benches/RESULTS.md`: what one bench measured, in Markdown, with the aims beside it.
//! `benches/report` joins the parts.

use std::fs;

use crate::figure::or_dash;
use crate::target::target;

/// Text and tables under one heading.
pub struct Part {
    name: &'static str,
    text: String,
}

/// What was set out to be reached: in words with their unit, what was measured, and the most it may be.
pub struct Aim {
    pub words: String,
    pub measured: Option<f64>,
    pub most: f64,
}

impl Part {
    /// A part without content; its name begins with its place among the parts, as in `10-decisions`.
    pub fn new(name: &'static str, heading: &str) -> Self {
        let text = format!("## {heading}\n");
        Self { name, text }
    }

    /// A heading below the part's own.
    pub fn section(&mut self, heading: &str) {
        self.text += &format!("\n### {heading}\n");
    }

    /// A paragraph.
    pub fn say(&mut self, words: &str) {
        self.text += &format!("\n{words}\n");
    }

    /// A table; its first column holds words, the others figures.
    pub fn table(&mut self, heads: &[String], rows: &[Vec<String>]) {
        self.text += &format!("\n| {} |\n|---|", heads.join(" | "));
        self.text += &"--:|".repeat(heads.len() - 1);
        self.text.push('\n');
        for row in rows {
            self.text += &format!("| {} |\n", row.join(" | "));
        }
    }

    /// The table of aims.
    pub fn aims(&mut self, aims: &[Aim]) {
        self.text += "\n| aim | measured | at most | |\n|---|--:|--:|---|\n";
        for aim in aims {
            let verdict = match aim.measured {
                None => "not measured",
                Some(value) if value <= aim.most => "met",
                Some(_) => "**missed**",
            };
            let measured = or_dash(aim.measured, |value| format!("{value:.2}"));
            let (words, most) = (&aim.words, aim.most);
            self.text += &format!("| {words} | {measured} | {most} | {verdict} |\n");
        }
    }

    /// Prints it, and leaves it where `benches/report` looks for it.
    pub fn leave(self) {
        println!("{}", self.text);
        let folder = target().join("results");
        fs::create_dir_all(&folder).expect("a folder for results");
        let file = folder.join(self.name).with_extension("md");
        fs::write(file, self.text).expect("room for results");
    }
}
