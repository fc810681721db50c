//! Whose Parameter Store it is: where Region, credentials and address come from.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::{Config, Region, SharedHttpClient};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::{Parameters, Problem, http_client};
use crate::http::ExtraRoots;

/// Makes a client of the account's Parameter Store, whose TLS trusts Mozilla's CA roots and the extra ones.
///
/// A function to call rather than a value to look at, so that a program has nothing of the accounts that it
/// does not name: a developer's is a third of a megabyte.
pub type Account = fn(Duration, ExtraRoots) -> BoxFuture<'static, Result<Parameters, Problem>>;

impl Parameters {
    /// Of the account that a Lambda function runs in, all of it from the variables that Lambda sets: Region,
    /// credentials or where they are had (`AWS_CONTAINER_CREDENTIALS_FULL_URI`); and from those of the SDKs
    /// for another address (`AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL`), FIPS and dual-stack endpoints.
    ///
    /// # Errors
    /// [`Problem::NoRegion`], and [`Problem::Unreachable`] when TLS cannot be set up.
    pub fn of_function(
        _: Duration,
        extra: ExtraRoots,
    ) -> BoxFuture<'static, Result<Self, Problem>> {
        Box::pin(async move {
            let http = client(&extra)?;
            let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
            let region = Region::new(region.ok_or(Problem::NoRegion)?);
            let surroundings = ProviderConfig::without_region().with_http_client(http.clone());
            let container = EcsCredentialsProvider::builder()
                .configure(&surroundings)
                .build();
            let credentials = CredentialsProviderChain::first_try(
                "Environment",
                EnvironmentVariableCredentialsProvider::new(),
            )
            .or_else("Container", container);
            let mut config = Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .http_client(http)
                .region(region)
                .credentials_provider(credentials)
                .use_fips(is_set("AWS_USE_FIPS_ENDPOINT"))
                .use_dual_stack(is_set("AWS_USE_DUALSTACK_ENDPOINT"));
            config.set_endpoint_url(address(variable));
            Ok(Self::new(Client::from_conf(config.build())))
        })
    }

    /// Of the account that a developer's machine is signed in to: what the SDKs find in the environment, in
    /// profiles and beyond.
    ///
    /// # Errors
    /// [`Problem::NoRegion`], [`Problem::Unreachable`] when TLS cannot be set up, and
    /// [`Problem::TimedOut`] when all that is not read `within` the time.
    pub fn of_developer(
        within: Duration,
        extra: ExtraRoots,
    ) -> BoxFuture<'static, Result<Self, Problem>> {
        Box::pin(async move {
            let defaults = aws_config::defaults(BehaviorVersion::latest());
            let load = defaults.http_client(client(&extra)?).load();
            let config = timeout(within, load).await;
            let config = config.map_err(|_| Problem::TimedOut(within))?;
            if config.region().is_none() {
                return Err(Problem::NoRegion);
            }
            Ok(Self::new(Client::new(&config)))
        })
    }
}

fn client(extra: &ExtraRoots) -> Result<SharedHttpClient, Problem> {
    http_client(extra).map_err(|error| Problem::Unreachable(error.to_string()))
}

/// The address that these variables give in place of AWS's own.
fn address(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    variable("AWS_ENDPOINT_URL_SSM").or_else(|| variable("AWS_ENDPOINT_URL"))
}

/// A variable of the process; empty counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_set(flag: &str) -> bool {
    variable(flag).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_ssm_comes_before_that_of_all_services_unless_both_are_ignored() {
        let all = ("AWS_ENDPOINT_URL", "http://all");
        let ssm = ("AWS_ENDPOINT_URL_SSM", "http://ssm");
        let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");
        for (variables, expected) in [
            (&[][..], None),
            (&[all], Some("http://all")),
            (&[all, ssm], Some("http://ssm")),
            (&[all, ssm, ignored], None),
        ] {
            let value = |name: &str| {
                let set = variables.iter().find(|(other, _)| *other == name);
                set.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(address(value).as_deref(), expected, "{variables:?}");
        }
    }
}
