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
        let files = Self {
            policies: policies(folder)?,
            settings: Default::default(),
        };
        files.with_settings(Some(settings.unwrap_or(&folder.join(SETTINGS))))
    }

    /// The same files with this configuration, if one is named.
    ///
    /// # Errors
    /// What could not be read and why.
    pub fn with_settings(mut self, settings: Option<&Path>) -> Result<Self, FileError> {
        if let Some(path) = settings {
            let text = read(path, crate::settings::MAX_BYTES)?;
            let text = String::from_utf8(text).map_err(|_| fault(path, "it is not UTF-8 text"))?;
            self.settings = (path.display().to_string(), text);
        }
        Ok(self)
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
        if is_policy(&path) {
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

/// Whether an entry of the folder counts. Editors keep hidden files beside those they edit; any
/// other entry of that name must be a file that can be read, or its rules would be missing.
fn is_policy(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let policy = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("policy"));
    policy && !hidden
}

pub(crate) fn read(path: &Path, longest: usize) -> Result<Vec<u8>, FileError> {
    let metadata = std::fs::metadata(path).map_err(|error| fault(path, &error.to_string()))?;
    // A pipe would be waited for without end.
    if !metadata.is_file() {
        return Err(fault(path, "it is not a file"));
    }
    if !usize::try_from(metadata.len()).is_ok_and(|size| size <= longest) {
        return Err(fault(path, &format!("it is longer than {longest} bytes")));
    }
    std::fs::read(path).map_err(|error| fault(path, &error.to_string()))
}

fn fault(path: &Path, problem: &str) -> FileError {
    FileError {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}
