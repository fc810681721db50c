//! The documents an editor has open: their text is what counts, not what is on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::TextDocumentContentChangeEvent;
use tollgate_grammar::limits;
use url::Url;

use super::position::{Encoding, Lines};

/// Bytes of an open document: past the size of a policy file there is room to paste and delete
/// again, but not without end.
pub const DOCUMENT_BYTES: usize = 4 * limits::FILE_BYTES;

/// An open document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its address, as the editor writes it.
    pub uri: String,
    /// Its path, if it is a file.
    pub path: Option<PathBuf>,
    /// The editor's number of this text.
    pub version: i32,
    /// The text.
    pub text: String,
}

impl Document {
    /// Applies edits in their order. Past [`DOCUMENT_BYTES`] the rest is left out.
    pub fn edit(&mut self, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let lines = Lines::new(&self.text, encoding);
                    let start = lines.offset(&self.text, range.start);
                    let end = lines.offset(&self.text, range.end).max(start);
                    self.text.replace_range(start..end, &change.text);
                }
            }
            if self.is_too_long() {
                return;
            }
        }
    }

    /// Whether it is longer than [`DOCUMENT_BYTES`].
    pub fn is_too_long(&self) -> bool {
        self.text.len() > DOCUMENT_BYTES
    }
}

/// All open documents.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<String, Document>,
}

impl Documents {
    /// Opens a document, or replaces it.
    pub fn open(&mut self, uri: &str, version: i32, text: String) {
        let document = Document {
            uri: uri.to_owned(),
            path: path(uri),
            version,
            text,
        };
        self.open.insert(uri.to_owned(), document);
    }

    /// Forgets a document.
    pub fn close(&mut self, uri: &str) {
        self.open.remove(uri);
    }

    /// An open document.
    pub fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    /// An open document, to edit.
    pub fn get_mut(&mut self, uri: &str) -> Option<&mut Document> {
        self.open.get_mut(uri)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }
}

/// The path of a `file:` address.
pub fn path(uri: &str) -> Option<PathBuf> {
    let url = Url::parse(uri).ok()?;
    (url.scheme() == "file").then(|| url.to_file_path().ok())?
}

/// The `file:` address of a path.
pub fn uri(path: &Path) -> Option<String> {
    Url::from_file_path(path).ok().map(String::from)
}
