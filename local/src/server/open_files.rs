//! How many files this process may have open: a connection is one, and systems start programs with few.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A connection and one to the backend for each client, and room for the rest of the process.
const WANTED: u64 = 2 * super::MAX_CONNECTIONS as u64 + 512;
/// What macOS takes at most where its limit says that there is none (`OPEN_MAX`).
const OPEN_MAX: u64 = 10_240;

/// Raises the limit as far as this user may. Where that is not far enough, clients wait to be served.
pub(super) fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(WANTED, |most| most.min(WANTED));
    for current in [most, most.min(OPEN_MAX)] {
        let is_enough = limit.current.is_none_or(|soft| soft >= current);
        let raised = Rlimit {
            current: Some(current),
            maximum: limit.maximum,
        };
        if is_enough || setrlimit(Resource::Nofile, raised).is_ok() {
            return;
        }
    }
}
