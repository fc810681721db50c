//! One policy as the editor sees it: the files of a folder, open documents in place of what is on
//! the disk, read and compiled together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tollgate_engine::{Policy, Products};
use tollgate_gateway::files;
use tollgate_gateway::policy::Read;
use tollgate_grammar::tree::Tree;
use tollgate_grammar::{Diagnostic, FileId, SourceFile, Sources, Span};

use super::document::{self, Document, Documents};
use super::position::{Encoding, Lines};
use crate::load::{self, Loaded, SettingsProblem};

/// Which documents belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The `*.policy` files of a folder.
    Folder(PathBuf),
    /// A document that is no `*.policy` file on a disk, by its address.
    Alone(String),
}

impl Key {
    /// The policy a document belongs to.
    pub fn of(uri: &str) -> Self {
        let folder = document::path(uri)
            .filter(|path| is_policy(path))
            .and_then(|path| path.parent().map(Path::to_owned));
        folder.map_or_else(|| Self::Alone(uri.to_owned()), Self::Folder)
    }
}

impl Key {
    /// The policy of a folder.
    pub fn folder(folder: &Path) -> Self {
        Self::Folder(folder.to_owned())
    }
}

/// Whether `tollgate` would read this file as part of its folder's policy.
fn is_policy(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|end| end == "policy")
}

/// A file of the policy, as the editor knows it.
#[derive(Debug)]
pub struct File {
    /// Its address.
    pub uri: String,
    /// The editor's number of this text, if the file is open.
    pub version: Option<i32>,
    /// The whole text as the editor counts it: with a byte order mark, if there is one.
    text: String,
    /// Bytes at the start that the grammar does not count.
    mark: usize,
    lines: Lines,
}

impl File {
    /// A range of the grammar's bytes as the editor's positions.
    pub fn range(&self, bytes: std::ops::Range<usize>) -> lsp_types::Range {
        self.lines
            .range(&self.text, bytes.start + self.mark, bytes.end + self.mark)
    }

    /// The grammar's byte at the editor's position.
    pub fn offset(&self, position: lsp_types::Position) -> usize {
        self.lines
            .offset(&self.text, position)
            .saturating_sub(self.mark)
    }

    /// Whether this is the text, byte order mark included.
    pub fn is_text(&self, text: &str) -> bool {
        self.text == text
    }

    /// The range of the whole text.
    pub fn whole(&self) -> lsp_types::Range {
        self.lines.range(&self.text, 0, self.text.len())
    }
}

/// A policy, read and compiled, whether it has mistakes or not.
pub struct Project {
    loaded: Loaded,
    findings: Vec<Diagnostic>,
    files: Vec<File>,
    /// Why the folder could not be read.
    pub folder_problem: Option<String>,
}

impl Project {
    /// Reads a policy.
    pub fn load(key: &Key, documents: &Documents, encoding: Encoding) -> Self {
        let mut found: BTreeMap<String, (Vec<u8>, Option<i32>)> = BTreeMap::new();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut folder_problem = None;
        let open: Vec<&Document> = documents
            .iter()
            .filter(|document| Key::of(&document.uri) == *key)
            .collect();
        if let Key::Folder(folder) = key {
            match files::policies(folder) {
                Ok(files) => {
                    for (name, bytes) in files {
                        let path = Path::new(&name);
                        let is_open = open.iter().any(|file| file.path.as_deref() == Some(path));
                        if let Some(uri) = document::uri(path).filter(|_| !is_open) {
                            names.insert(uri.clone(), short_name(path));
                            found.insert(uri, (bytes, None));
                        }
                    }
                }
                // A new document whose folder has no policy yet is no problem.
                Err(problem) if open.iter().any(|document| on_disk(document)) => {
                    folder_problem = Some(problem.to_string());
                }
                Err(_) => {}
            }
        }
        for document in open {
            let text = document.text.clone().into_bytes();
            let name = document
                .path
                .as_deref()
                .map_or_else(|| document.uri.clone(), short_name);
            names.insert(document.uri.clone(), name);
            found.insert(document.uri.clone(), (text, Some(document.version)));
        }
        let mut loaded = settings(key);
        let inputs: Vec<(String, Vec<u8>)> = found
            .iter()
            .map(|(uri, (bytes, _))| (names.get(uri).unwrap_or(uri).clone(), bytes.clone()))
            .collect();
        loaded.read = Read::files(&inputs, &loaded.products);
        let files = found
            .into_iter()
            .zip(loaded.read.sources.files())
            .map(|((uri, (bytes, version)), (_, source))| {
                let marked = bytes.starts_with(b"\xef\xbb\xbf");
                let text = if marked { "\u{feff}" } else { "" }.to_owned() + source.text();
                File {
                    uri,
                    version,
                    mark: if marked { 3 } else { 0 },
                    lines: Lines::new(&text, encoding),
                    text,
                }
            })
            .collect();
        Self {
            findings: loaded.findings(),
            loaded,
            files,
            folder_problem,
        }
    }

