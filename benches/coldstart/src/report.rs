//! What was measured, as a table with ratios and the aims beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Failure;
use crate::peer::{Peer, Transport};

/// All figures of one peer over one transport.
pub struct Measured {
    pub name: &'static str,
    pub transport: Transport,
    shipped: Vec<PathBuf>,
    pub to_poll: Vec<Duration>,
    pub first_event: Vec<Duration>,
    pub to_answer: Vec<Duration>,
    pub processor: Vec<Duration>,
    /// KiB after the first answer.
    pub resident: Vec<u64>,
    /// KiB after all warm events.
    pub resident_warm: Option<u64>,
    pub known: Vec<Duration>,
    pub never_seen: Vec<Duration>,
}

impl Measured {
    pub fn of(peer: &Peer, transport: Transport) -> Self {
        Self {
            name: peer.name,
            transport,
            shipped: peer.shipped.clone(),
            to_poll: Vec::new(),
            first_event: Vec::new(),
            to_answer: Vec::new(),
            processor: Vec::new(),
            resident: Vec::new(),
            resident_warm: None,
            known: Vec::new(),
            never_seen: Vec::new(),
        }
    }
}

/// The value below which this share of them lies.
pub fn quantile<T: Copy + Ord + Default>(values: &[T], share: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() as f64 * share) as usize;
    sorted
        .get(place.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn millis(values: &[Duration]) -> f64 {
    quantile(values, 0.5).as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Everything, in Markdown.
pub fn table(measured: &[Measured], built: &Path) -> Result<String, Failure> {
    let mut text = cold(measured, built)?;
    text.push_str(&warm(measured)?);
    text.push_str(&aims(measured, built)?);
    Ok(text)
}

/// Fresh processes, with how many times ours each takes.
fn cold(measured: &[Measured], built: &Path) -> Result<String, Failure> {
    let mut text = String::from(
        "## Cold start\n\nFresh processes that read a secret from SSM and fetch a JWKS, both on loopback, plain or over \
         TLS, then verify an ES256 token and answer; medians.\n\n\
         | fresh process | | to first poll | first event | to first answer | beside tollgate | processor | resident | shipped | zipped |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for one in measured {
        let ours = measured
            .iter()
            .find(|other| other.transport == one.transport)
            .map_or(f64::NAN, |ours| millis(&ours.to_answer));
        let (shipped, zipped) = sizes(one, built)?;
        writeln!(
            text,
            "| {} | {} | {:.1} ms | {:.2} ms | {:.1} ms | {:.2}× | {:.1} ms | {:.1} MB | {shipped:.1} MB | {zipped:.1} MB |",
            one.name,
            one.transport.name(),
            millis(&one.to_poll),
            millis(&one.first_event),
            millis(&one.to_answer),
            millis(&one.to_answer) / ours,
            millis(&one.processor),
            megabytes(quantile(&one.resident, 0.5)),
        )?;
    }
    Ok(text)
}

/// Events to processes that live on.
fn warm(measured: &[Measured]) -> Result<String, Failure> {
    let mut text = String::from(
        "\nProcesses that live on, all of them and the Runtime API on one processor: waking another takes as long as an \
         answer does, and never the same. They take turns; the first events of a turn are not counted.\n\
         \n| warm events | known token p50 | p99 | never seen p50 | p99 | beside tollgate | resident after all |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    let warm: Vec<&Measured> = measured
        .iter()
        .filter(|one| !one.known.is_empty())
        .collect();
    for one in &warm {
        let of = |values: &[Duration], share| micros(quantile(values, share));
        let ours = warm.first().map_or(f64::NAN, |ours| of(&ours.known, 0.5));
        writeln!(
            text,
            "| {} | {:.1} µs | {:.1} µs | {:.1} µs | {:.1} µs | {:.2}× | {:.1} MB |",
            one.name,
            of(&one.known, 0.5),
            of(&one.known, 0.99),
            of(&one.never_seen, 0.5),
            of(&one.never_seen, 0.99),
            of(&one.known, 0.5) / ours,
            megabytes(one.resident_warm.unwrap_or_default()),
        )?;
    }
    Ok(text)
}

/// MB of KiB.
fn megabytes(kibibytes: u64) -> f64 {
    kibibytes as f64 * 1024.0 / 1e6
}

/// MB shipped, and zipped.
fn sizes(one: &Measured, built: &Path) -> Result<(f64, f64), Failure> {
    let (mut plain, mut zipped) = (0, 0);
    for path in &one.shipped {
        plain += size(path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let archive = built.join("zips").join(name + ".zip");
        zipped += fs::metadata(&archive)
            .map_err(|error| format!("{}: {error}", archive.display()))?
            .len();
    }
    Ok((plain as f64 / 1e6, zipped as f64 / 1e6))
}

fn size(path: &Path) -> Result<u64, Failure> {
    let metadata = fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}

/// What was set out to be reached, and whether it was.
fn aims(measured: &[Measured], built: &Path) -> Result<String, Failure> {
    let find = |name: &str, transport| {
        measured
            .iter()
            .find(|one| one.name.starts_with(name) && one.transport == transport)
    };
    let Some(ours) = find("tollgate", Transport::Tls) else {
        return Ok(String::new());
    };
    let (shipped, zipped) = sizes(ours, built)?;
    let mut rows = vec![
        (
            "spawn to first answer over TLS, ms",
            millis(&ours.to_answer),
            9.0,
        ),
        (
            "resident after it, MB",
            megabytes(quantile(&ours.resident, 0.5)),
            10.0,
        ),
        ("binary, MB", shipped, 8.0),
        ("zip, MB", zipped, 4.0),
    ];
    if let Some(node) = find("aws-jwt-verify", Transport::Tls) {
        rows.push((
            "spawn to first answer over TLS, as a part of Node.js's",
            millis(&ours.to_answer) / millis(&node.to_answer),
            1.0 / 25.0,
        ));
    }
    let of = |one: &Measured, share| micros(quantile(&one.known, share));
    let never_seen = |one: &Measured| micros(quantile(&one.never_seen, 0.5));
    if let Some(empty) = find("empty", Transport::Tls) {
        rows.push((
            "known token p50, as a part of the empty function's",
            of(ours, 0.5) / of(empty, 0.5),
            1.15,
        ));
    }
    if let Some(check) = find("a bare check", Transport::Tls) {
        rows.push((
            "never seen p50, as a part of the bare check's",
            never_seen(ours) / never_seen(check),
            1.15,
        ));
    }
    rows.push(("known token p99 / p50", of(ours, 0.99) / of(ours, 0.5), 2.0));
    let mut text = String::from("\n| aim | measured | at most | |\n|---|--:|--:|---|\n");
    for (words, value, most) in rows {
        let met = if value <= most { "met" } else { "**missed**" };
        writeln!(text, "| {words} | {value:.2} | {most:.2} | {met} |")?;
    }
    Ok(text)
}
