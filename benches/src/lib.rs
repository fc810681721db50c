//! The same rules for every engine, and the engines they are measured in.
//!
//! `make bench` measures all of them in one run, and `benches/report` joins what each [leaves](part)
//! in `RESULTS.md`. To measure one: `cargo bench --manifest-path benches/Cargo.toml --bench compare --
//! 'decide/tollgate'`. On a machine that does other things, compare ratios of one run rather than times
//! of two.
//!
//! The rules ask for one product each: `GET /area-7/list`, `GET /area-8/{id}/edit`,
//! `GET /area-9/files/*`. Every engine is given its best form of them, and is checked to answer
//! rightly before it is measured. `make bench-count` counts instructions instead of time.
//!
//! [`tokens`] are verified beside the bare signature check and another verifier; [`known`] ones are
//! looked up. `benches/scale` is how far all of this goes in one process.

pub mod cedar;
pub mod decisions;
pub mod figure;
pub mod known;
pub mod medians;
pub mod part;
pub mod rego;
pub mod router;
pub mod rules;
pub mod target;
pub mod tokens;
pub mod tollgate;
