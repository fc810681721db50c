//! Routes of a policy: a decision, a load, and the memory of both.

use std::hint::black_box;
use std::time::Instant;

use tollgate_benches::figure::{count, size, time};
use tollgate_benches::part::Part;
use tollgate_benches::rules::{self, Asked};
use tollgate_benches::tollgate::{self, Tollgate};

use crate::curve::Curve;
use crate::memory::{Taken, taken};
use crate::timing::{nanos, per_call, quantile};

/// Numbers of routes.
const SIZES: [usize; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// How often a policy is loaded; the largest take seconds.
const fn loads(routes: usize) -> usize {
    if routes > 10_000 { 3 } else { 9 }
}

/// A policy of so many routes.
struct Grown {
    decision: f64,
    load: f64,
    memory: Taken,
}

/// Measures all sizes.
pub fn measure(part: &mut Part) {
    let grown = SIZES.map(grow);
    let curve = |figure: fn(&Grown) -> f64| {
        let figures = SIZES.iter().copied().zip(grown.iter().map(figure));
        Curve(figures.collect())
    };
    let decisions = curve(|grown| grown.decision);
    let per_route = |figure: fn(&Grown) -> f64| {
        let curve = curve(figure);
        Curve(
            curve
                .0
                .into_iter()
                .map(|(n, all)| (n, all / n as f64))
                .collect(),
        )
    };
    let loads = per_route(|grown| grown.load);
    let held = per_route(|grown| grown.memory.held);
    let heads = [
        "routes",
        "a decision",
        "×",
        "load",
        "a route",
        "×",
        "held",
        "a route",
        "×",
        "most while loading",
    ];
    let rows = grown.iter().enumerate().map(|(at, grown)| {
        vec![
            count(SIZES[at]),
            time(grown.decision),
            decisions.growth(at),
            time(grown.load),
            time(loads.0[at].1),
            loads.growth(at),
            size(grown.memory.held),
            size(held.0[at].1),
            held.growth(at),
            size(grown.memory.peak),
        ]
    });
    part.section("Routes of a policy");
    part.table(&heads.map(str::to_owned), &rows.collect::<Vec<_>>());
    part.say(&format!(
        "Paths of all routes in no order. **Where it bends**: a decision is {}; what is slower there waits for \
         memory. Loading a route is {}. A policy may have 256 files of 4 MiB, some 18 million routes such as \
         these; Lambda gives a function's init 10 s.",
        decisions.bend(1.5, "routes"),
        loads.bend(1.5, "routes"),
    ));
}

fn grow(routes: usize) -> Grown {
    let text = tollgate::text(routes);
    let mut took: Vec<_> = (0..loads(routes))
        .map(|_| {
            let began = Instant::now();
            black_box(tollgate::load(black_box(&text)));
            began.elapsed()
        })
        .collect();
    let (policy, memory) = taken(|| tollgate::load(&text));
    let ours = Tollgate::with(policy, rules::all_products());
    let paths = rules::paths(routes, Asked::All);
    let decision = per_call(paths.len(), || {
        for path in &paths {
            // Whoever answers wrongly is not measured but stopped.
            assert!(ours.allows(black_box(path)), "{routes} routes, {path}");
        }
    });
    Grown {
        decision,
        load: nanos(quantile(&mut took, 0.5)),
        memory,
    }
}
