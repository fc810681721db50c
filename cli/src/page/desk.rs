//! What the page works on: the policy's folder, the providers' stand-ins, the gateway.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tollgate_local::dev::Provider;

use super::draft::Drafts;
use super::language::MAX_SESSIONS;
use super::person::Verifier;
use super::policy::Folder;

/// What the page works on.
pub struct Desk {
    /// The policy's folder.
    pub(super) folder: Folder,
    /// The policy, saved and unsaved.
    pub(super) drafts: Arc<Drafts>,
    /// Who vouches for users.
    pub(super) verifier: Verifier,
    /// The configuration's providers, with the stand-ins that run in their places.
    pub(super) providers: Arc<[Provider]>,
    /// Room for one more session of the language server each.
    pub(super) sessions: Arc<Semaphore>,
}

impl Desk {
    /// A desk for this policy folder.
    ///
    /// # Errors
    /// When the folder cannot be found.
    pub fn new(
        folder: &Path,
        drafts: Arc<Drafts>,
        providers: Arc<[Provider]>,
    ) -> Result<Self, String> {
        Ok(Self {
            folder: Folder::new(folder)?,
            drafts,
            verifier: Verifier::default(),
            providers,
            sessions: Arc::new(Semaphore::new(MAX_SESSIONS)),
        })
    }
}
