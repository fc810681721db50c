//! An authorizer with all it stands on: SSM, the stand-in for tiun, configuration, policy; or with a
//! configuration and a policy of a test's own.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tollgate_gateway::{Authorizer, Files};
use tollgate_identity::sources::Sources;
use tollgate_local::tiun::{TiunOptions, TiunStandIn, development_key};
use tollgate_local::users::Environment;

use crate::aws::Ssm;
use crate::build;
use crate::function::Function;
use crate::watch::Watched;

/// The parameter that holds tiun's key, as in `policy/authorizer.yaml`.
pub const PARAMETER: &str = "/tollgate/tiun/api-key";

/// tiun's stand-in in its live environment, on a free port.
///
/// # Panics
/// If it does not start.
pub async fn tiun() -> TiunStandIn {
    let options = TiunOptions::development(Environment::Live)
        .unwrap_or_else(|error| panic!("the stand-in's users: {error}"));
    TiunStandIn::start(options)
        .await
        .unwrap_or_else(|error| panic!("the stand-in: {error}"))
}

/// A configuration that asks the stand-in, in a folder of its own.
pub struct Configuration {
    folder: TempDir,
}

impl Configuration {
    /// Writes it; `more` are further lines: of tiun, indented by six spaces, or of the provider, by four.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn new(tiun: &TiunStandIn, more: &str) -> Self {
        Self::with_key(tiun, &format!("ssm:{PARAMETER}"), more)
    }

    /// The same with the key kept elsewhere.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn with_key(tiun: &TiunStandIn, reference: &str, more: &str) -> Self {
        let text = format!(
            "providers:\n  - tiun:\n      environment: live\n      base_url: {}\n      api_key: {reference}\n{more}",
            tiun.url()
        );
        let folder =
            tempfile::tempdir().unwrap_or_else(|error| panic!("a temporary folder: {error}"));
        let configuration = Self { folder };
        std::fs::write(configuration.path(), of_request(&text))
            .unwrap_or_else(|error| panic!("{error}"));
        configuration
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("authorizer.yaml")
    }
}

/// The function with the policy of the project, its key in an SSM at this address.
pub fn function(ssm: &str, configuration: &Configuration) -> Function {
    function_with(ssm, configuration, &build::root().join("policy"))
}

/// The same with another policy folder.
pub fn function_with(ssm: &str, configuration: &Configuration, policy: &Path) -> Function {
    let (policy, settings) = (
        policy.display().to_string(),
        configuration.path().display().to_string(),
    );
    Function::authorizer(&[
        ("TOLLGATE_POLICY", &policy),
        ("TOLLGATE_CONFIG", &settings),
        ("AWS_ENDPOINT_URL_SSM", ssm),
    ])
}

/// An SSM that holds the key the stand-in accepts.
pub async fn ssm() -> Ssm {
    let ssm = Ssm::start();
    ssm.put(PARAMETER, development_key(Environment::Live)).await;
    ssm
}

/// The configuration, in which answers are for the one request, so that each denial names its own
/// reason, unless it says of answers something of its own.
fn of_request(configuration: &str) -> String {
    if configuration.contains("answers:") {
        configuration.to_owned()
    } else {
        format!("{}\nanswers:\n  scope: request\n", configuration.trim_end())
    }
}

/// A configuration and a policy of a test's own, and the variables they name.
pub struct Setup {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Setup {
    /// Writes both. The function logs all it has to say, so that a test can see that no secret is
    /// among it.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn new(configuration: &str, policy: &str) -> Self {
        let folder =
            tempfile::tempdir().unwrap_or_else(|error| panic!("a temporary folder: {error}"));
        let path = folder.path();
        for (name, text) in [
            ("authorizer.yaml", &*of_request(configuration)),
            ("access.policy", policy),
        ] {
            std::fs::write(path.join(name), text).unwrap_or_else(|error| panic!("{error}"));
        }
        let variables = [
            ("TOLLGATE_POLICY", path.display().to_string()),
            ("AWS_LAMBDA_LOG_LEVEL", "DEBUG".to_owned()),
        ];
        let variables = variables
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        Self { folder, variables }
    }

    /// With an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The built function with it.
    pub fn function(self) -> Function {
        let variables = self.variables.iter();
        let variables: Vec<_> = variables.map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Function::authorizer(&variables).with_folder(self.folder)
    }

    /// The same under `cargo lambda watch`.
    pub fn watched(self) -> Watched {
        let variables = self.variables.iter();
        let variables: Vec<_> = variables.map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Watched::authorizer(&variables, self.folder)
    }

    /// An authorizer with it in this process, for events beside each other: a function gets one at a
    /// time.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn authorizer(&self) -> Authorizer {
        let files = Files::read(self.folder.path(), None).unwrap_or_else(|error| panic!("{error}"));
        let variables = self.variables.clone();
        let sources = Sources::system().with_variables(move |name| {
            let mut variables = variables.iter();
            variables.find_map(|(n, value)| (n == name).then(|| value.clone()))
        });
        Authorizer::start(&files, &sources)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }
}
