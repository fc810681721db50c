//! Everything an authorizer needs before its first request: policy, configuration, keys.

use std::fmt;

use tokio::time::Instant;
use tollgate_engine::Products;
use tollgate_identity::http::ExtraRoots;
use tollgate_identity::providers::Providers;
use tollgate_identity::sources::Sources;

use crate::authorize::Authorizer;
use crate::files::{self, FileError, Files};
use crate::policy::Loaded;
use crate::record::{Recorder, Sink};
use crate::settings::{self, Settings, SettingsError};
use crate::usage_key::{self, UsageKeys};

/// What stops the boot. Nothing is ever answered without a policy and a key.
#[derive(Debug)]
pub enum StartupError {
    /// A file could not be read.
    File(FileError),
    /// The configuration cannot be used.
    Settings(SettingsError),
    /// The policy cannot be used: all its mistakes, rendered.
    Policy(String),
    /// A provider cannot be started: a key that does not load, mostly.
    Identity(tollgate_identity::startup::StartupError),
}

impl fmt::Display for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Settings(error) => error.fmt(f),
            Self::Policy(rendered) => write!(f, "the policy cannot be used:\n{rendered}"),
            Self::Identity(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartupError {}

impl Authorizer {
    /// Reads the configuration, then loads the providers' keys beside compiling the policy.
    ///
    /// # Errors
    /// [`StartupError`], with a message that names the place and the cure.
    pub async fn start(files: &Files, sources: &Sources) -> Result<Self, StartupError> {
        let (name, text) = &files.settings;
        let settings = Settings::read(name, text).map_err(StartupError::Settings)?;
        Self::start_with(files, &settings, sources).await
    }

    /// The same, and every decision is recorded: for a function, whose process `began` then.
    ///
    /// # Errors
    /// [`StartupError`], with a message that names the place and the cure.
    pub async fn start_recording(
        files: &Files,
        sources: &Sources,
        sink: Sink,
        began: Instant,
    ) -> Result<Self, StartupError> {
        let (name, text) = &files.settings;
        let settings = Settings::read(name, text).map_err(StartupError::Settings)?;
        let roots = extra_roots(&settings)?;
        // One SSM client for both.
        let sources = sources.clone().trusting(&roots);
        let (authorizer, recorder) = tokio::join!(
            Self::start_trusting(&roots, files, &settings, &sources),
            Recorder::start(&settings, &sources, sink)
        );
        Ok(authorizer?.recorded_by(recorder?.ready(began)))
    }

    /// The same from a configuration that is read already, without records.
    ///
    /// # Errors
    /// [`StartupError`], with a message that names the place and the cure.
    pub async fn start_with(
        files: &Files,
        settings: &Settings,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let roots = extra_roots(settings)?;
        let sources = sources.clone().trusting(&roots);
        Self::start_trusting(&roots, files, settings, &sources).await
    }

    /// With the extra roots at hand, which `sources` trust as well.
    async fn start_trusting(
        roots: &ExtraRoots,
        files: &Files,
        settings: &Settings,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let environment = settings
            .environment(sources)
            .map_err(StartupError::Identity)?;
        let products = settings
            .products(environment)
            .map_err(StartupError::Settings)?;
        // The calls to SSM wait for the network; compiling meanwhile costs nothing.
        let policies = (files.policies.clone(), products.clone());
        let compiled = tokio::task::spawn_blocking(move || Loaded::files(&policies.0, &policies.1));
        let usage_keys = &settings.answers.usage_keys;
        let secrets = usage_keys.secrets();
        let started = Providers::start_beside(&settings.providers, secrets, roots, sources).await;
        let loaded = compiled
            .await
            .map_err(|_| StartupError::Policy("compiling it was cut off".to_owned()))?
            .map_err(StartupError::Policy)?;
        let loaded = fitted(loaded, settings)?;
        let (providers, keyrings) = started.map_err(StartupError::Identity)?;
        for provider in &settings.providers {
            let verification = provider.verification(&loaded.needs);
            let (mode, why) = (verification.mode, verification.why);
            tracing::info!(provider = provider.name, %mode, why, "tokens are verified");
        }
        providers
            .warm(&loaded.needs)
            .await
            .map_err(StartupError::Identity)?;
        let usage_keys = UsageKeys::new(usage_keys, keyrings);
        let settings = settings.clone();
        Ok(Self::new(loaded, products, providers, settings, usage_keys))
    }
}

/// The policy, which must have the tiers that the configuration names, with the needs of both.
fn fitted(loaded: Loaded, settings: &Settings) -> Result<Loaded, StartupError> {
    let answers = &settings.answers;
    usage_key::check(&answers.usage_keys, &loaded.policy)
        .map_err(|problem| StartupError::Settings(settings.error(problem)))?;
    Ok(Loaded {
        needs: answers.needs(loaded.needs),
        ..loaded
    })
}

/// The CA certificates that are trusted beside Mozilla's.
fn extra_roots(settings: &Settings) -> Result<ExtraRoots, StartupError> {
    let Some(path) = &settings.extra_roots else {
        return Ok(ExtraRoots::default());
    };
    let file = path.display();
    let error = |why: String| {
        StartupError::Settings(settings.error(format!("extra_roots: `{file}` {why}")))
    };
    let pem = files::read(path, settings::MAX_BYTES)
        .map_err(|problem| error(format!("cannot be read: {problem}")))?;
    ExtraRoots::from_pem(&pem).map_err(|problem| error(problem.to_string()))
}

impl Authorizer {
    /// The same authorizer with other policy files: for a policy that is edited while it runs.
    ///
    /// # Errors
    /// All mistakes of the policy, rendered, or a tier that the configuration names and the policy
    /// does not have; the authorizer at hand is untouched.
    pub fn with_policies(&self, files: &[(String, Vec<u8>)]) -> Result<Self, StartupError> {
        let products: &Products = self.products();
        let loaded = Loaded::files(files, products).map_err(StartupError::Policy)?;
        Ok(self.with(fitted(loaded, self.settings())?))
    }
}
