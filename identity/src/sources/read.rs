//! Reading secrets from wherever they are kept, all that are wanted at the same time.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Sources, VariableError};
use crate::secret::{Secret, Unfit};
use crate::secret_file::{self, FileError, FileProblem};
use crate::secret_ref::{FilePath, ParameterRef, Place, SecretRef};
use crate::ssm::{ParameterError, Problem, Values};

/// A secret that could not be read: where it is kept, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretError {
    /// Its parameter could not be read.
    Parameter(ParameterError),
    /// Its environment variable could not be read.
    Variable(VariableError),
    /// Its file could not be read.
    File(FileError),
    /// What is kept there cannot serve as a secret.
    Unfit {
        /// Where.
        reference: SecretRef,
        /// Why not.
        unfit: Unfit,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(error) => error.fmt(f),
            Self::Variable(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
            Self::Unfit { reference, unfit } => write!(f, "`{reference}` {unfit}"),
        }
    }
}

impl std::error::Error for SecretError {}

impl Sources {
    /// Reads one secret, `within` the time.
    ///
    /// # Errors
    /// [`SecretError`]: where it is kept, why it cannot be had, and what to do.
    pub async fn secret(
        &self,
        reference: &SecretRef,
        within: Duration,
    ) -> Result<Secret, SecretError> {
        let read = self.read(&[reference], within).await.pop();
        // It cannot be absent: as many are read as are wanted.
        read.unwrap_or_else(|| {
            Err(SecretError::Unfit {
                reference: reference.clone(),
                unfit: Unfit::Empty,
            })
        })
    }

    /// Reads secrets, in the order of `wanted`, all `within` the time. What several of them
    /// are parts of is read once.
    pub(crate) async fn read(
        &self,
        wanted: &[&SecretRef],
        within: Duration,
    ) -> Vec<Result<Secret, SecretError>> {
        let (parameters, files) = tokio::join!(
            self.read_parameters(wanted, within),
            read_files(wanted, within)
        );
        let one = |reference: &&SecretRef| {
            self.pick(reference, &parameters, &files)?
                .map_err(|unfit| SecretError::Unfit {
                    reference: (*reference).clone(),
                    unfit,
                })
        };
        wanted.iter().map(one).collect()
    }

    /// One secret out of what was read; the outer error is of the place, the inner one of
    /// what is kept there.
    fn pick(
        &self,
        reference: &SecretRef,
        parameters: &Values,
        files: &Files,
    ) -> Result<Result<Secret, Unfit>, SecretError> {
        match reference.place() {
            Place::Parameter(parameter) => {
                let problem = match parameters.get(parameter) {
                    Some(Ok(text)) => return Ok(reference.pick(text)),
                    Some(Err(problem)) => problem.clone(),
                    None => Problem::Incomplete,
                };
                let parameter = parameter.clone();
                Err(SecretError::Parameter(ParameterError {
                    parameter,
                    problem,
                }))
            }
            Place::Variable(name) => {
                let text = self.variable(name).map_err(SecretError::Variable)?;
                Ok(reference.pick(&Secret::new(text)))
            }
            Place::File(path) => {
                let problem = match files.get(path) {
                    Some(Ok(text)) => return Ok(reference.pick(text)),
                    Some(Err(problem)) => *problem,
                    None => FileProblem::Missing,
                };
                let path = path.clone();
                Err(SecretError::File(FileError { path, problem }))
            }
        }
    }

    async fn read_parameters(&self, wanted: &[&SecretRef], within: Duration) -> Values {
        let deadline = Instant::now() + within;
        let parameter = |reference: &&SecretRef| match reference.place() {
            Place::Parameter(parameter) => Some(parameter.clone()),
            Place::Variable(_) | Place::File(_) => None,
        };
        let wanted: Vec<ParameterRef> = wanted.iter().filter_map(parameter).collect();
        if wanted.is_empty() {
            return Values::new();
        }
        match self.parameters(within).await {
            Ok(parameters) => {
                let left = deadline.saturating_duration_since(Instant::now());
                parameters.read(&wanted, left).await
            }
            Err(problem) => {
                let failed = |parameter| (parameter, Err(problem.clone()));
                wanted.into_iter().map(failed).collect()
            }
        }
    }
}

/// What was read of each file.
type Files = HashMap<FilePath, Result<Secret, FileProblem>>;

async fn read_files(wanted: &[&SecretRef], within: Duration) -> Files {
    let path = |reference: &&SecretRef| match reference.place() {
        Place::File(path) => Some(path.clone()),
        Place::Parameter(_) | Place::Variable(_) => None,
    };
    let paths: HashSet<FilePath> = wanted.iter().filter_map(path).collect();
    let mut reads = JoinSet::new();
    for path in paths {
        reads.spawn(async move {
            let read = secret_file::read(&path, within).await;
            (path, read)
        });
    }
    reads.join_all().await.into_iter().collect()
}

#[cfg(test)]
mod tests;
