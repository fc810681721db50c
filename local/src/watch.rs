//! Tells when watched files change, by looking at their contents five times a second.
//!
//! Contents, not events or times: an editor that writes a new file and renames it, a checkout and a
//! mounted folder all look the same. A change is told once it has stood still for one look.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use tokio::task::JoinHandle;

/// Time between two looks.
pub const INTERVAL: Duration = Duration::from_millis(200);
/// How much of a file is compared, in bytes; what reads the file has no higher limit.
const MAX_FILE: u64 = crate::template::MAX_BYTES;
/// How many files of one folder are watched, in the order of their names.
const MAX_FILES: usize = 1_000;

/// What is watched.
#[derive(Debug, Clone)]
pub enum Watched {
    /// One file, whether or not it exists yet.
    File(PathBuf),
    /// These files, whether or not they exist yet.
    Listed(FileList),
    /// The policy folder: its `*.policy` files and `authorizer.yaml`.
    PolicyFolder(PathBuf),
}

impl Watched {
    fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::File(path) => vec![path.clone()],
            Self::Listed(files) => files.get(),
            Self::PolicyFolder(folder) => {
                let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                    .filter(|path| is_policy_file(path))
                    .collect();
                files.sort();
                files.truncate(MAX_FILES);
                files
            }
        }
    }
}

/// Files that may become others while they are watched. One that joins them counts as changed.
#[derive(Debug, Clone, Default)]
pub struct FileList(Arc<Mutex<Vec<PathBuf>>>);

impl FileList {
    /// These files; of more than a thousand the first.
    pub fn new(files: Vec<PathBuf>) -> Self {
        let list = Self::default();
        list.set(files);
        list
    }

    /// Watches these from now on.
    pub fn set(&self, mut files: Vec<PathBuf>) {
        files.truncate(MAX_FILES);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = files;
    }

    fn get(&self) -> Vec<PathBuf> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Whether a file of the policy folder counts, which is what the authorizer reads of it: editors'
/// hidden and backup files don't.
fn is_policy_file(path: &Path) -> bool {
    let Some(name) = path.file_name() else {
        return false;
    };
    let policy = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("policy"));
    !name.as_encoded_bytes().starts_with(b".") && (policy || name == "authorizer.yaml")
}

/// What the watched files hold.
type Snapshot = BTreeMap<PathBuf, Content>;

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Missing,
    Bytes {
        hash: Vec<u8>,
        length: u64,
    },
    /// Not readable, or not a file.
    Unreadable(io::ErrorKind),
}

fn look(watched: &[Watched]) -> Snapshot {
    watched
        .iter()
        .flat_map(Watched::files)
        .map(|path| (path.clone(), content(&path)))
        .collect()
}