    /// The files with their ids.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// A file by its address.
    pub fn file(&self, uri: &str) -> Option<(FileId, &File)> {
        self.files().find(|(_, file)| file.uri == uri)
    }

    /// The file a span lies in.
    pub fn file_of(&self, span: Span) -> Option<&File> {
        self.files.get(span.file.0 as usize)
    }

    /// A file as the grammar has it.
    pub fn source(&self, id: FileId) -> Option<&SourceFile> {
        self.loaded.read.sources.file(id)
    }

    /// All files as the grammar has them.
    pub fn sources(&self) -> &Sources {
        &self.loaded.read.sources
    }

    /// What could be read.
    pub fn tree(&self) -> &Tree {
        &self.loaded.read.tree
    }

    /// All errors and warnings of the policy.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// What `authorizer.yaml` calls products.
    pub fn products(&self) -> &Products {
        &self.loaded.products
    }

    /// What is wrong with `authorizer.yaml`.
    pub fn settings_problem(&self) -> Option<&SettingsProblem> {
        self.loaded.settings_problem.as_ref()
    }

    /// The compiled policy, unless there are errors.
    pub fn policy(&self) -> Option<&Policy> {
        self.loaded.policy()
    }

    /// The errors and compiler's warnings there would be if the files had other texts.
    pub fn findings_with(&self, changed: impl Fn(FileId, &str) -> String) -> Vec<Diagnostic> {
        let files = self.sources().files();
        let inputs: Vec<(String, Vec<u8>)> = files
            .map(|(id, file)| {
                (
                    file.name().to_owned(),
                    changed(id, file.text()).into_bytes(),
                )
            })
            .collect();
        Read::files(&inputs, &self.loaded.products).findings
    }

    /// Where a span stands, for a sentence: `access.policy:12`.
    pub fn place(&self, span: Span) -> String {
        self.source(span.file).map_or_else(String::new, |file| {
            format!("{}:{}", file.name(), file.place(span.start).line)
        })
    }
}

fn on_disk(document: &Document) -> bool {
    document.path.as_deref().is_some_and(Path::exists)
}

fn short_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// What the `authorizer.yaml` beside the policy says; the policy itself is still empty.
fn settings(key: &Key) -> Loaded {
    let file = match key {
        Key::Folder(folder) => load::settings_file(folder),
        Key::Alone(uri) => document::path(uri).and_then(|path| load::settings_file(&path)),
    };
    let mut loaded = Loaded {
        read: Read::files(&[], &Products::default()),
        products: Products::default(),
        settings: None,
        settings_problem: None,
    };
    match file.map(|file| load::settings(&file)) {
        Some(Ok((settings, products))) => {
            loaded.settings = Some(settings);
            loaded.products = products;
        }
        Some(Err(problem)) => loaded.settings_problem = Some(problem),
        None => {}
    }
    loaded
}
