//! How each provider's tokens are verified for this policy, why so, and what is never known of its
//! users.

use std::fmt::Write as _;

use tollgate_engine::{FactSet, Needs};
use tollgate_grammar::render::report::Report;
use tollgate_identity::mode::Mode;
use tollgate_identity::provider::{ProviderSettings, Verification};

use crate::load::Loaded;

/// A note for each provider of a policy that can be used.
pub(super) fn notes(loaded: &Loaded) -> Vec<Report> {
    let (Some(settings), Some(policy)) = (&loaded.settings, loaded.policy()) else {
        return Vec::new();
    };
    let needs = policy.needs();
    let note = |provider: &ProviderSettings| note(&settings.file, provider, &needs);
    settings.providers.iter().map(note).collect()
}

fn note(file: &str, provider: &ProviderSettings, needs: &Needs) -> Report {
    let Verification { mode, why, facts } = provider.verification(needs);
    let name = &provider.name;
    let how = match mode {
        Mode::Jwt => "by their signature",
        Mode::Rest => "by asking the provider",
    };
    let unknown: FactSet = needs.facts.without(facts);
    let unchecked: Vec<String> = provider
        .unchecked()
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut help = Vec::new();
    if !unknown.is_empty() {
        help.push(format!(
            "it does not tell {unknown}: conditions on that are never known of its users, so a \
             route that depends on them denies"
        ));
    }
    if !unchecked.is_empty() {
        help.push(format!("not checked, on purpose: {}", unchecked.join(", ")));
    }
    let message = format!("tokens of {name} are verified {how} ({mode}): {why}");
    Report::note("verification", file, 1, message, help)
}

/// A note as a person reads it.
pub(super) fn human(note: &Report) -> String {
    let mut text = format!("note: {}\n", note.message);
    for help in &note.help {
        let _ = writeln!(text, "  = {help}");
    }
    text
}
