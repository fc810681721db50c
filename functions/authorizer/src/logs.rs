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
    let rust_log = var("RUST_LOG").unwrap_or_default();
    let filter = filter(&rust_log, &var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default());
    let is_misread = filter.is_err();
    let targets = filter.unwrap_or_else(|instead| instead);
    let lines = fmt::layer().with_target(false).without_time();
    let is_json = var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|it| it.eq_ignore_ascii_case("json"));
    if is_json {
        registry().with(targets).with(lines.json()).init();
    } else {
        registry().with(targets).with(lines).init();
    }
    if is_misread {
        tracing::warn!(
            "RUST_LOG cannot be read and is ignored: write one level, or levels by target as in \
             `warn,tollgate_identity=debug`"
        );
    }
}

/// What is logged; or, where `RUST_LOG` cannot be read, what is logged instead.
fn filter(rust_log: &str, level_of_lambda: &str) -> Result<Targets, Targets> {
    let by_lambda = Targets::new().with_default(level(level_of_lambda));
    match rust_log.parse() {
        _ if rust_log.is_empty() => Ok(by_lambda),
        Ok(targets) => Ok(targets),
        Err(_) => Err(by_lambda),
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

#[cfg(test)]
mod tests;
