//! Verifying a token, beside the bare signature check and another verifier; and one that was
//! verified before.

use std::hint::black_box;

use criterion::BenchmarkId;
use tollgate_benches::figure::{factor, or_dash, time};
use tollgate_benches::known::{Claims, Known};
use tollgate_benches::medians::{self, median, ratio};
use tollgate_benches::part::{Aim, Part};
use tollgate_benches::tokens::{ALGORITHMS, Token};
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::jwt::Algorithm;

const KNOWN: &str = "known";

fn main() {
    let mut criterion = medians::criterion();
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
    let known = Known::new(1, Claims::Usual);
    known.show(0);
    assert_eq!(known.show(0), Origin::Cache, "verified a moment before");
    group.bench_function(KNOWN, |bencher| bencher.iter(|| known.show(0)));
    group.finish();
    criterion.final_summary();
    part().leave();
}

/// What was measured, with the aims beside it.
fn part() -> Part {
    let mut part = Part::new("20-verification", "Verifying a token");
    part.say(
        "A token of 14 claims: signature, kind, times, issuer, audience and subject, by one crypto library \
         (AWS-LC) in all columns; beside the bare check of its signature.",
    );
    let of = |name: &str, algorithm: Algorithm| format!("verify/{name}/{algorithm}");
    let heads = [
        "",
        "bare check",
        "tollgate",
        "jsonwebtoken",
        "tollgate / bare",
        "jsonwebtoken / bare",
    ];
    let rows = ALGORITHMS.map(|algorithm| {
        let bare = of("bare", algorithm);
        let times = ["bare", "tollgate", "jsonwebtoken"].map(|name| median(&of(name, algorithm)));
        let ratios = ["tollgate", "jsonwebtoken"].map(|name| ratio(&of(name, algorithm), &bare));
        let mut row = vec![algorithm.to_string()];
        row.extend(times.map(|nanos| or_dash(nanos, time)));
        row.extend(ratios.map(|ratio| or_dash(ratio, factor)));
        row
    });
    part.table(&heads.map(str::to_owned), &rows);
    let known = median(&format!("verify/{KNOWN}"));
    let words = or_dash(known, time);
    part.say(&format!(
        "A token that was verified before, SHA-256 of it included: {words}."
    ));
    let mut aims: Vec<_> = ALGORITHMS
        .map(|algorithm| Aim {
            words: format!("{algorithm}: a verification / the bare check"),
            measured: ratio(&of("tollgate", algorithm), &of("bare", algorithm)),
            most: most(algorithm),
        })
        .into();
    aims.push(Aim {
        words: "a known token, µs".to_owned(),
        measured: known.map(|nanos| nanos / 1e3),
        most: 2.0,
    });
    part.aims(&aims);
    part
}

/// The most a whole verification may take, in bare signature checks.
fn most(algorithm: Algorithm) -> f64 {
    match algorithm {
        Algorithm::Rs256 => 1.3,
        Algorithm::Hs256 => 2.0,
        _ => 1.15,
    }
}
