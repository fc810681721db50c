//! Secrets from SSM Parameter Store: `GetParameters` with decryption, ten names a call.

mod account;
mod connector;
mod diagnosis;
mod problem;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::types::{Parameter, ParameterType};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;

pub use self::account::Account;
pub use self::connector::http_client;
use self::diagnosis::diagnose;
pub use self::problem::{ParameterError, Problem};
use crate::secret::Secret;
use crate::secret_ref::{ParameterRef, Selector};

/// How many parameters `GetParameters` takes (SSM API reference).
const NAMES: usize = 10;

/// A client of SSM Parameter Store.
///
/// Throttling (40 calls a second and account by default, shared by every cold start),
/// 5xx and broken connections are retried by the SDK's standard retries, three attempts
/// in all, as far as the time given to [`read`](Self::read) allows.
#[derive(Debug, Clone)]
pub struct Parameters {
    client: Client,
}

/// What was read of each parameter.
pub type Values = HashMap<ParameterRef, Result<Secret, Problem>>;

impl Parameters {
    /// A client of the caller's making.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads and decrypts parameters, each once however often it is wanted, in as few calls
    /// as they fit in, all at the same time. Every wanted parameter is in the answer;
    /// nothing takes longer than `within`.
    pub async fn read(&self, wanted: &[ParameterRef], within: Duration) -> Values {
        let mut calls = JoinSet::new();
        for batch in batches(wanted) {
            let client = self.clone();
            let call = async move {
                timeout(within, client.batch(&batch, within))
                    .await
                    .unwrap_or_else(|_| all(&batch, &Problem::TimedOut(within)))
            };
            calls.spawn(call.in_current_span());
        }
        calls.join_all().await.into_iter().flatten().collect()
    }

    /// Reads what fits in one call. When SSM refuses the call for a reason that may be one
    /// parameter's, each is asked for alone, so that it is known whose fault it is and the
    /// others are read.
    async fn batch(&self, batch: &[ParameterRef], within: Duration) -> Values {
        match self.call(batch, within).await {
            Ok(values) => values,
            Err(problem) if batch.len() > 1 && problem.may_be_of_one() => {
                let mut calls = JoinSet::new();
                for parameter in batch {
                    let (client, alone) = (self.clone(), [parameter.clone()]);
                    let call = async move {
                        let answer = client.call(&alone, within).await;
                        answer.unwrap_or_else(|problem| all(&alone, &problem))
                    };
                    calls.spawn(call.in_current_span());
                }
                calls.join_all().await.into_iter().flatten().collect()
            }
            Err(problem) => all(batch, &problem),
        }
    }

    async fn call(&self, batch: &[ParameterRef], within: Duration) -> Result<Values, Problem> {
        // One attempt gets less than half of the time, so that an attempt lost on a
        // connection that died while the instance was frozen leaves time for another.
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(within * 2 / 5)
            .build();
        let mut answer = self
            .client
            .get_parameters()
            .set_names(Some(batch.iter().map(ToString::to_string).collect()))
            .with_decryption(true)
            .customize()
            .config_override(aws_sdk_ssm::config::Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| diagnose(&error, within))?;
        let value = |wanted: &ParameterRef| (wanted.clone(), take(&mut answer, wanted));
        Ok(batch.iter().map(value).collect())
    }
}

/// The same problem for each of them.
fn all(batch: &[ParameterRef], problem: &Problem) -> Values {
    let failed = |parameter: &ParameterRef| (parameter.clone(), Err(problem.clone()));
    batch.iter().map(failed).collect()
}

/// Spreads the parameters over as few calls as they fit in, each once. Two versions of one
/// parameter go into different calls: SSM answers with the name alone and, not everywhere,
/// the selector.
fn batches(wanted: &[ParameterRef]) -> Vec<Vec<ParameterRef>> {
    let mut batches: Vec<Vec<ParameterRef>> = Vec::new();
    for parameter in wanted {
        if batches.iter().flatten().any(|other| other == parameter) {
            continue;
        }
        let free = batches.iter_mut().find(|batch| {
            batch.len() < NAMES && batch.iter().all(|other| other.name != parameter.name)
        });
        match free {
            Some(batch) => batch.push(parameter.clone()),
            None => batches.push(vec![parameter.clone()]),
        }
    }
    batches
}

/// Takes the value of one parameter out of an answer.
fn take(answer: &mut GetParametersOutput, wanted: &ParameterRef) -> Result<Secret, Problem> {
    let text = wanted.to_string();
    if answer.invalid_parameters().contains(&text) {
        return Err(Problem::Missing);
    }
    let parameter = answer
        .parameters
        .as_mut()
        .and_then(|parameters| parameters.iter_mut().find(|found| is_wanted(found, wanted)))
        .ok_or(Problem::Incomplete)?;
    match parameter.r#type() {
        Some(ParameterType::StringList) => return Err(Problem::List),
        Some(ParameterType::String) => tracing::warn!(
            parameter = %wanted,
            "the parameter is a String, readable without decryption: store it as a SecureString"
        ),
        _ => {}
    }
    let value = parameter.value.take().ok_or(Problem::Incomplete)?;
    Ok(Secret::new(value))
}

/// Whether this is the parameter, and the version of it, that was asked for. SSM repeats the
/// selector, with its colon; where it does not, the number of the version has to do.
fn is_wanted(found: &Parameter, wanted: &ParameterRef) -> bool {
    let selected = match (&wanted.selector, found.selector()) {
        (None, _) | (Some(Selector::Label(_)), None) => true,
        (Some(selector), Some(found)) => found == selector.to_string(),
        (Some(Selector::Version(version)), None) => found.version() == *version,
    };
    selected && found.name() == Some(wanted.name.as_str())
}

#[cfg(test)]
mod tests;
