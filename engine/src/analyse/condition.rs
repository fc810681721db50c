//! Conditions that say less than they seem to: always, never, or nothing beside the others.

#[cfg(test)]
mod tests;

use std::rc::Rc;

use tollgate_grammar::tree::Join;
use tollgate_grammar::{Code, Diagnostic, Sources, Span};

use super::formula::{Formula, Seen};
use crate::fact::UserFact;
use crate::outline::{Leaf, Part, PartKind};

/// Most cases of one condition that are looked at: twelve facts that have nothing to do with each
/// other. Of a larger one the parts are, and every two parts of a row together.
const MAX_CASES: usize = 4096;
/// Most cases of one condition once [`MAX_WORK`] is done.
const MAX_CASES_TIRED: usize = 64;
/// Most parts of a row of which every two are looked at together.
const MAX_PAIRED: usize = 48;
/// How many values of parts are worked out before a policy's remaining conditions get less care.
const MAX_WORK: usize = 50_000_000;

/// Looks for doubtful conditions.
pub(super) struct Judge<'s> {
    pub(super) sources: &'s Sources,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) work: usize,
}

/// What a part as a whole can come to, as far as it is certain.
enum Verdict {
    Never,
    Always,
}

impl Judge<'_> {
    /// Reports what is certain about a condition and its parts, the innermost part first: what
    /// follows from a part already reported is not reported again.
    pub(super) fn condition(&mut self, part: &Rc<Part>) -> bool {
        let within = match &part.kind {
            PartKind::Leaf(_) | PartKind::Named(..) => return false,
            PartKind::Not(inner) => self.condition(inner),
            PartKind::Join(_, parts) => {
                let reported: Vec<bool> = parts.iter().map(|part| self.condition(part)).collect();
                reported.contains(&true)
            }
        };
        if within {
            return true;
        }
        if let Some(verdict) = self.whole(part) {
            self.findings.push(self.certain(&verdict, part.span));
            return true;
        }
        match &part.kind {
            PartKind::Join(join, parts) => self.idle(*join, parts),
            _ => false,
        }
    }

    fn look(&mut self, formula: &Formula) -> Option<Vec<Seen>> {
        let most = if self.work > MAX_WORK {
            MAX_CASES_TIRED
        } else {
            MAX_CASES
        };
        formula.look(most, &mut self.work)
    }

    fn whole(&mut self, part: &Part) -> Option<Verdict> {
        let mut formula = Formula::default();
        let seen = formula
            .add(part)
            .and_then(|number| self.look(&formula)?.get(number).copied());
        if let Some(seen) = seen {
            return verdict(seen);
        }
        // Too large: any two parts may settle it.
        let PartKind::Join(join, parts) = &part.kind else {
            return None;
        };
        for (at, one) in parts.iter().enumerate().take(MAX_PAIRED) {
            for other in parts.iter().take(at) {
                let pair = [Rc::clone(other), Rc::clone(one)];
                match (self.row(*join, &pair).and_then(verdict), join) {
                    (Some(Verdict::Never), Join::All) => return Some(Verdict::Never),
                    (Some(Verdict::Always), Join::Any) => return Some(Verdict::Always),
                    _ => {}
                }
            }
        }
        None
    }

    fn row(&mut self, join: Join, parts: &[Rc<Part>]) -> Option<Seen> {
        let mut formula = Formula::default();
        let number = formula.join(join, parts)?;
        self.look(&formula)?.get(number).copied()
    }

    /// Whether the first of two conditions can hold where the second does not.
    pub(super) fn adds_to(&mut self, one: &Part, other: &Part) -> bool {
        let mut formula = Formula::default();
        let row = formula.add(other).and_then(|first| {
            let second = formula.add(one)?;
            Some((first, second))
        });
        let Some((first, second)) = row else {
            return true;
        };
        formula.row(Join::Any, vec![first, second]);
        self.look(&formula)
            .and_then(|seen| seen.get(second).copied())
            .is_none_or(|seen| seen.matters)
    }

    /// Whether somebody who is not signed in meets a condition for a `not` alone.
    pub(super) fn lets_visitor_in(&mut self, part: &Part) -> bool {
        let mut formula = Formula::default();
        let seen = formula
            .add(part)
            .and_then(|number| self.look(&formula)?.get(number).copied());
        seen.is_some_and(|seen| seen.lets_visitor_in)
    }

    /// Parts of a row without which it would mean the same.
    fn idle(&mut self, join: Join, parts: &[Rc<Part>]) -> bool {
        let mut formula = Formula::default();
        let numbers: Option<Vec<usize>> = parts.iter().map(|part| formula.add(part)).collect();
        let Some(numbers) = numbers else { return false };
        formula.row(join, numbers.clone());
        let Some(seen) = self.look(&formula) else {
            return false;
        };
        // Of two that mean the same, the later one is the one too many.
        let idle = parts.iter().zip(&numbers).rev().find(|(part, number)| {
            // `user and product p` reads well and does no harm.
            let is_user = matches!(&part.kind, PartKind::Leaf(Leaf::User(UserFact::SignedIn)));
            let harmless = is_user && join == Join::All;
            !harmless && seen.get(**number).is_some_and(|seen| !seen.matters)
        });
        let Some((part, _)) = idle else { return false };
        self.findings.push(self.needless(join, part.span));
        true
    }

    fn certain(&self, verdict: &Verdict, span: Span) -> Diagnostic {
        let text = excerpt(self.sources, span);
        match verdict {
            Verdict::Never => Diagnostic::new(
                Code::NeverHolds,
                span,
                format!("`{text}` can never hold"),
            )
            .label("never true")
            .help(
                "these conditions exclude each other: remove one, or write `or` if one is enough",
            ),
            Verdict::Always => {
                Diagnostic::new(Code::AlwaysHolds, span, format!("`{text}` never says no"))
                    .label("never false")
                    .help("one of these always holds: remove it, or write `and` if all are needed")
            }
        }
    }

    fn needless(&self, join: Join, span: Span) -> Diagnostic {
        let text = excerpt(self.sources, span);
        let finding = Diagnostic::new(
            Code::NeedlessPart,
            span,
            format!("`{text}` changes nothing here"),
        );
        match join {
            Join::Any => finding
                .label("where this holds, the rest holds already")
                .help("remove it, or write `and` if both are needed"),
            Join::All => finding
                .label("where the rest holds, this holds already")
                .help("remove it, or write `or` if one is enough"),
        }
    }
}

fn verdict(seen: Seen) -> Option<Verdict> {
    match (seen.holds, seen.fails) {
        (false, _) => Some(Verdict::Never),
        (true, false) => Some(Verdict::Always),
        (true, true) => None,
    }
}

/// The text of a place on one line, shortened.
pub(super) fn excerpt(sources: &Sources, span: Span) -> String {
    const LONGEST: usize = 60;
    let words: Vec<&str> = sources
        .text(span)
        .lines()
        .map(|line| line.split_once(" #").map_or(line, |(text, _)| text))
        .flat_map(str::split_whitespace)
        .collect();
    let text = words.join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
