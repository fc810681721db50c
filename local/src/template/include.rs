//! Files that a template names: OpenAPI documents beside it, and what `AWS::Include` puts in.

use std::io::Read as _;
use std::path::{Component, Path};

use tollgate_grammar::{Sources, Span, Spanned};

use super::node::{Node, Value};
use super::{MAX_BYTES, ReadError, Unread, yaml};

/// Most files that a template may name.
const MAX_FILES: usize = 32;

/// Deepest nesting of files that name each other.
const MAX_DEPTH: usize = 4;

/// The files of a template.
pub(super) struct Files<'s> {
    folder: &'s Path,
    sources: &'s mut Sources,
    left: usize,
    /// What was named and not read.
    pub unread: Vec<Unread>,
}

impl<'s> Files<'s> {
    /// Files are looked for in this folder.
    pub(super) fn new(folder: &'s Path, sources: &'s mut Sources) -> Self {
        Self {
            folder,
            sources,
            left: MAX_FILES,
            unread: Vec::new(),
        }
    }

    /// A template with its files put in.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(super) fn put_in(&mut self, node: Node) -> Result<Node, ReadError> {
        self.within(node, 0)
    }

    fn within(&mut self, node: Node, depth: usize) -> Result<Node, ReadError> {
        let span = node.span;
        let value = match node.value {
            Value::Map(members) => {
                if let Some(location) = included(&members) {
                    let what = "what AWS::Include puts in";
                    return self.file(location, span, what, depth);
                }
                let members = members.into_iter().map(|(name, node)| {
                    let node = self.within(node, depth)?;
                    Ok((name, node))
                });
                let members: Result<Vec<_>, ReadError> = members.collect();
                Value::Map(self.definition(members?, depth)?)
            }
            Value::List(items) => {
                let items: Result<Vec<_>, _> = items
                    .into_iter()
                    .map(|item| self.within(item, depth))
                    .collect();
                Value::List(items?)
            }
            other => other,
        };
        Ok(Node { span, value })
    }

    /// `DefinitionUri: openapi.yaml` of an API becomes its `DefinitionBody`; so does the
    /// `BodyS3Location` that `aws cloudformation package` takes a local path for.
    fn definition(
        &mut self,
        mut members: Vec<(Spanned<String>, Node)>,
        depth: usize,
    ) -> Result<Vec<(Spanned<String>, Node)>, ReadError> {
        for (name, node) in &mut members {
            let body = match name.node.as_str() {
                "DefinitionUri" => "DefinitionBody",
                "BodyS3Location" => "Body",
                _ => continue,
            };
            let nothing = Node {
                span: node.span,
                value: Value::Null,
            };
            let uri = std::mem::replace(node, nothing);
            *node = self.file(&uri, name.span, "the OpenAPI document", depth)?;
            body.clone_into(&mut name.node);
        }
        Ok(members)
    }

    /// The document of a file beside the template; `Null`, with a remark, of anything else.
    fn file(
        &mut self,
        location: &Node,
        span: Span,
        what: &str,
        depth: usize,
    ) -> Result<Node, ReadError> {
        let path = location.text().map(Path::new).filter(|path| is_local(path));
        let left = self.left.checked_sub(1).filter(|_| depth < MAX_DEPTH);
        let (Some(path), Some(left)) = (path, left) else {
            self.unread.push(Unread {
                span,
                what: what.to_owned(),
            });
            let value = Value::Null;
            return Ok(Node { span, value });
        };
        self.left = left;
        let path = self.folder.join(path);
        let node = open(&path, self.sources)?;
        self.within(node, depth + 1)
    }
}

/// Where `Fn::Transform: { Name: AWS::Include, Parameters: { Location: … } }` takes its text from.
fn included(members: &[(Spanned<String>, Node)]) -> Option<&Node> {
    let [(name, node)] = members else {
        return None;
    };
    let is_include = node.get("Name").and_then(Node::text) == Some("AWS::Include");
    if name.node != "Fn::Transform" || !is_include {
        return None;
    }
    node.at(&["Parameters", "Location"])
}

/// A path from the folder of the template on, as deployment tools take one: neither a URL nor one
/// from the root.
fn is_local(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let mut parts = path.components();
    !text.contains("://")
        && parts.all(|part| {
            matches!(
                part,
                Component::Normal(_) | Component::CurDir | Component::ParentDir
            )
        })
}

/// Reads a file into the sources and into a tree.
///
/// # Errors
/// What cannot be read and why.
pub(super) fn open(path: &Path, sources: &mut Sources) -> Result<Node, ReadError> {
    let name = path.display().to_string();
    let bytes = bounded(path).map_err(|problem| ReadError::new(&name, None, problem))?;
    if std::str::from_utf8(&bytes).is_err() {
        return Err(ReadError::new(&name, None, "it is not UTF-8 text"));
    }
    let id = sources.add_bytes(name.clone(), &bytes);
    let Some(file) = sources.file(id) else {
        return Err(ReadError::new(&name, None, "there are too many files"));
    };
    yaml::read(id, file.text()).map_err(|error| {
        let place = file.place(error.offset);
        ReadError::new(&name, Some(place), error.message)
    })
}

fn bounded(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    // A pipe would be waited for without end.
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is longer than {MAX_BYTES} bytes"));
    }
    Ok(bytes)
}
