//! `tollgate explain-error`: what a code means, a wrong example and a right one.

use std::fmt::Write as _;
use std::process::ExitCode;

use tollgate_grammar::code::Block;
use tollgate_grammar::{Code, suggest};

use super::doctor::code as doctor;
use crate::terminal;

const EXIT_CODES: &str = "Exit codes: 0 done; 2 there is no such code";

/// What `tollgate explain-error` is told.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// A code such as E202 or D101, or its name, such as unknown-tier; without one, all are listed
    code: Option<String>,
}

/// Shows a page, or the list of codes.
pub fn run(arguments: &Arguments) -> ExitCode {
    let Some(word) = &arguments.code else {
        let line = |(id, name, title): (&str, &str, &str)| format!("{id}  {name:22}{title}\n");
        let list: String = all().map(line).collect();
        return terminal::finish(&list, ExitCode::SUCCESS);
    };
    // As it is shown: `error[E102]`
    let word = word.rsplit('[').next().unwrap_or(word);
    let word = word.trim_end_matches(']');
    if let Some(code) = doctor::Code::find(word) {
        return terminal::finish(&doctor_page(code), ExitCode::SUCCESS);
    }
    if let Some(code) = Code::find(word) {
        return terminal::finish(&page(code), ExitCode::SUCCESS);
    }
    eprintln!("tollgate explain-error: there is no code `{word}`");
    let (lower, upper) = (word.to_ascii_lowercase(), word.to_ascii_uppercase());
    let near = suggest::closest(&lower, all().map(|(_, name, _)| name))
        .or_else(|| suggest::closest(&upper, all().map(|(id, ..)| id)));
    match near {
        Some(near) => eprintln!("did you mean `{near}`?"),
        None => eprintln!("`tollgate explain-error` lists all codes"),
    }
    ExitCode::from(2)
}

/// ID, name and title of every code: those of the language, then those of the doctor.
fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let language = Code::ALL.iter();
    let language = language.map(|code| (code.id(), code.name(), code.title()));
    let doctor = doctor::Code::ALL.iter();
    language.chain(doctor.map(|code| (code.id(), code.name(), code.title())))
}

fn doctor_page(code: doctor::Code) -> String {
    let (id, name, title) = (code.id(), code.name(), code.title());
    let (severity, why, cure) = (code.severity().name(), code.why(), code.cure());
    format!("{id} {name}: {title}\n\n{why}\n\nseverity: {severity}\ncure: {cure}\n")
}

fn page(code: Code) -> String {
    let mut text = format!("{} {}: {}\n", code.id(), code.name(), code.title());
    if let Some(page) = code.page() {
        let wrong: String = page.wrong.iter().map(block).collect();
        let right: String = page.right.iter().map(block).collect();
        let explanation = page.explanation;
        let _ = write!(
            text,
            "\n{explanation}\n\nwrong:\n\n{wrong}\nright:\n\n{right}"
        );
    }
    text
}

fn block(block: &Block) -> String {
    let mut lines: Vec<String> = block.name.iter().map(|name| format!("# {name}")).collect();
    lines.extend(block.text.lines().map(str::to_owned));
    if block.latin_1 {
        lines.push("(saved as Latin-1)".to_owned());
    }
    if block.repeat > 1 {
        lines.push(format!("(and so on, {} times)", block.repeat));
    }
    let indented = lines.iter().map(|line| format!("    {line}"));
    indented
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}
