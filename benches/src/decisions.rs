//! Decisions and loads as criterion measured them, with the aims beside them.

use crate::figure::{count, factor, or_dash, time};
use crate::medians::{median, ratio};
use crate::part::{Aim, Part};

/// Numbers of rules that are measured.
pub const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// Numbers of rules that are loaded.
pub const LOADS: [usize; 2] = [50, 10_000];

/// What the engines are called, and the name they are measured under.
const ENGINES: [(&str, &str); 7] = [
    ("tollgate", "tollgate"),
    ("tollgate, user looked up", "tollgate-user"),
    ("tollgate, denied", "tollgate-denied"),
    ("matchit and a set", "matchit"),
    ("regorus behind matchit", "regorus"),
    ("cedar behind matchit", "cedar-indexed"),
    ("cedar, a policy a rule", "cedar"),
];

/// Everything criterion wrote.
pub fn part() -> Part {
    let mut part = Part::new("10-decisions", "Decisions and loads");
    part.say(
        "The same rules, each asking for one product, in each engine's best form. `matchit and a set` is the \
         least a decision can cost: a router's look-up and one in a set of products; it checks no path, no \
         method beside the one, and knows nothing that is unknown.",
    );
    part.section("A decision, hot: eight paths over and over");
    decisions(&mut part, "decide");
    part.section("A decision, random: a path of every rule in no order");
    decisions(&mut part, "decide-all");
    part.section("A load, from text to a policy");
    loads(&mut part);
    part.aims(&aims());
    part
}

fn decisions(part: &mut Part, group: &str) {
    let sizes = SIZES.map(|size| format!("{} rules", count(size)));
    let mut heads = vec![String::new()];
    heads.extend(sizes);
    heads.extend(["10 000 : 10", "beside matchit and a set"].map(str::to_owned));
    let rows = ENGINES.map(|(title, engine)| {
        let name = |engine, size| format!("{group}/{engine}/{size}");
        let growth = ratio(&name(engine, 10_000), &name(engine, 10));
        let beside = ratio(&name(engine, 10_000), &name("matchit", 10_000));
        let mut row = vec![title.to_owned()];
        row.extend(SIZES.map(|size| or_dash(median(&name(engine, size)), time)));
        row.extend([growth, beside].map(|ratio| or_dash(ratio, factor)));
        row
    });
    part.table(&heads, &rows);
}

fn loads(part: &mut Part) {
    let heads = ["rules", "tollgate", "cedar", "cedar beside tollgate"].map(str::to_owned);
    let rows = LOADS.map(|size| {
        let name = |engine| format!("load/{engine}/{size}");
        let (ours, cedar) = (name("tollgate"), name("cedar"));
        vec![
            count(size),
            or_dash(median(&ours), time),
            or_dash(median(&cedar), time),
            or_dash(ratio(&cedar, &ours), factor),
        ]
    });
    part.table(&heads, &rows);
}

fn aims() -> Vec<Aim> {
    let at = |group, engine, size| format!("{group}/{engine}/{size}");
    let mut aims = Vec::new();
    for (words, group) in [("hot", "decide"), ("random", "decide-all")] {
        let ours = at(group, "tollgate", 10_000);
        aims.push(Aim {
            words: format!("{words}: a decision at 10 000 rules / one at 10"),
            measured: ratio(&ours, &at(group, "tollgate", 10)),
            most: 1.5,
        });
        aims.push(Aim {
            words: format!("{words}: a decision at 10 000 rules / matchit and a set"),
            measured: ratio(&ours, &at(group, "matchit", 10_000)),
            most: 1.0,
        });
    }
    for (words, size, unit, most) in [
        ("load of 10 000 rules, ms", 10_000, 1e6, 60.0),
        ("load of 50 rules, µs", 50, 1e3, 300.0),
    ] {
        aims.push(Aim {
            words: words.to_owned(),
            measured: median(&at("load", "tollgate", size)).map(|nanos| nanos / unit),
            most,
        });
    }
    aims
}
