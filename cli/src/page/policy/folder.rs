//! The policy's folder: its `*.policy` files by name, and nothing else on the disk.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use tollgate_gateway::files::MAX_FILES;
use tollgate_grammar::limits;

use crate::replace::replace;

/// What UTF-8 text may start with.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The folder of a policy.
pub struct Folder {
    /// Without links, so that what is in it can be told from what is not.
    path: PathBuf,
    /// One file is replaced at a time, so that nobody's text is taken for another's.
    writing: Mutex<()>,
}

/// A file's text and the hash of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Without a byte order mark.
    pub text: String,
    /// Hexadecimal SHA-256.
    pub hash: String,
}

/// Why a file is not read, or not replaced.
#[derive(Debug)]
pub enum Refusal {
    /// It could not be the name of a policy file.
    Name,
    /// There is no such file.
    Missing(String),
    /// It is a link to another folder.
    Elsewhere(String),
    /// It cannot be read.
    Unreadable(String, String),
    /// It is not UTF-8 text.
    NotText(String),
    /// It may not be written.
    ReadOnly(String),
    /// It could not be written.
    Unwritable(String, io::Error),
    /// It holds another text than the one that was to be replaced.
    Changed {
        /// Its name.
        name: String,
        /// What it holds.
        current: File,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => {
                f.write_str("a file of the policy is called `NAME.policy`, without a folder")
            }
            Self::Missing(name) => write!(
                f,
                "{name}: there is no such file in the policy folder: it was deleted or renamed; \
                 make it again in an editor to save here"
            ),
            Self::Elsewhere(name) => write!(
                f,
                "{name}: it is a link out of the policy folder: edit the file where it lies"
            ),
            Self::Unreadable(name, why) => write!(f, "{name}: it cannot be read: {why}"),
            Self::NotText(name) => write!(
                f,
                "{name}: it is not UTF-8 text: save it as UTF-8 in an editor"
            ),
            Self::ReadOnly(name) => write!(
                f,
                "{name}: it is read-only: allow yourself to write it, then save again"
            ),
            Self::Unwritable(name, error) => write!(f, "{name}: it could not be saved: {error}"),
            Self::Changed { name, .. } => write!(
                f,
                "{name}: it was changed elsewhere since you opened it: nothing was saved"
            ),
        }
    }
}

impl Folder {
    /// The folder of this path.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(path: &Path) -> Result<Self, String> {
        let path = path
            .canonicalize()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self {
            path,
            writing: Mutex::default(),
        })
    }

    /// Its path, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its `file:` address, to which `/` and a name are added for a file of it.
    pub fn root_uri(&self) -> String {
        // An absolute path always has one.
        url::Url::from_file_path(&self.path).map_or_else(|()| String::new(), String::from)
    }

    /// The names of its files that are the policy's, in their order.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_policy(name)).collect();
        names.sort();
        names.truncate(MAX_FILES);
        names
    }

    /// What tells this state of the folder's files from another, by their sizes and times: enough to
    /// look at them anew, and no reason to read them several times a second.
    pub fn state(&self) -> String {
        let names = self.names();
        let files = names.iter().map(|name| {
            let metadata = std::fs::metadata(self.path.join(name)).ok();
            let modified = metadata.as_ref().and_then(|it| it.modified().ok());
            (name, metadata.map(|it| it.len()), modified)
        });
        hash(format!("{:?}", files.collect::<Vec<_>>()).as_bytes())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is none of the policy, or cannot be read as text.
    pub fn read(&self, name: &str) -> Result<File, Refusal> {
        let bytes = Self::bytes(&self.file(name)?, name)?;
        text(name, bytes)
    }

    /// Puts a text in a file's place if that holds what `expected` is the hash of; gives the hash of
    /// the new one.
    ///
    /// # Errors
    /// When it is none of the policy, holds something else, or cannot be written.
    pub fn replace(&self, name: &str, new: &str, expected: &str) -> Result<String, Refusal> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.file(name)?;
        let bytes = Self::bytes(&path, name)?;
        if hash(&bytes) != expected {
            let (name, current) = (name.to_owned(), text(name, bytes)?);
            return Err(Refusal::Changed { name, current });
        }
        let failed = |error| Refusal::Unwritable(name.to_owned(), error);
        let metadata = std::fs::metadata(&path).map_err(failed)?;
        // Its folder may let it be replaced, but somebody did not want that.
        if metadata.permissions().readonly() {
            return Err(Refusal::ReadOnly(name.to_owned()));
        }
        replace(&path, new).map_err(failed)?;
        Ok(hash(new.as_bytes()))
    }

    /// The path of a file of the policy.
    fn file(&self, name: &str) -> Result<PathBuf, Refusal> {
        if !is_policy(name) {
            return Err(Refusal::Name);
        }
        let path = self.path.join(name);
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Refusal::Missing(name.to_owned()));
            }
            Err(error) => return Err(Refusal::Unreadable(name.to_owned(), error.to_string())),
        };
        if real.parent() != Some(&self.path) {
            return Err(Refusal::Elsewhere(name.to_owned()));
        }
        Ok(real)
    }

    fn bytes(path: &Path, name: &str) -> Result<Vec<u8>, Refusal> {
        let unreadable = |why: String| Refusal::Unreadable(name.to_owned(), why);
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        // A pipe would be waited for without end.
        if !metadata.is_file() {
            return Err(unreadable("it is not a file".to_owned()));
        }
        if !usize::try_from(metadata.len()).is_ok_and(|size| size <= limits::FILE_BYTES) {
            let longest = limits::FILE_BYTES;
            return Err(unreadable(format!("it is longer than {longest} bytes")));
        }
        std::fs::read(path).map_err(|error| unreadable(error.to_string()))
    }
}

fn text(name: &str, bytes: Vec<u8>) -> Result<File, Refusal> {
    let hash = hash(&bytes);
    let text = String::from_utf8(bytes).map_err(|_| Refusal::NotText(name.to_owned()))?;
    let text = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    Ok(File { text, hash })
}

/// Hexadecimal SHA-256.
pub fn hash(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether `tollgate` would read a file of this name as part of the policy: no folder, not hidden.
pub fn is_policy(name: &str) -> bool {
    let end = Path::new(name).extension();
    let is_name = Path::new(name).file_name().is_some_and(|file| file == name);
    is_name
        && !name.starts_with('.')
        && !name.contains(['/', '\\', '\0', ':'])
        && end.is_some_and(|end| end.eq_ignore_ascii_case("policy"))
}

/// What stands behind the last separator of a path.
pub fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
