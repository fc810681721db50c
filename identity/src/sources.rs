//! Where settings and secrets come from: environment variables, files, SSM, the clock.

mod read;

use std::env::VarError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::OnceCell;

pub use self::read::SecretError;
use crate::http::ExtraRoots;
use crate::secret_ref::VariableName;
use crate::ssm::{Account, Parameters, Problem};

/// The surroundings a provider is started in. SSM is touched only when something is kept
/// there, so a program whose secrets are all `env:` or `file:` needs no AWS account. Clones
/// share one SSM client.
#[derive(Clone)]
pub struct Sources {
    variables: Arc<Lookup>,
    account: Account,
    parameters: Arc<OnceCell<Parameters>>,
    roots: ExtraRoots,
    clock: Clock,
}

type Lookup = dyn Fn(&str) -> Result<String, VarError> + Send + Sync;

impl Sources {
    /// The process's environment, the SSM of the AWS account that it is a function in, the system's clock.
    pub fn system() -> Self {
        Self {
            variables: Arc::new(|name| std::env::var(name)),
            account: Parameters::of_function,
            parameters: Arc::default(),
            roots: ExtraRoots::default(),
            clock: Clock::system(),
        }
    }

    /// With environment variables from `lookup` in place of the process's.
    #[must_use]
    pub fn with_variables(
        mut self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.variables = Arc::new(move |name| lookup(name).ok_or(VarError::NotPresent));
        self
    }

    /// With the SSM of the AWS account that a developer is signed in to in place of a function's.
    #[must_use]
    pub fn of_developer(mut self) -> Self {
        self.account = Parameters::of_developer;
        self
    }

    /// With this SSM client in place of the environment's.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = Arc::new(OnceCell::new_with(Some(parameters)));
        self
    }

    /// With an SSM client that trusts these CA roots beside Mozilla's, unless one was made already.
    #[must_use]
    pub fn trusting(mut self, roots: &ExtraRoots) -> Self {
        if self.roots != *roots && !self.parameters.initialized() {
            self.parameters = Arc::default();
            self.roots = roots.clone();
        }
        self
    }

    /// With this clock in place of the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The SSM client, made at the first call and shared from then on.
    pub(crate) async fn parameters(&self, within: Duration) -> Result<Parameters, Problem> {
        self.parameters
            .get_or_try_init(|| (self.account)(within, self.roots.clone()))
            .await
            .cloned()
    }

    pub(crate) fn variable(&self, name: &VariableName) -> Result<String, VariableError> {
        (self.variables)(name.as_str()).map_err(|error| VariableError {
            name: name.clone(),
            problem: match error {
                VarError::NotPresent => VariableProblem::Unset,
                VarError::NotUnicode(_) => VariableProblem::NotUnicode,
            },
        })
    }
}

/// An environment variable that does not serve: which one, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableError {
    /// The variable.
    pub name: VariableName,
    /// What is wrong.
    pub problem: VariableProblem,
}

/// What can be wrong with an environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableProblem {
    /// It is not set.
    Unset,
    /// Its bytes are not UTF-8.
    NotUnicode,
    /// Its value is none of those the setting knows; which those are.
    NotOneOf(&'static str),
}

impl fmt::Display for VariableError {
    /// Never the value: the variable named may be the one that holds a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.problem {
            VariableProblem::Unset => write!(
                f,
                "environment variable `{name}` is not set: set it, or correct the name"
            ),
            VariableProblem::NotUnicode => {
                write!(
                    f,
                    "environment variable `{name}` is not UTF-8 text: set it anew"
                )
            }
            VariableProblem::NotOneOf(values) => {
                write!(
                    f,
                    "environment variable `{name}` holds none of {values}: set it to one"
                )
            }
        }
    }
}

impl std::error::Error for VariableError {}

/// The wall clock. Ages are measured by it, since a frozen Lambda instance need not move
/// the monotonic one.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The system's.
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// One that says what `now` says.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What it says.
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }

    /// How long ago `then` was. A clock that was set back says "very long ago", which makes
    /// things refresh early, where "no time at all" would keep them past their time.
    pub(crate) fn since(&self, then: SystemTime) -> Duration {
        self.now().duration_since(then).unwrap_or(Duration::MAX)
    }
}
