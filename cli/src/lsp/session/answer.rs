//! What an editor can ask about a document, one function a question.

use std::io;
use std::rc::Rc;

use lsp_server::{ErrorCode, Message};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, Formatting,
    GotoDefinition, HoverRequest, PrepareRenameRequest, References, Rename, Request as _,
};
use lsp_types::{
    CodeActionParams, CompletionParams, DocumentFormattingParams, DocumentHighlight,
    DocumentHighlightParams, DocumentSymbolParams, GotoDefinitionParams, HoverParams, Location,
    ReferenceParams, RenameParams, SymbolInformation, TextDocumentPositionParams, TextEdit,
};
use serde_json::{Value, json};
use tollgate_grammar::format::FormatError;
use tollgate_grammar::{FileId, Span};

use super::{Answer, Refusal, Session, read};
use crate::lsp::names::{self, Kind};
use crate::lsp::position::bytes;
use crate::lsp::project::{File, Project};
use crate::lsp::{complete, findings, fixes, hover, rename, symbols};

/// A place in a document of a policy.
struct Place {
    project: Rc<Project>,
    id: FileId,
    offset: usize,
}

impl Place {
    fn file(&self) -> Option<&File> {
        self.project
            .files()
            .find(|(id, _)| *id == self.id)
            .map(|(_, file)| file)
    }

    fn name(&self) -> Option<(Kind, String)> {
        names::at(&self.project, self.id, self.offset)
    }

    /// Where a name stands, the places that define it or all.
    fn mentions(&self, only_definitions: bool) -> Vec<Span> {
        let Some((kind, name)) = self.name() else {
            return Vec::new();
        };
        let all = names::mentions(self.project.tree()).into_iter();
        let same = all.filter(|mention| mention.kind == kind && mention.name == name);
        let wanted = same.filter(|mention| mention.defines || !only_definitions);
        wanted.map(|mention| mention.span).collect()
    }

    fn locations(&self, spans: &[Span]) -> Vec<Location> {
        spans
            .iter()
            .filter_map(|span| findings::location(&self.project, *span))
            .collect()
    }
}

impl<S: FnMut(&Message) -> io::Result<()>> Session<S> {
    pub(super) fn answer(&mut self, method: &str, params: Value) -> Answer {
        match method {
            HoverRequest::METHOD => self.hover(&read(params)?),
            GotoDefinition::METHOD => self.definition(&read(params)?),
            References::METHOD => self.references(&read(params)?),
            DocumentHighlightRequest::METHOD => self.highlight(&read(params)?),
            Completion::METHOD => self.completion(&read(params)?),
            PrepareRenameRequest::METHOD => self.prepare_rename(&read(params)?),
            Rename::METHOD => self.rename(&read(params)?),
            DocumentSymbolRequest::METHOD => self.symbols(&read(params)?),
            Formatting::METHOD => self.formatting(&read(params)?),
            CodeActionRequest::METHOD => self.fixes(&read(params)?),
            _ => Err(Refusal(
                ErrorCode::MethodNotFound,
                format!("`{method}` is not known here"),
            )),
        }
    }

    fn place(&mut self, at: &TextDocumentPositionParams) -> Result<Place, Refusal> {
        let uri = at.text_document.uri.as_str();
        let project = self.project_of(uri)?;
        let (id, offset) = match project.file(uri) {
            Some((id, file)) => (id, file.offset(at.position)),
            None => return Err(not_open(uri)),
        };
        Ok(Place {
            project,
            id,
            offset,
        })
    }

    fn project_of(&mut self, uri: &str) -> Result<Rc<Project>, Refusal> {
        match self.documents.get(uri) {
            Some(_) => Ok(self.project(uri)),
            None => Err(not_open(uri)),
        }
    }

    fn hover(&mut self, params: &HoverParams) -> Answer {
        let place = self.place(&params.text_document_position_params)?;
        let file = place.file();
        Ok(json!(file.and_then(|file| hover::at(
            &place.project,
            place.id,
            file,
            place.offset
        ))))
    }

    fn definition(&mut self, params: &GotoDefinitionParams) -> Answer {
        let place = self.place(&params.text_document_position_params)?;
        Ok(json!(place.locations(&place.mentions(true))))
    }

    fn references(&mut self, params: &ReferenceParams) -> Answer {
        let place = self.place(&params.text_document_position)?;
        let mut spans = place.mentions(false);
        if !params.context.include_declaration {
            let definitions = place.mentions(true);
            spans.retain(|span| !definitions.contains(span));
        }
        Ok(json!(place.locations(&spans)))
    }

