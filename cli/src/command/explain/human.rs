//! An explanation for a tired person: the outcome first, then why, then what would help.

use tollgate_engine::explain::{By, Change, Checked, Considered, Role, Step};
use tollgate_engine::truth::Truth;
use tollgate_grammar::Style;
use tollgate_grammar::scan::on_one_line;

use super::Explained;

const GREEN: &str = "1;32";
const RED: &str = "1;31";
const YELLOW: &str = "1;33";

pub(super) fn text(explained: &Explained<'_>, style: Style) -> String {
    let mut text = Text {
        explained,
        style,
        written: String::new(),
    };
    text.outcome();
    text.rules();
    text.changes();
    text.written
}

struct Text<'e> {
    explained: &'e Explained<'e>,
    style: Style,
    written: String,
}

impl Text<'_> {
    fn line(&mut self, line: &str) {
        self.written.push_str(line.trim_end());
        self.written.push('\n');
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
        }
    }

    fn outcome(&mut self) {
        let decision = &self.explained.explanation.decision;
        let asked = format!(
            "{}, asked by: {}",
            self.explained.call, self.explained.asker.line
        );
        self.line(&asked);
        let outcome = match decision.denial() {
            None => self.paint(GREEN, "allowed"),
            Some(denial) => self.paint(RED, &format!("denied, {}", denial.reason)),
        };
        self.line(&outcome);
        if let Some(malformed) = decision.malformed() {
            self.line(&format!("  {malformed}: no rule is asked"));
        }
        if let Some(denial) = decision.denial() {
            for products in &denial.required {
                self.line(&format!("  would do: product {}", products.join(" and ")));
            }
            if let Some(hint) = &denial.hint {
                self.line(&format!("  hint: {hint}"));
            }
        }
        if let Some(reason) = self
            .explained
            .whole_request
            .filter(|_| decision.is_allowed())
        {
            self.line(&format!(
                "  but AppSync asks for `field *` first, and that is denied, {reason}: no field is read"
            ));
        }
        if let Some(tier) = decision.tier() {
            self.line(&format!("  tier: {tier}"));
        }
    }

    fn rules(&mut self) {
        let explanation = &self.explained.explanation;
        if decision_is_without_route(explanation) {
            self.line("");
            self.line("no route covers this, so it is denied");
        }
        let rules = || explanation.routes.iter().chain(&explanation.forbids);
        let is_asked =
            |rule: &&Considered| matches!(rule.part, Role::Asked | Role::Forbids | Role::Passes);
        for rule in rules().filter(is_asked) {
            self.asked(rule);
        }
        let others: Vec<&Considered> = rules().filter(|rule| !is_asked(rule)).collect();
        if !others.is_empty() {
            self.line("");
            self.line("not asked");
            let widest = others
                .iter()
                .map(|rule| rule.rule.head.chars().count())
                .max();
            for rule in others {
                let head = &rule.rule.head;
                let space = " ".repeat(widest.unwrap_or(0).saturating_sub(head.chars().count()));
                let line = format!("  {head}{space}  {}: {}", rule.rule.place, rule.because);
                self.line(&line);
            }
            if explanation.more > 0 {
                self.line(&format!("  and {} more", explanation.more));
            }
        }
    }

    fn asked(&mut self, rule: &Considered) {
        let decides = self.explained.explanation.decider == Some(rule.span);
        let decides = if decides { "decides: " } else { "" };
        self.line("");
        let source = on_one_line(self.explained.loaded.read.sources.text(rule.span));
        self.line(&source);
        let line = format!("  {}: {decides}{}", rule.rule.place, rule.because);
        self.line(&line);
        if let Some(condition) = &rule.condition {
            self.condition(condition, 0);
        }
    }

    /// Depth is bounded by what compiles.
    fn condition(&mut self, checked: &Checked, depth: usize) {
        let (colour, word) = match checked.value {
            Truth::True => (GREEN, "true   "),
            Truth::False => (RED, "false  "),
            Truth::Unknown => (YELLOW, "unknown"),
        };
        let word = self.paint(colour, word);
        let note = checked.note.as_ref();
        let note = note.map_or_else(String::new, |note| format!("   ({note})"));
        let line = format!("    {word}  {}{}{note}", "  ".repeat(depth), checked.text);
        self.line(&line);
        for part in &checked.parts {
            self.condition(part, depth + 1);
        }
    }

    fn changes(&mut self) {
        let explanation = &self.explained.explanation;
        let allowed = explanation.decision.is_allowed();
        self.line("");
        if explanation.changes.is_empty() {
            self.line(if allowed {
                "no fact would take this away"
            } else {
                "no fact would let this in: the policy or the request would have to be another"
            });
            return;
        }
        self.line(if allowed {
            "it would be denied"
        } else {
            "it would be allowed"
        });
        for (number, change) in explanation.changes.iter().enumerate() {
            let first = if number == 0 { "  " } else { "  or " };
            self.line(&format!("{first}{}", words(change)));
        }
    }
}

fn decision_is_without_route(explanation: &tollgate_engine::Explanation) -> bool {
    explanation.decider.is_none() && explanation.decision.malformed().is_none()
}

fn words(change: &Change) -> String {
    let steps: Vec<String> = change.steps.iter().map(step).collect();
    steps.join(" and ")
}

fn step(step: &Step) -> String {
    let fact = match (step.fact.as_str(), step.holds) {
        ("user", true) => "with a valid token".to_owned(),
        ("user", false) => "without a valid token".to_owned(),
        (fact, true) => format!("with {fact}"),
        (fact, false) => format!("without {fact}"),
    };
    match step.by {
        By::User => fact,
        By::Request => format!("{fact} (another request)"),
        By::Operator => format!("{fact} (not the user's to change)"),
        By::Provider => format!("{fact} (the provider does not say)"),
    }
}
