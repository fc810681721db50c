//! One conversation with an editor: what it has open, what it asks, what it is told.

mod answer;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Exit, Initialized, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{Initialize, RegisterCapability, Request as _, Shutdown};
use lsp_types::{
    ClientCapabilities, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    InitializeParams, MessageType, PublishDiagnosticsParams, ShowMessageParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::document::{self, DOCUMENT_BYTES, Documents};
use super::findings;
use super::position::Encoding;
use super::project::{Key, Project};

/// How far the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Open,
    ShutDown,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As the protocol asks: `shutdown`, then `exit`.
    Properly,
    /// `exit` without `shutdown`.
    Abruptly,
}

/// What the editor can show.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a yes or no of the editor"
)]
struct Abilities {
    related: bool,
    versioned_edits: bool,
    outline: bool,
    watches: bool,
}

/// The conversation; `S` takes messages to the editor.
pub struct Session<S> {
    send: S,
    stage: Stage,
    encoding: Encoding,
    abilities: Abilities,
    documents: Documents,
    projects: BTreeMap<Key, Rc<Project>>,
    /// Policies whose findings the editor has to be told.
    stale: BTreeSet<Key>,
    /// Which files of a policy the editor was told findings of.
    told: BTreeMap<Key, BTreeSet<String>>,
}

impl<S: FnMut(&Message) -> io::Result<()>> Session<S> {
    /// A conversation that has not started.
    pub fn new(send: S) -> Self {
        Self {
            send,
            stage: Stage::New,
            encoding: Encoding::default(),
            abilities: Abilities::default(),
            documents: Documents::default(),
            projects: BTreeMap::new(),
            stale: BTreeSet::new(),
            told: BTreeMap::new(),
        }
    }

    /// Whether findings wait to be told.
    pub fn is_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// Whether the editor asked to end, so that the input may end too.
    pub fn is_shut_down(&self) -> bool {
        self.stage == Stage::ShutDown
    }

