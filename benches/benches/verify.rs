//! Verifying a token, beside the bare signature check and another verifier; and one that was
//! verified before.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use tollgate_benches::known::Known;
use tollgate_benches::tokens::{ALGORITHMS, Token};
use tollgate_identity::jwt::Algorithm;

/// The most that a known token may take, in nanoseconds.
const KNOWN_AIM: f64 = 2_000.0;
const KNOWN: &str = "known";

fn main() {
    let folder = output();
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
        .configure_from_args();
    let mut group = criterion.benchmark_group("verify");
    for algorithm in ALGORITHMS {
        let token = Token::new(algorithm);
        let mut bench = |name, verify: fn(&Token) -> bool| {
            // Whoever answers wrongly is not measured but stopped.
            assert!(verify(&token), "{name}, {algorithm}");
            group.bench_function(BenchmarkId::new(name, algorithm), |bencher| {
                bencher.iter(|| verify(black_box(&token)));
            });
        };
        bench("bare", Token::verify_bare);
        bench("tollgate", Token::verify);
        bench("jsonwebtoken", Token::verify_other);
    }
    let known = Known::new();
    group.bench_function(KNOWN, |bencher| bencher.iter(|| known.verify()));
    group.finish();
    criterion.final_summary();
    println!("{}", table(&folder));
}

/// Beside what was built, wherever that is.
fn output() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    let built = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").exists());
    built.unwrap_or(Path::new("target")).join("criterion")
}

/// Median in nanoseconds.
fn median(folder: &Path, bench: &str) -> Option<f64> {
    let file = format!("verify/{bench}/new/estimates.json");
    let text = std::fs::read_to_string(folder.join(file)).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// The most a whole verification may take, in bare signature checks.
fn aim(algorithm: Algorithm) -> f64 {
    match algorithm {
        Algorithm::Rs256 => 1.3,
        Algorithm::Hs256 => 2.0,
        _ => 1.15,
    }
}

/// What was measured, with the aims beside it.
fn table(folder: &Path) -> String {
    let mut table = format!(
        "\nverifying a token, in signature checks\n{:12}{:>13}{:>13}{:>13}\n",
        "", "bare, µs", "tollgate", "jsonwebtoken"
    );
    let mut aims = String::from("\naims\n");
    for algorithm in ALGORITHMS {
        let nanos = |name| median(folder, &format!("{name}/{algorithm}"));
        let ratio = |name| Some(nanos(name)? / nanos("bare")?);
        let figure = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
        let bare = figure(nanos("bare").map(|nanos| nanos / 1e3));
        let (ours, other) = (ratio("tollgate"), ratio("jsonwebtoken"));
        let name = algorithm.to_string();
        table += &format!(
            "{name:12}{bare:>13}{:>13}{:>13}\n",
            figure(ours),
            figure(other)
        );
        let most = aim(algorithm);
        let verdict = match ours {
            None => "not measured",
            Some(ours) if ours <= most => "met",
            Some(_) => "MISSED",
        };
        let words = format!("{name}: a verification to the bare signature check");
        aims += &format!("{words:60}{:>8} of {most} times: {verdict}\n", figure(ours));
    }
    let known = median(folder, KNOWN);
    let verdict = match known {
        None => "not measured",
        Some(nanos) if nanos <= KNOWN_AIM => "met",
        Some(_) => "MISSED",
    };
    let (words, figure) = (
        "a known token, SHA-256 of it included, ns",
        known.unwrap_or_default(),
    );
    aims += &format!("{words:60}{figure:>8.0} of {KNOWN_AIM:.0}: {verdict}\n");
    table + &aims
}
