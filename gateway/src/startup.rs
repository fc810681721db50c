//! Everything an authorizer needs before its first request: policy, configuration, keys.

use std::fmt;
use std::sync::Arc;

use tollgate_engine::Products;
use tollgate_identity::sources::Sources;
use tollgate_identity::tiun::Tiun;

use crate::authorize::Authorizer;
use crate::files::{FileError, Files};
use crate::policy::Loaded;
use crate::settings::{Provider, Settings, SettingsError};

/// What stops the boot. Nothing is ever answered without a policy and a key.
#[derive(Debug)]
pub enum StartupError {
    /// A file could not be read.
    File(FileError),
    /// The configuration cannot be used.
    Settings(SettingsError),
    /// The policy cannot be used: all its mistakes, rendered.
    Policy(String),
    /// The provider cannot be started: a key that does not load, mostly.
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
    /// Reads the configuration, then loads the provider's key beside compiling the policy.
    ///
    /// # Errors
    /// [`StartupError`], with a message that names the place and the cure.
    pub async fn start(files: &Files, sources: &Sources) -> Result<Self, StartupError> {
        let (name, text) = &files.settings;
        let settings = Settings::read(name, text).map_err(StartupError::Settings)?;
        Self::start_with(files, &settings, sources).await
    }

    /// The same from a configuration that is read already.
    ///
    /// # Errors
    /// [`StartupError`], with a message that names the place and the cure.
    pub async fn start_with(
        files: &Files,
        settings: &Settings,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let Provider::Tiun(tiun) = &settings.provider;
        let environment = tiun.environment(sources).map_err(StartupError::Identity)?;
        let products = settings
            .products(environment)
            .map_err(StartupError::Settings)?;
        // The call to SSM waits for the network; compiling meanwhile costs nothing.
        let policies = (files.policies.clone(), products.clone());
        let compiled = tokio::task::spawn_blocking(move || Loaded::files(&policies.0, &policies.1));
        let started = Tiun::start(tiun, sources).await;
        let loaded = compiled
            .await
            .map_err(|_| StartupError::Policy("compiling it was cut off".to_owned()))?
            .map_err(StartupError::Policy)?;
        let tiun = started.map_err(StartupError::Identity)?;
        Ok(Self::new(loaded, products, Arc::new(tiun)))
    }
}

impl Authorizer {
    /// The same authorizer with other policy files: for a policy that is edited while it runs.
    ///
    /// # Errors
    /// All mistakes of the policy, rendered; the authorizer at hand is untouched.
    pub fn with_policies(&self, files: &[(String, Vec<u8>)]) -> Result<Self, StartupError> {
        let products: &Products = self.products();
        let loaded = Loaded::files(files, products).map_err(StartupError::Policy)?;
        Ok(self.with(loaded))
    }
}
