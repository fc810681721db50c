//! In place of [`ssm`](crate::ssm) under `--cfg fuzzing`, which cargo-fuzz sets: nothing is read there, and the
//! SDK would be most of the build.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::BoxFuture;

#[path = "ssm/problem.rs"]
mod problem;

pub use self::problem::{ParameterError, Problem};
use crate::http::ExtraRoots;
use crate::secret::Secret;
use crate::secret_ref::ParameterRef;

/// A client that there never is.
#[derive(Debug, Clone)]
pub struct Parameters(std::convert::Infallible);

/// Makes a client of the account's Parameter Store.
pub type Account = fn(Duration, ExtraRoots) -> BoxFuture<'static, Result<Parameters, Problem>>;

/// What was read of each parameter.
pub type Values = HashMap<ParameterRef, Result<Secret, Problem>>;

impl Parameters {
    /// None.
    ///
    /// # Errors
    /// [`Problem::NoRegion`], always.
    pub fn of_function(_: Duration, _: ExtraRoots) -> BoxFuture<'static, Result<Self, Problem>> {
        Box::pin(async { Err(Problem::NoRegion) })
    }

    /// None.
    ///
    /// # Errors
    /// [`Problem::NoRegion`], always.
    pub fn of_developer(_: Duration, _: ExtraRoots) -> BoxFuture<'static, Result<Self, Problem>> {
        Box::pin(async { Err(Problem::NoRegion) })
    }

    /// Never called.
    pub async fn read(&self, _wanted: &[ParameterRef], _within: Duration) -> Values {
        match self.0 {}
    }
}
