//! How time and memory grow with what one process is given, and where they bend: routes, known tokens, a
//! user's products, events at once.
//!
//!     cargo bench --bench scale [-- routes tokens products concurrency]
//!
//! A plain program rather than criterion's: memory is measured too, and some of it takes a process of
//! its own. Each size is measured beside the one before.

mod concurrency;
mod curve;
mod event;
mod known_tokens;
mod memory;
mod process;
mod products;
mod provider;
mod routes;
mod runtime_api;
mod server;
mod timing;

use peak_alloc::PeakAlloc;
use tollgate_benches::part::Part;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What can be measured alone, by its name.
const ALL: [(&str, fn(&mut Part)); 4] = [
    ("routes", routes::measure),
    ("tokens", known_tokens::measure),
    ("products", products::measure),
    ("concurrency", concurrency::measure),
];

fn main() {
    // `cargo bench` says `--bench` of itself.
    let arguments = std::env::args().skip(1);
    let wanted: Vec<_> = arguments.filter(|word| word != "--bench").collect();
    for word in &wanted {
        let known = ALL.iter().any(|(name, _)| name == word);
        assert!(
            known,
            "{word} is not known: {:?}",
            ALL.map(|(name, _)| name)
        );
    }
    let mut part = Part::new("30-scale", "Scale");
    part.say(
        "What grows, and how: `×` is one size beside the size before it. Memory is what was asked of the \
         allocator, which rounds up; that of a process is what it holds in memory.",
    );
    for (name, measure) in ALL {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            measure(&mut part);
        }
    }
    part.leave();
}
