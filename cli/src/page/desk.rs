//! What the page works on: the policy's folder, the providers' stand-ins, the gateway.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::language::MAX_SESSIONS;
use super::policy::Folder;

/// What the page works on.
pub struct Desk {
    /// The policy's folder.
    pub(super) folder: Folder,
    /// Room for one more session of the language server each.
    pub(super) sessions: Arc<Semaphore>,
}

impl Desk {
    /// A desk for this policy folder.
    ///
    /// # Errors
    /// When the folder cannot be found.
    pub fn new(folder: &std::path::Path) -> Result<Self, String> {
        Ok(Self {
            folder: Folder::new(folder)?,
            sessions: Arc::new(Semaphore::new(MAX_SESSIONS)),
        })
    }
}
