//! Events at once in one process: how many a second, how long each takes, and in how much memory.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::time::sleep;
use tollgate_benches::figure::{count, share, size, time};
use tollgate_benches::part::Part;
use tollgate_benches::rules::product;
use tollgate_benches::target::target;

use crate::process::{Process, processor};
use crate::provider;
use crate::runtime_api::RuntimeApi;
use crate::timing::{nanos, quantile};

/// Events at once: `AWS_LAMBDA_MAX_CONCURRENCY`.
const SIZES: [usize; 4] = [1, 16, 64, 256];

/// What a provider takes for an answer.
const PROVIDER: Duration = Duration::from_millis(20);

/// Time to open connections in, and time that is measured.
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(8);

/// Less than this of what so many events should make is a bend.
const LESS: f64 = 0.8;

/// So many events at once.
struct Under {
    per_second: f64,
    median: f64,
    slowest: f64,
    /// Of the processor, for one event, in nanoseconds.
    processor: f64,
    /// Share of one processor that the function takes, and that the load on it takes.
    busy: f64,
    load: f64,
    resident: f64,
}

/// Measures all sizes.
pub fn measure(part: &mut Part) {
    let under = SIZES.map(run);
    let [one, ..] = &under;
    let heads = [
        "at once",
        "a second",
        "efficiency",
        "p50",
        "p99",
        "processor an event",
        "of one processor",
        "the load's",
        "resident",
        "a further event",
    ];
    let rows = SIZES.iter().zip(&under).map(|(&events, under)| {
        let more = (under.resident - one.resident) / (events - 1) as f64;
        vec![
            count(events),
            count(under.per_second as usize),
            share(under.of(one, events)),
            time(under.median),
            time(under.slowest),
            time(under.processor),
            share(under.busy),
            share(under.load),
            size(under.resident),
            if events > 1 {
                size(more)
            } else {
                String::new()
            },
        ]
    });
    part.section("Events at once");
    part.say(&format!(
        "The function as it is deployed, one process on one thread, `AWS_LAMBDA_MAX_CONCURRENCY` as said; each event \
         with a token that was never seen, about which a provider is asked that takes {} ms; nothing is kept. \
         Runtime API and provider, which are the load, share the machine. Efficiency is what so many at once make \
         of as many times what one makes.",
        PROVIDER.as_millis()
    ));
    part.table(&heads.map(str::to_owned), &rows.collect::<Vec<_>>());
    part.say(&bend(&under));
}

impl Under {
    /// What so many at once make, beside as many times what one makes.
    fn of(&self, one: &Self, events: usize) -> f64 {
        self.per_second / one.per_second / events as f64
    }
}

fn bend(under: &[Under]) -> String {
    let mut bent = under.iter().zip(SIZES);
    let bent = bent.find(|(more, events)| more.of(&under[0], *events) < LESS);
    match bent {
        None => format!(
            "**Where it bends**: nowhere up to {} at once.",
            count(SIZES[SIZES.len() - 1])
        ),
        Some((more, events)) => format!(
            "**Where it bends**: at {} at once the efficiency is {}: the function's thread is busy {} of the \
             time, the load's {}. An event takes {} of a processor, so that one makes at most {} a second, \
             however many wait.",
            count(events),
            share(more.of(&under[0], events)),
            share(more.busy),
            share(more.load),
            time(more.processor),
            count((1e9 / more.processor) as usize),
        ),
    }
}

fn run(concurrency: usize) -> Under {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let provider = provider::start(PROVIDER).await;
        let folder = folder(&provider::settings(provider, "off", "request"));
        let runtime_api = RuntimeApi::start().await;
        let process = Process::start(runtime_api.address, concurrency, &folder);
        sleep(WARM_UP).await;
        assert!(
            !runtime_api.take().is_empty(),
            "the function answers no event"
        );
        let own = || processor(std::process::id());
        let (began, before, own_before) = (Instant::now(), process.processor(), own());
        sleep(MEASURED).await;
        let wall = began.elapsed().as_secs_f64();
        let (took_of_processor, load) = (process.processor() - before, own() - own_before);
        let mut took = runtime_api.take();
        let events = took.len() as f64;
        Under {
            per_second: events / wall,
            median: nanos(quantile(&mut took, 0.5)),
            slowest: nanos(quantile(&mut took, 0.99)),
            processor: nanos(took_of_processor) / events,
            busy: took_of_processor.as_secs_f64() / wall,
            load: load.as_secs_f64() / wall,
            resident: process.resident(),
        }
    })
}

/// A folder with a policy and these settings.
fn folder(settings: &str) -> PathBuf {
    let folder = target().join("scale");
    let policy = format!("route GET /area-0/list requires product {}\n", product(0));
    fs::create_dir_all(&folder).expect("a folder for settings");
    fs::write(folder.join("authorizer.yaml"), settings).expect("room for settings");
    fs::write(folder.join("access.policy"), policy).expect("room for a policy");
    folder
}
