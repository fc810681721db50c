//! Where findings are gathered: at most [`limits::FINDINGS`] of them.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;

/// The findings of one run.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Diagnostic>,
    seen: usize,
}

impl Findings {
    /// Adds one, or only counts it when there are enough.
    pub(crate) fn push(&mut self, finding: Diagnostic) {
        self.seen += 1;
        if self.list.len() < limits::FINDINGS {
            self.list.push(finding);
        }
    }

    /// How many there were so far, those not kept included.
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    /// Whether reading on would only find more than can be kept.
    pub(crate) fn is_full(&self) -> bool {
        self.seen > limits::FINDINGS
    }

    /// All that were kept, in the order of files and lines.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let full = self.is_full();
        let mut list = self.list;
        list.sort_by_key(|finding| (finding.span.file, finding.span.start, finding.span.end));
        // What is not UTF-8 is shown as a character that has no place there either.
        list.dedup_by(|next, first| first.code == Code::NotUtf8 && first.span == next.span);
        if full && let Some(last) = list.last() {
            let message = format!(
                "more than {} errors: the rest was not read",
                limits::FINDINGS
            );
            let more = Diagnostic::new(Code::TooManyErrors, last.span, message)
                .help("correct these first; is this file a policy?");
            list.push(more);
        }
        list
    }
}