    fn highlight(&mut self, params: &DocumentHighlightParams) -> Answer {
        let place = self.place(&params.text_document_position_params)?;
        let spans = place.mentions(false).into_iter();
        let highlights = spans
            .filter(|span| span.file == place.id)
            .filter_map(|span| {
                let range = place.file()?.range(bytes(span));
                Some(DocumentHighlight { range, kind: None })
            });
        Ok(json!(highlights.collect::<Vec<_>>()))
    }

    fn completion(&mut self, params: &CompletionParams) -> Answer {
        let place = self.place(&params.text_document_position)?;
        let items = place
            .file()
            .map(|file| complete::at(&place.project, place.id, file, place.offset));
        Ok(json!(items.unwrap_or_default()))
    }

    fn prepare_rename(&mut self, params: &TextDocumentPositionParams) -> Answer {
        let place = self.place(params)?;
        let covers = |span: &&Span| {
            span.file == place.id
                && bytes(**span).start <= place.offset
                && place.offset <= bytes(**span).end
        };
        let spans = place.mentions(false);
        let here = spans.iter().find(covers);
        let range = here.and_then(|span| Some(place.file()?.range(bytes(*span))));
        Ok(json!(range))
    }

    fn rename(&mut self, params: &RenameParams) -> Answer {
        let refuse = |message: String| Refusal(ErrorCode::RequestFailed, message);
        let place = self.place(&params.text_document_position)?;
        let Some((kind, old)) = place.name() else {
            return Err(refuse(
                "only the name of a `let` or `tier` can be changed".to_owned(),
            ));
        };
        let edits = rename::rename(&place.project, kind, &old, &params.new_name).map_err(refuse)?;
        let files = edits.into_iter().filter_map(|(id, edits)| {
            let file = place.project.files().find(|(other, _)| *other == id)?.1;
            Some((file, edits))
        });
        Ok(if self.abilities.versioned_edits {
            let changes = files.map(|(file, edits)| {
                json!({
                    "textDocument": { "uri": file.uri, "version": file.version },
                    "edits": edits,
                })
            });
            json!({ "documentChanges": changes.collect::<Vec<_>>() })
        } else {
            let changes = files.map(|(file, edits)| (file.uri.clone(), json!(edits)));
            json!({ "changes": changes.collect::<serde_json::Map<_, _>>() })
        })
    }

    fn symbols(&mut self, params: &DocumentSymbolParams) -> Answer {
        let uri = &params.text_document.uri;
        let project = self.project_of(uri.as_str())?;
        let Some((id, file)) = project.file(uri.as_str()) else {
            return Err(not_open(uri.as_str()));
        };
        let symbols = symbols::of(&project, id, file);
        if self.abilities.outline {
            return Ok(json!(symbols));
        }
        #[expect(deprecated, reason = "what an editor without outlines understands")]
        let flat = symbols.into_iter().map(|symbol| SymbolInformation {
            name: symbol.name,
            kind: symbol.kind,
            tags: None,
            deprecated: None,
            location: Location::new(uri.clone(), symbol.range),
            container_name: None,
        });
        Ok(json!(flat.collect::<Vec<_>>()))
    }

    fn formatting(&mut self, params: &DocumentFormattingParams) -> Answer {
        let uri = params.text_document.uri.as_str();
        let project = self.project_of(uri)?;
        let Some((id, file)) = project.file(uri) else {
            return Err(not_open(uri));
        };
        let text = project.source(id).map_or("", |source| source.text());
        match tollgate_grammar::format(text) {
            Ok(formatted) if file.is_text(&formatted) => Ok(json!([])),
            Ok(formatted) => Ok(json!([TextEdit::new(file.whole(), formatted)])),
            // The findings say so already; an editor that formats on save need not say it again.
            Err(FormatError::Broken(_)) => Ok(Value::Null),
            Err(error) => Err(Refusal(ErrorCode::RequestFailed, error.to_string())),
        }
    }

    fn fixes(&mut self, params: &CodeActionParams) -> Answer {
        let uri = params.text_document.uri.as_str();
        let project = self.project_of(uri)?;
        let Some(file) = project.file(uri) else {
            return Err(not_open(uri));
        };
        let related = self.abilities.related;
        Ok(json!(fixes::at(&project, file, params.range, related)))
    }
}

fn not_open(uri: &str) -> Refusal {
    Refusal(
        ErrorCode::InvalidParams,
        format!("{uri}: this document is not open"),
    )
}
