//! One finding of the doctor, and how people and programs see it.

use tollgate_grammar::render::report::{Place, Related, Report};
use tollgate_grammar::render::{self, Tone};
use tollgate_grammar::{Sources, Span, Style};

use super::code::{Code, Severity};

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding; says the severity too.
    pub code: Code,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// The place the caret points at.
    pub span: Span,
    /// A few words beside the caret; may be empty.
    pub label: String,
    /// Other places that matter, each with a few words.
    pub related: Vec<(Span, String)>,
    /// What to do about it; the code's cure comes last.
    pub help: Vec<String>,
}

impl Finding {
    /// A finding at a place, with the cure of its code.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            help: vec![code.cure().to_owned()],
        }
    }

    /// Adds words beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }

    /// As a person reads it.
    pub fn human(&self, sources: &Sources, style: Style) -> String {
        let severity = self.code.severity();
        let finding = render::Finding {
            word: severity.name(),
            tone: match severity {
                Severity::Error => Tone::Error,
                Severity::Warning => Tone::Warning,
                Severity::SignOff | Severity::Note => Tone::Note,
            },
            code: self.code.id(),
            message: &self.message,
            span: self.span,
            label: &self.label,
            related: &self.related,
            help: &self.help,
        };
        finding.render(sources, style)
    }

    /// As a program reads it.
    pub fn report(&self, sources: &Sources) -> Report {
        let related = self.related.iter().map(|(span, words)| Related {
            place: Place::new(sources, *span),
            label: words.clone(),
        });
        Report {
            code: Some(self.code.id()),
            name: self.code.name(),
            severity: self.code.severity().name(),
            message: self.message.clone(),
            place: Place::new(sources, self.span),
            label: self.label.clone(),
            related: related.collect(),
            help: self.help.clone(),
        }
    }
}
