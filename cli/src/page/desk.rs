//! What the page works on: the policy's folder, the providers' stand-ins, the gateway.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Notify, Semaphore, watch};
use tollgate_local::dev::{Dev, Health, Provider};
use tollgate_local::gateway::Gateway;
use tollgate_local::users::{Catalogue, Environment};

use super::draft::Drafts;
use super::event::MAX_WATCHERS;
use super::language::MAX_SESSIONS;
use super::person::unknown;
use super::policy::Folder;
use super::problem::Problem;
use super::traffic::Traffic;

/// What the page works on.
pub struct Desk {
    /// The policy's folder.
    pub(super) folder: Folder,
    /// The folder as the command line has it.
    pub(super) called: String,
    /// The policy, saved and unsaved.
    pub(super) drafts: Arc<Drafts>,
    /// The gateway in front of everything.
    pub(super) gateway: Arc<Gateway>,
    /// What is wrong with what is saved.
    pub(super) health: Health,
    /// The configuration's providers, with the stand-ins that run in their places.
    pub(super) providers: Arc<[Provider]>,
    /// Whose users there are.
    pub(super) environment: Environment,
    /// What they may have bought.
    pub(super) catalogue: Catalogue,
    /// Where the authorizer runs, if that is not here.
    pub(super) function: Option<String>,
    /// The requests of late.
    pub(super) traffic: Arc<Traffic>,
    /// The state as pages were told it.
    pub(super) states: watch::Sender<Option<Arc<str>>>,
    /// That it is worth a look.
    pub(super) pulse: Notify,
    /// Room for one more page that watches each.
    pub(super) watchers: Arc<Semaphore>,
    /// Room for one more session of the language server each.
    pub(super) sessions: Arc<Semaphore>,
}

/// What a desk has that runs before the gateway does.
pub struct Laid {
    /// The policy, saved and unsaved.
    pub drafts: Arc<Drafts>,
    /// The requests of late.
    pub traffic: Arc<Traffic>,
    /// Where the authorizer runs, if that is not here.
    pub function: Option<String>,
}

impl Desk {
    /// A desk with what runs.
    ///
    /// # Errors
    /// When the policy's folder cannot be found.
    pub fn new(laid: Laid, dev: &Dev) -> Result<Self, String> {
        let Laid {
            drafts,
            traffic,
            function,
        } = laid;
        let options = dev.options();
        let folder: &Path = &options.policy_folder;
        Ok(Self {
            folder: Folder::new(folder)?,
            called: folder.display().to_string(),
            drafts,
            gateway: Arc::clone(dev.gateway()),
            health: dev.health().clone(),
            providers: Arc::clone(dev.providers()),
            environment: options.environment,
            catalogue: options.catalogue,
            function,
            traffic,
            states: watch::Sender::new(None),
            pulse: Notify::new(),
            watchers: Arc::new(Semaphore::new(MAX_WATCHERS)),
            sessions: Arc::new(Semaphore::new(MAX_SESSIONS)),
        })
    }

    /// The provider of this name.
    pub(super) fn provider(&self, name: &str) -> Result<&Provider, Problem> {
        let mut all = self.providers.iter();
        all.find(|provider| provider.name == name).ok_or_else(|| {
            let all = self.providers.iter().map(|one| one.name.as_str());
            let all: Vec<&str> = all.collect();
            Problem::not_found(format!(
                "there is no provider `{name}`; there are {}",
                all.join(", ")
            ))
        })
    }

    /// That there is no user of this name.
    pub(super) fn no_user(&self, name: &str) -> Problem {
        match self.providers.first() {
            Some(first) => unknown(name, first),
            None => Problem::fault("there is no provider"),
        }
    }
}
