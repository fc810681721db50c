//! A matrix as text.

use std::fmt::Write as _;

use serde_json::json;

use super::{Format, Matrix};
use crate::matrix::Row;

/// Columns of a terminal that does not say how wide it is.
const WIDTH: usize = 100;
/// Spaces between columns.
const GAP: usize = 2;

pub(super) fn text(matrix: &Matrix, format: Format) -> Result<String, String> {
    match format {
        Format::Table => Ok(table(matrix, width())),
        Format::Csv => Ok(csv(matrix)),
        Format::Markdown => Ok(markdown(matrix)),
        Format::Json => json(matrix),
    }
}

fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse().ok());
    columns.unwrap_or(WIDTH)
}

/// `A`, `B`, … `Z`, `AA`
fn letter(number: usize) -> String {
    let last = char::from(b'A' + u8::try_from(number % 26).unwrap_or(0));
    match (number / 26).checked_sub(1) {
        Some(more) => letter(more) + &last.to_string(),
        None => last.to_string(),
    }
}

/// Users by letter, then blocks of as many columns as fit.
fn table(matrix: &Matrix, width: usize) -> String {
    let mut text = String::new();
    for (number, name) in matrix.columns.iter().enumerate() {
        let _ = writeln!(text, "{:>2}  {name}", letter(number));
    }
    if matrix.left_out > 0 {
        let _ = writeln!(
            text,
            "    more users that would be typical: {}; name them with --user",
            matrix.left_out
        );
    }
    let label = |row: &Row| match &row.call {
        None => row.rule.clone(),
        Some(call) => call.to_string(),
    };
    let labels: Vec<String> = matrix.rows.iter().map(label).collect();
    let widest = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0);
    let mut first = 0;
    while first < matrix.columns.len() {
        let widths = widths(matrix, first, width.saturating_sub(widest));
        text.push('\n');
        let letters: Vec<String> = (first..first + widths.len()).map(letter).collect();
        line(
            &mut text,
            "",
            widest,
            &widths,
            letters.iter().map(String::as_str),
        );
        for (row, label) in matrix.rows.iter().zip(&labels) {
            if row.call.is_none() {
                let _ = writeln!(text, "{label}: no path was found that this route decides");
                continue;
            }
            let cells = row.cells.iter().skip(first).copied();
            line(&mut text, label, widest, &widths, cells);
        }
        first += widths.len();
    }
    text
}

/// How wide the columns from this one on are, as many as there is room for, but at least one.
fn widths(matrix: &Matrix, first: usize, room: usize) -> Vec<usize> {
    let (mut widths, mut taken) = (Vec::new(), 0);
    for number in first..matrix.columns.len() {
        let cells = matrix.rows.iter().filter_map(|row| row.cells.get(number));
        let width = cells.map(|cell| cell.len()).max().unwrap_or(0);
        taken += width + GAP;
        if taken > room && !widths.is_empty() {
            break;
        }
        widths.push(width);
    }
    widths
}

fn line<'c>(
    text: &mut String,
    label: &str,
    widest: usize,
    widths: &[usize],
    cells: impl Iterator<Item = &'c str>,
) {
    let space = widest.saturating_sub(label.chars().count());
    let mut line = format!("{label}{}", " ".repeat(space));
    for (cell, width) in cells.zip(widths) {
        let _ = write!(line, "{}{cell:<width$}", " ".repeat(GAP));
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

fn csv(matrix: &Matrix) -> String {
    let mut text = String::new();
    let heads = ["rule", "place", "call"].map(str::to_owned);
    record(
        &mut text,
        heads.iter().chain(&matrix.columns).map(String::as_str),
    );
    for row in &matrix.rows {
        let heads = [row.rule.clone(), row.place(), row.called()];
        let cells = row.cells.iter().copied();
        record(&mut text, heads.iter().map(String::as_str).chain(cells));
    }
    text
}

/// RFC 4180: quotes where a field needs them, lines that end in CRLF.
fn record<'f>(text: &mut String, fields: impl Iterator<Item = &'f str>) {
    let fields = fields.map(|field| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    });
    text.push_str(&fields.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

fn markdown(matrix: &Matrix) -> String {
    let code = |text: &str| match text {
        "" => String::new(),
        text => format!("`{}`", text.replace('`', "'").replace('|', "\\|")),
    };
    let mut text = String::from("| rule | call |");
    for name in &matrix.columns {
        let _ = write!(text, " {} |", code(name));
    }
    let _ = write!(text, "\n|---|---|{}\n", "---|".repeat(matrix.columns.len()));
    for row in &matrix.rows {
        let _ = write!(text, "| {} | {} |", code(&row.rule), code(&row.called()));
        for cell in &row.cells {
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text
}

fn json(matrix: &Matrix) -> Result<String, String> {
    let row = |row: &Row| json!({ "rule": row.rule, "place": row.place(), "call": row.called(), "cells": row.cells });
    let object = json!({
        "users": matrix.columns,
        "left_out": matrix.left_out,
        "rows": matrix.rows.iter().map(row).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&object).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}