fn content(path: &Path) -> Content {
    match hash(path) {
        Ok((digest, length)) => Content::Bytes {
            hash: digest.as_ref().to_vec(),
            length,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Missing,
        Err(error) => Content::Unreadable(error.kind()),
    }
}

fn hash(path: &Path) -> io::Result<(Digest, u64)> {
    // Asked before opening: opening a named pipe would wait for a writer.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok((digest(&SHA256, &bytes), metadata.len()))
}

/// A watch; it ends when dropped.
#[derive(Debug)]
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// Looks at the files every `interval` and calls `changed` with the paths that came, went or
    /// hold something else. Changes from before the call are none. `changed` is awaited: while it runs
    /// nothing is looked at, and what changes meanwhile is told afterwards.
    pub async fn start<F, R>(watched: Vec<Watched>, interval: Duration, mut changed: F) -> Self
    where
        F: FnMut(Vec<PathBuf>) -> R + Send + 'static,
        R: Future<Output = ()> + Send,
    {
        let mut told = look_aside(&watched).await.unwrap_or_default();
        Self(tokio::spawn(async move {
            let mut before: Option<Snapshot> = None;
            loop {
                tokio::time::sleep(interval).await;
                let Some(now) = look_aside(&watched).await else {
                    continue;
                };
                if now == told {
                    before = None;
                } else if before.as_ref() == Some(&now) {
                    let paths = difference(&told, &now);
                    told = now;
                    before = None;
                    changed(paths).await;
                } else {
                    before = Some(now);
                }
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Looks in a thread where waiting for a disk holds nobody up.
async fn look_aside(watched: &[Watched]) -> Option<Snapshot> {
    let watched = watched.to_vec();
    tokio::task::spawn_blocking(move || look(&watched))
        .await
        .ok()
}

fn difference(before: &Snapshot, now: &Snapshot) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = before
        .keys()
        .chain(now.keys())
        .filter(|path| before.get(*path) != now.get(*path))
        .cloned()
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::fs;
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    const QUICK: Duration = Duration::from_millis(20);

    struct Folder {
        path: tempfile::TempDir,
        told: mpsc::UnboundedReceiver<Vec<String>>,
        _watch: Watch,
    }

    impl Folder {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("access.policy"), "one").unwrap();
            let (send, told) = mpsc::unbounded_channel();
            let watched = vec![Watched::PolicyFolder(folder.path().to_owned())];
            let watch = Watch::start(watched, QUICK, move |paths: Vec<PathBuf>| {
                let names = paths
                    .iter()
                    .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
                    .collect();
                send.send(names).unwrap();
                std::future::ready(())
            })
            .await;
            Self {
                path: folder,
                told,
                _watch: watch,
            }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.path.path().join(name), text).unwrap();
        }

        async fn told(&mut self) -> Vec<String> {
            timeout(Duration::from_secs(5), self.told.recv())
                .await
                .unwrap()
                .unwrap()
        }

        async fn quiet(&mut self) -> bool {
            timeout(QUICK * 10, self.told.recv()).await.is_err()
        }
    }

    #[tokio::test]
    async fn a_saved_file_is_told_once() {
        let mut folder = Folder::new().await;
        assert!(folder.quiet().await);
        folder.write("access.policy", "two");
        assert_eq!(folder.told().await, ["access.policy"]);
        assert!(folder.quiet().await);
    }

    #[tokio::test]
    async fn the_same_text_again_is_no_change_and_a_change_of_equal_length_is_one() {
        let mut folder = Folder::new().await;
        folder.write("access.policy", "one");
        assert!(folder.quiet().await);
        folder.write("access.policy", "oen");
        assert_eq!(folder.told().await, ["access.policy"]);
    }

    #[tokio::test]
    async fn editors_that_rename_are_seen() {
        let mut folder = Folder::new().await;
        folder.write(".access.policy.swp", "two");
        folder.write("access.policy~", "one");
        assert!(folder.quiet().await);
        fs::remove_file(folder.path.path().join("access.policy")).unwrap();
        fs::rename(
            folder.path.path().join(".access.policy.swp"),
            folder.path.path().join("access.policy"),
        )
        .unwrap();
        assert_eq!(folder.told().await, ["access.policy"]);
    }

    #[tokio::test]
    async fn files_that_come_and_go_and_the_configuration_are_seen_and_others_are_not() {
        let mut folder = Folder::new().await;
        folder.write("notes.txt", "x");
        assert!(folder.quiet().await);
        folder.write("authorizer.yaml", "x");
        assert_eq!(folder.told().await, ["authorizer.yaml"]);
        fs::remove_file(folder.path.path().join("authorizer.yaml")).unwrap();
        assert_eq!(folder.told().await, ["authorizer.yaml"]);
        folder.write("C.POLICY", "x");
        assert_eq!(folder.told().await, ["C.POLICY"]);
        fs::create_dir(folder.path.path().join("b.policy")).unwrap();
        assert_eq!(folder.told().await, ["b.policy"]);
        fs::remove_dir_all(folder.path.path()).unwrap();
        assert_eq!(
            folder.told().await,
            ["C.POLICY", "access.policy", "b.policy"]
        );
    }

    #[tokio::test]
    async fn a_list_may_become_another() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        fs::write(&other, "x").unwrap();
        let list = FileList::new(vec![one.clone()]);
        let (send, mut told) = mpsc::unbounded_channel();
        let watched = vec![Watched::Listed(list.clone())];
        let _watch = Watch::start(watched, QUICK, move |paths| {
            send.send(paths).unwrap();
            std::future::ready(())
        })
        .await;
        let mut next = async || timeout(Duration::from_secs(5), told.recv()).await.unwrap();
        fs::write(&one, "x").unwrap();
        assert_eq!(next().await.unwrap(), std::slice::from_ref(&one));
        list.set(vec![one, other.clone()]);
        assert_eq!(next().await.unwrap(), std::slice::from_ref(&other));
        fs::write(&other, "y").unwrap();
        assert_eq!(next().await.unwrap(), [other]);
    }

    #[tokio::test]
    async fn one_file_is_watched_before_it_exists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.yaml");
        let (send, mut told) = mpsc::unbounded_channel();
        let _watch = Watch::start(vec![Watched::File(path.clone())], QUICK, move |paths| {
            send.send(paths).unwrap();
            std::future::ready(())
        })
        .await;
        fs::write(&path, "live:").unwrap();
        assert_eq!(
            timeout(Duration::from_secs(5), told.recv())
                .await
                .unwrap()
                .unwrap(),
            [path]
        );
    }
}
