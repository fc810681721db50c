//! Instructions a decision takes, as valgrind counts them: the same in every run, whatever else the
//! machine does.

use std::hint::black_box;
use std::process::Command;

use tollgate_benches::decisions::SIZES;
use tollgate_benches::router::Router;
use tollgate_benches::rules::{self, Asked};
use tollgate_benches::tollgate::Tollgate;

/// How many decisions are counted; every rule's path comes up once at the most rules.
const DECISIONS: usize = 10_000;

/// What is counted.
const ENGINES: [&str; 2] = ["tollgate", "matchit"];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["decide", engine, size] => decide(engine, size.parse().expect("a number of rules")),
        _ => print!("{}", table()),
    }
}

/// What runs under valgrind.
fn decide(engine: &str, size: usize) {
    let paths = rules::paths(size, Asked::All);
    let paths = paths.iter().cycle().take(DECISIONS);
    let products = rules::all_products();
    let all_allowed = match engine {
        "tollgate" => {
            let ours = Tollgate::new(size, products);
            counted(paths, |path| ours.allows(path))
        }
        _ => {
            let router = Router::new(size, products);
            counted(paths, |path| router.allows(path))
        }
    };
    assert!(all_allowed, "{engine} answers wrongly");
}

/// Valgrind counts what happens in here, by this name.
#[inline(never)]
fn counted<'p>(mut paths: impl Iterator<Item = &'p String>, allows: impl Fn(&str) -> bool) -> bool {
    paths.all(|path| black_box(allows(black_box(path))))
}

fn table() -> String {
    let heads = SIZES.map(|size| format!("{:>13}", format!("{size} rules")));
    let mut table = format!("instructions a decision\n{:26}{}\n", "", heads.concat());
    for engine in ENGINES {
        let counts = SIZES.map(|size| format!("{:>13}", count(engine, size)));
        table += &format!("{engine:26}{}\n", counts.concat());
    }
    table
}

fn count(engine: &str, size: usize) -> usize {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*count::counted*")
        .arg(std::env::current_exe().expect("a program"))
        .args(["decide", engine, &size.to_string()])
        .output()
        .expect("valgrind, which counts instructions");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    // ==4711== Collected : 12345
    let collected = report.split("Collected : ").nth(1);
    let collected = collected.and_then(|rest| rest.split_whitespace().next());
    let collected: usize = collected
        .and_then(|count| count.parse().ok())
        .expect("a count of callgrind");
    collected / DECISIONS
}