    /// Takes one message; `Some` if it was the last.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn take(&mut self, message: Message) -> io::Result<Option<Ended>> {
        match message {
            Message::Request(request) => self.request(request)?,
            Message::Notification(notification) if notification.method == Exit::METHOD => {
                return Ok(Some(match self.stage {
                    Stage::ShutDown => Ended::Properly,
                    Stage::New | Stage::Open => Ended::Abruptly,
                }));
            }
            Message::Notification(notification) if self.stage == Stage::Open => {
                self.notification(notification)?;
            }
            // Before `initialize` and after `shutdown` nothing is to be noted; and what the editor
            // answers to the one question it is asked changes nothing.
            Message::Notification(_) | Message::Response(_) => {}
        }
        Ok(None)
    }

    fn request(&mut self, request: Request) -> io::Result<()> {
        let Request { id, method, params } = request;
        let refusal = |code: ErrorCode, message: &str| Refusal(code, message.to_owned());
        let answer = match (self.stage, method.as_str()) {
            (Stage::New, Initialize::METHOD) => read(params).map(|params| self.initialize(&params)),
            (Stage::New, _) => Err(refusal(
                ErrorCode::ServerNotInitialized,
                "`initialize` comes first",
            )),
            (Stage::Open, Initialize::METHOD) => Err(refusal(
                ErrorCode::InvalidRequest,
                "`initialize` comes only once",
            )),
            (Stage::Open, Shutdown::METHOD) => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Open, method) => self.answer(method, params),
            (Stage::ShutDown, _) => Err(refusal(
                ErrorCode::InvalidRequest,
                "after `shutdown` only `exit` may come",
            )),
        };
        self.respond(id, answer)
    }

    fn respond(&mut self, id: RequestId, answer: Answer) -> io::Result<()> {
        let response = match answer {
            Ok(result) => Response::new_ok(id, result),
            Err(Refusal(code, message)) => Response::new_err(id, code as i32, message),
        };
        self.send(&Message::Response(response))
    }

    fn send(&mut self, message: &Message) -> io::Result<()> {
        (self.send)(message)
    }

    fn notify(&mut self, method: &str, params: Value) -> io::Result<()> {
        self.send(&Message::Notification(Notification {
            method: method.to_owned(),
            params,
        }))
    }

    fn initialize(&mut self, params: &InitializeParams) -> Value {
        let offered = params.capabilities.general.as_ref();
        let offered = offered.and_then(|general| general.position_encodings.as_deref());
        self.encoding = Encoding::choose(offered.unwrap_or_default());
        self.abilities = Abilities::of(&params.capabilities);
        self.stage = Stage::Open;
        json!({
            "serverInfo": { "name": "tollgate", "version": env!("CARGO_PKG_VERSION") },
            "capabilities": {
                "positionEncoding": self.encoding.kind(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": true },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "documentHighlightProvider": true,
                "documentSymbolProvider": true,
                "documentFormattingProvider": true,
                "completionProvider": { "triggerCharacters": [" ", "{", "$", "@", ","] },
                "renameProvider": { "prepareProvider": true },
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            },
        })
    }

    fn notification(&mut self, notification: Notification) -> io::Result<()> {
        let Notification { method, params } = notification;
        let noted = match method.as_str() {
            DidOpenTextDocument::METHOD => read(params).map(|params: DidOpenTextDocumentParams| {
                let document = params.text_document;
                let uri = document.uri.as_str();
                self.documents.open(uri, document.version, document.text);
                self.changed(uri);
                uri.to_owned()
            }),
            DidChangeTextDocument::METHOD => read(params).map(|params| self.edit(params)),
            DidCloseTextDocument::METHOD => {
                read(params).map(|params: DidCloseTextDocumentParams| {
                    let uri = params.text_document.uri.as_str().to_owned();
                    self.documents.close(&uri);
                    self.changed(&uri);
                    uri
                })
            }
            DidSaveTextDocument::METHOD => read(params).map(|params: DidSaveTextDocumentParams| {
                let uri = params.text_document.uri.as_str().to_owned();
                self.changed(&uri);
                uri
            }),
            DidChangeWatchedFiles::METHOD => read(params)
                .map(|params: DidChangeWatchedFilesParams| self.saved_elsewhere(&params)),
            Initialized::METHOD => return self.watch(),
            // What a server does not know it may leave, such as `$/setTrace`.
            _ => return Ok(()),
        };
        match noted {
            Ok(uri) => self.keep_bounded(&uri),
            Err(Refusal(_, problem)) => self.tell(&format!("{method}: {problem}")),
        }
    }

    fn edit(&mut self, params: DidChangeTextDocumentParams) -> String {
        let uri = params.text_document.uri.as_str().to_owned();
        let encoding = self.encoding;
        if let Some(document) = self.documents.get_mut(&uri) {
            document.version = params.text_document.version;
            document.edit(params.content_changes, encoding);
        }
        self.changed(&uri);
        uri
    }

    /// A document that grew beyond all measure is forgotten until it is opened again.
    fn keep_bounded(&mut self, uri: &str) -> io::Result<()> {
        let too_long = self
            .documents
            .get(uri)
            .is_some_and(document::Document::is_too_long);
        if !too_long {
            return Ok(());
        }
        self.documents.close(uri);
        self.changed(uri);
        self.tell(&format!(
            "{uri}: it is longer than {DOCUMENT_BYTES} bytes and no longer looked at: shorten it and open it again"
        ))
    }

    fn saved_elsewhere(&mut self, params: &DidChangeWatchedFilesParams) -> String {
        for change in &params.changes {
            let folder = document::path(change.uri.as_str());
            let folder = folder.and_then(|path| path.parent().map(Key::folder));
            let affected: Vec<Key> = self
                .told
                .keys()
                .filter(|key| Some(*key) == folder.as_ref())
                .cloned()
                .collect();
            for key in affected {
                self.projects.remove(&key);
                self.stale.insert(key);
            }
        }
        String::new()
    }

    fn changed(&mut self, uri: &str) {
        let key = Key::of(uri);
        self.projects.remove(&key);
        self.stale.insert(key);
    }

    fn tell(&mut self, message: &str) -> io::Result<()> {
        let params = ShowMessageParams {
            typ: MessageType::WARNING,
            message: message.to_owned(),
        };
        self.notify(ShowMessage::METHOD, json!(params))
    }

    /// Asks to be told when files change that are not open.
    fn watch(&mut self) -> io::Result<()> {
        if !self.abilities.watches {
            return Ok(());
        }
        let params = json!({ "registrations": [{
            "id": "tollgate-files",
            "method": DidChangeWatchedFiles::METHOD,
            "registerOptions": { "watchers": [
                { "globPattern": "**/*.policy" },
                { "globPattern": "**/authorizer.yaml" },
            ]},
        }]});
        self.send(&Message::Request(Request {
            id: RequestId::from("tollgate-files".to_owned()),
            method: RegisterCapability::METHOD.to_owned(),
            params,
        }))
    }

    /// The policy a document belongs to, as it is now.
    fn project(&mut self, uri: &str) -> Rc<Project> {
        let key = Key::of(uri);
        let (documents, encoding) = (&self.documents, self.encoding);
        let load = || Rc::new(Project::load(&key, documents, encoding));
        Rc::clone(self.projects.entry(key.clone()).or_insert_with(load))
    }

    /// Tells the findings of all policies that changed.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn publish(&mut self) -> io::Result<()> {
        for key in std::mem::take(&mut self.stale) {
            let mut published = Vec::new();
            let open = self
                .documents
                .iter()
                .find(|document| Key::of(&document.uri) == key);
            if let Some(uri) = open.map(|document| document.uri.clone()) {
                published = findings::of(&self.project(&uri), self.abilities.related);
            } else {
                self.projects.remove(&key);
            }
            let now: BTreeSet<String> = published
                .iter()
                .map(|params| params.uri.as_str().to_owned())
                .collect();
            let before = self.told.remove(&key).unwrap_or_default();
            for gone in before.difference(&now) {
                if let Ok(uri) = gone.parse() {
                    published.push(PublishDiagnosticsParams::new(uri, Vec::new(), None));
                }
            }
            for params in published {
                self.notify(PublishDiagnostics::METHOD, json!(params))?;
            }
            if !now.is_empty() {
                self.told.insert(key, now);
            }
        }
        Ok(())
    }
}

impl Abilities {
    fn of(capabilities: &ClientCapabilities) -> Self {
        let document = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let related = document
            .and_then(|document| document.publish_diagnostics.as_ref())
            .and_then(|diagnostics| diagnostics.related_information);
        let outline = document
            .and_then(|document| document.document_symbol.as_ref())
            .and_then(|symbols| symbols.hierarchical_document_symbol_support);
        let versioned_edits = workspace
            .and_then(|workspace| workspace.workspace_edit.as_ref())
            .and_then(|edits| edits.document_changes);
        let watches = workspace
            .and_then(|workspace| workspace.did_change_watched_files.as_ref())
            .and_then(|watching| watching.dynamic_registration);
        Self {
            related: related.unwrap_or_default(),
            versioned_edits: versioned_edits.unwrap_or_default(),
            outline: outline.unwrap_or_default(),
            watches: watches.unwrap_or_default(),
        }
    }
}

/// A request's result, or why there is none.
type Answer = Result<Value, Refusal>;

/// Why a request has no result.
struct Refusal(ErrorCode, String);

/// The parameters of a message.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params)
        .map_err(|error| Refusal(ErrorCode::InvalidParams, error.to_string()))
}
