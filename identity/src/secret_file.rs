//! Secrets from files: a Lambda layer's or extension's, a container's, a developer's.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use tokio::time::timeout;

use crate::secret::{MAX_BYTES, Secret};
use crate::secret_ref::FilePath;

/// A file that could not be read: which one, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub path: FilePath,
    /// What is wrong.
    pub problem: FileProblem,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileProblem {
    /// It, or a folder on the way to it, does not exist.
    Missing,
    /// The process may not read it, or not enter a folder on the way to it.
    Denied,
    /// A folder, a pipe, a device.
    NotAFile,
    /// More than [`MAX_BYTES`].
    TooLong,
    /// Its bytes are not UTF-8.
    NotUnicode,
    /// Not read within this time: its file system does not answer.
    TimedOut(Duration),
    /// Any other error of the operating system.
    Other(io::ErrorKind),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match self.problem {
            FileProblem::Missing => write!(
                f,
                "file `{path}` does not exist: put the key there, or correct the path (without a \
                 leading slash it begins at the folder the process was started in)"
            ),
            FileProblem::Denied => write!(
                f,
                "file `{path}` may not be read by this process: give its user the right to read \
                 it and to enter the folders above it"
            ),
            FileProblem::NotAFile => write!(
                f,
                "`{path}` is not a file: name the file that holds the key"
            ),
            FileProblem::TooLong => write!(
                f,
                "file `{path}` is longer than {MAX_BYTES} bytes: that is not a key; store the \
                 key alone in it"
            ),
            FileProblem::NotUnicode => {
                write!(f, "file `{path}` is not UTF-8 text: write it anew")
            }
            FileProblem::TimedOut(within) => write!(
                f,
                "file `{path}` could not be read within {within:?}: check the file system it is on"
            ),
            FileProblem::Other(kind) => write!(f, "file `{path}` could not be read: {kind}"),
        }
    }
}

impl std::error::Error for FileError {}

/// Reads a file, `within` the time even when its file system hangs.
pub(crate) async fn read(path: &FilePath, within: Duration) -> Result<Secret, FileProblem> {
    let owned = path.clone();
    let reading = tokio::task::spawn_blocking(move || contents(owned.as_str()));
    match timeout(within, reading).await {
        Ok(Ok(read)) => read,
        // The runtime is going down.
        Ok(Err(_)) => Err(FileProblem::Other(io::ErrorKind::Interrupted)),
        Err(_) => Err(FileProblem::TimedOut(within)),
    }
}

fn contents(path: &str) -> Result<Secret, FileProblem> {
    // Looked at before it is opened: opening a pipe waits for somebody who writes.
    if !std::fs::metadata(path)
        .map_err(|error| problem(&error))?
        .is_file()
    {
        return Err(FileProblem::NotAFile);
    }
    // All of the room at once: a buffer that grows leaves copies behind.
    let mut bytes = Vec::with_capacity(MAX_BYTES + 1);
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| problem(&error))?;
    if bytes.len() > MAX_BYTES {
        return Err(FileProblem::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| FileProblem::NotUnicode)?;
    Ok(Secret::new(text))
}

fn problem(error: &io::Error) -> FileProblem {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileProblem::Missing,
        io::ErrorKind::PermissionDenied => FileProblem::Denied,
        kind => FileProblem::Other(kind),
    }
}

#[cfg(test)]
mod tests;
