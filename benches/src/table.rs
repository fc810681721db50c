//! What was measured, as tables with the aims beside it.

use std::path::Path;

/// Numbers of rules that are measured.
pub const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

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

/// An aim: what is measured, the most it may be, and in what.
struct Aim {
    words: &'static str,
    value: Option<f64>,
    most: f64,
    unit: &'static str,
}

/// The tables of everything criterion wrote below `folder`.
pub fn table(folder: &Path) -> String {
    let measured = Measured { folder };
    let few = "\na decision, hot: eight paths over and over\n";
    let all = "\na decision, random: a path of every rule in no order\n";
    [
        measured.decisions("decide", few),
        measured.decisions("decide-all", all),
        measured.loads(),
        measured.aims(),
    ]
    .concat()
}

struct Measured<'f> {
    folder: &'f Path,
}

impl Measured<'_> {
    /// Median in nanoseconds.
    fn median(&self, name: &str) -> Option<f64> {
        let file = self.folder.join(name).join("new/estimates.json");
        let text = std::fs::read_to_string(file).ok()?;
        let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
        estimates["median"]["point_estimate"].as_f64()
    }

    fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        Some(self.median(one)? / self.median(other)?)
    }

    fn decisions(&self, group: &str, title: &str) -> String {
        let heads = SIZES
            .map(|size| format!("{:>13}", format!("{size} rules")))
            .concat();
        let mut table = format!(
            "{title}{:26}{heads}  10 000 : 10  beside matchit and a set\n",
            ""
        );
        for (title, engine) in ENGINES {
            let name = |engine, size| format!("{group}/{engine}/{size}");
            let times = SIZES.map(|size| format!("{:>13}", time(self.median(&name(engine, size)))));
            let growth = self.ratio(&name(engine, 10_000), &name(engine, 10));
            let beside = self.ratio(&name(engine, 10_000), &name("matchit", 10_000));
            let (times, growth, beside) = (times.concat(), factor(growth), factor(beside));
            table += &format!("{title:26}{times}{growth:>13}{beside:>26}\n");
        }
        table
    }

    fn loads(&self) -> String {
        let mut table = String::from("\na load, from text to a policy\n");
        for engine in ["tollgate", "cedar"] {
            for size in [50, 10_000] {
                let median = self.median(&format!("load/{engine}/{size}"));
                table += &format!(
                    "{:26}{:>13}\n",
                    format!("{engine}, {size} rules"),
                    time(median)
                );
            }
        }
        table
    }

    fn aims(&self) -> String {
        let in_unit = |name, unit| self.median(name).map(|nanos| nanos / unit);
        let aims = [
            Aim {
                words: "hot: a decision at 10 000 rules to one at 10",
                value: self.ratio("decide/tollgate/10000", "decide/tollgate/10"),
                most: 1.5,
                unit: "times",
            },
            Aim {
                words: "random: a decision at 10 000 rules to one at 10",
                value: self.ratio("decide-all/tollgate/10000", "decide-all/tollgate/10"),
                most: 1.5,
                unit: "times",
            },
            Aim {
                words: "hot: a decision at 10 000 rules to matchit and a set",
                value: self.ratio("decide/tollgate/10000", "decide/matchit/10000"),
                most: 1.0,
                unit: "times",
            },
            Aim {
                words: "random: a decision at 10 000 rules to matchit and a set",
                value: self.ratio("decide-all/tollgate/10000", "decide-all/matchit/10000"),
                most: 1.0,
                unit: "times",
            },
            Aim {
                words: "load of 10 000 rules",
                value: in_unit("load/tollgate/10000", 1e6),
                most: 60.0,
                unit: "ms",
            },
            Aim {
                words: "load of 50 rules",
                value: in_unit("load/tollgate/50", 1e3),
                most: 300.0,
                unit: "µs",
            },
        ];
        let mut table = String::from("\naims\n");
        for Aim {
            words,
            value,
            most,
            unit,
        } in aims
        {
            let (value, verdict) = match value {
                None => ("-".to_owned(), "not measured"),
                Some(value) if value <= most => (format!("{value:.2}"), "met"),
                Some(value) => (format!("{value:.2}"), "MISSED"),
            };
            table += &format!("{words:60}{value:>8} of {most} {unit}: {verdict}\n");
        }
        table
    }
}

fn factor(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}×"))
}

fn time(nanos: Option<f64>) -> String {
    match nanos {
        None => "-".to_owned(),
        Some(nanos) if nanos < 1e3 => format!("{nanos:.0} ns"),
        Some(nanos) if nanos < 1e6 => format!("{:.2} µs", nanos / 1e3),
        Some(nanos) => format!("{:.2} ms", nanos / 1e6),
    }
}
