//! The files an authorizer is made of: a folder's `*.policy` files and its `authorizer.yaml`,
//! read from a disk or built into a binary.

use std::fmt;
use std::path::{Path, PathBuf};

use tollgate_grammar::limits;

/// Most `*.policy` files of a folder.
pub const MAX_FILES: usize = 256;

/// The name of the configuration within its folder.
pub const SETTINGS: &str = "authorizer.yaml";

/// File names as shown in messages, and contents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// `*.policy` files by name.
    pub policies: Vec<(String, Vec<u8>)>,
    /// `authorizer.yaml`.
    pub settings: (String, String),
}

/// A file or folder that could not be read.
#[derive(Debug)]
pub struct FileError {
    path: PathBuf,
    problem: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for FileError {}

impl Files {
    /// Reads a policy folder; `settings` names a configuration outside of it.
    ///
    /// # Errors
    /// What could not be read and why; a folder without a policy is one.
    pub fn read(folder: &Path, settings: Option<&Path>) -> Result<Self, FileError> {
        let default = folder.join(SETTINGS);
        let path = settings.unwrap_or(&default);
        let text = read(path, crate::settings::MAX_BYTES)?;
        let text = String::from_utf8(text).map_err(|_| fault(path, "it is not UTF-8 text"))?;
        Ok(Self {
            policies: policies(folder)?,
            settings: (path.display().to_string(), text),
        })
    }
}

/// A folder's `*.policy` files, in the order of their names.
///
/// # Errors
/// What could not be read and why.
pub fn policies(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, FileError> {
    let entries = std::fs::read_dir(folder).map_err(|error| fault(folder, &error.to_string()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| fault(folder, &error.to_string()))?
            .path();
        // Editors keep hidden files beside those they edit.
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let policy = path
            .extension()
            .is_some_and(|extension| extension == "policy");
        if policy && !hidden && path.is_file() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(fault(folder, "there is no `*.policy` file in this folder"));
    }
    if paths.len() > MAX_FILES {
        return Err(fault(
            folder,
            "there are more than 256 `*.policy` files in this folder",
        ));
    }
    paths.sort();
    paths
        .iter()
        .map(|path| Ok((path.display().to_string(), read(path, limits::FILE_BYTES)?)))
        .collect()
}

fn read(path: &Path, longest: usize) -> Result<Vec<u8>, FileError> {
    let size = std::fs::metadata(path)
        .map_err(|error| fault(path, &error.to_string()))?
        .len();
    if usize::try_from(size).is_ok_and(|size| size <= longest) {
        std::fs::read(path).map_err(|error| fault(path, &error.to_string()))
    } else {
        Err(fault(path, &format!("it is longer than {longest} bytes")))
    }
}

fn fault(path: &Path, problem: &str) -> FileError {
    FileError {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}
