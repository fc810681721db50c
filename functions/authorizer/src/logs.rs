//! Log lines as Lambda's logging controls ask for them ("Configuring advanced logging controls", AWS
//! Lambda developer guide): `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL`. `RUST_LOG` takes
//! precedence over the level: one level, or levels by target as in `warn,tollgate_identity=debug`.
//!
//! The Lambda runtime's own set-up does the same with filters of regular expressions, which are an
//! eighth of a megabyte of every function.

use std::env::var;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

/// Sends what is logged from here on to standard output.
pub fn start() {
    let level = level(&var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default());
    let wanted = var("RUST_LOG").ok().filter(|wanted| !wanted.is_empty());
    let targets = wanted.as_deref().map(str::parse::<Targets>);
    let misread = matches!(targets, Some(Err(_)));
    let filter = match targets {
        Some(Ok(targets)) => targets,
        _ => Targets::new().with_default(level),
    };
    let lines = fmt::layer().with_target(false).without_time();
    let is_json = var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|it| it.eq_ignore_ascii_case("json"));
    if is_json {
        registry().with(filter).with(lines.json()).init();
    } else {
        registry().with(filter).with(lines).init();
    }
    if misread {
        tracing::warn!(
            "RUST_LOG cannot be read and is ignored: write one level, or levels by target as in \
             `warn,tollgate_identity=debug`"
        );
    }
}

/// Lambda's name of a level; `FATAL` is none of ours, so no more than errors are logged.
fn level(name: &str) -> LevelFilter {
    match name.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}
