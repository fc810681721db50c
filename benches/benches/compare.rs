//! Decisions and loads, of Tollgate and of others on the same rules, in one run and one table.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use tollgate_benches::rego::Rego;
use tollgate_benches::router::Router;
use tollgate_benches::rules::Asked;
use tollgate_benches::tollgate::Tollgate;
use tollgate_benches::{cedar, decisions, medians, rules, tollgate};

fn main() {
    let mut criterion = medians::criterion();
    decide(&mut criterion, "decide", Asked::Few);
    decide(&mut criterion, "decide-all", Asked::All);
    load(&mut criterion);
    criterion.final_summary();
    decisions::part().leave();
}

/// Each engine in turn, at each number of rules.
fn decide(criterion: &mut Criterion, name: &str, asked: Asked) {
    let mut group = criterion.benchmark_group(name);
    for size in decisions::SIZES {
        let paths = rules::paths(size, asked);
        let mut bench = |name: &str, wanted: bool, allows: &mut dyn FnMut(&str) -> bool| {
            // Whoever answers wrongly is not measured but stopped.
            for path in paths.iter().take(100) {
                assert_eq!(allows(path), wanted, "{name}, {size} rules, {path}");
            }
            let mut paths = paths.iter().cycle();
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| allows(black_box(paths.next().map_or("", String::as_str))));
            });
        };
        let all = rules::all_products;
        let ours = Tollgate::new(size, all());
        bench("tollgate", true, &mut |path| ours.allows(path));
        let user = tollgate::user(all());
        bench("tollgate-user", true, &mut |path| {
            ours.allows_user(path, user.clone())
        });
        let denied = Tollgate::new(size, Vec::new());
        bench("tollgate-denied", false, &mut |path| denied.allows(path));
        let router = Router::new(size, all());
        bench("matchit", true, &mut |path| router.allows(path));
        let mut rego = Rego::new(size, all());
        bench("regorus", true, &mut |path| rego.allows(path));
        let indexed = cedar::Indexed::new(size, all());
        bench("cedar-indexed", true, &mut |path| indexed.allows(path));
        let flat = cedar::Flat::new(size, all());
        bench("cedar", true, &mut |path| flat.allows(path));
    }
    group.finish();
}

/// From text to a policy that can decide.
fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(20);
    for size in decisions::LOADS {
        let text = tollgate::text(size);
        group.bench_function(BenchmarkId::new("tollgate", size), |bencher| {
            bencher.iter(|| tollgate::load(black_box(&text)));
        });
        let text = cedar::text(size);
        group.bench_function(BenchmarkId::new("cedar", size), |bencher| {
            bencher.iter(|| cedar::load(black_box(&text)));
        });
    }
    group.finish();
}
