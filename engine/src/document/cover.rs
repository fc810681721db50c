//! Which paths each rule covers, and what it comes to there for one user.

use rustc_hash::FxHashMap;

use super::Inexact;
use super::settle::{Known, compared};
use crate::compile::method::Method;
use crate::compile::rule::{Entries, Entry, Kind, Rule};
use crate::path::AdmittedPath;
use crate::policy::Policy;
use crate::sample::raw_path;
use crate::trie::Trie;
use crate::trie::patterns::Part;
use crate::truth::Truth;

/// Most stretches of paths that are looked at: rules, and the values their parameters are
/// compared with.
pub const MAX_COVERS: usize = 4096;

/// A segment by its number.
pub(super) type Segment = u32;

/// What a path must have at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// This segment.
    Literal(Segment),
    /// One segment.
    One,
    /// One segment, but none of these, which are in order.
    Except(Vec<Segment>),
    /// One or more segments.
    Some,
}

/// What a rule comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The route lets the user in.
    Passes,
    /// The route or `forbid` turns the user away.
    Stops,
    /// That is for the single request to say.
    Open,
}

/// Some paths, and what one rule comes to there.
#[derive(Debug, Clone)]
pub(super) struct Cover {
    pub(super) steps: Vec<Step>,
    pub(super) verdict: Verdict,
    /// The number of the rule.
    pub(super) rule: usize,
    /// Of several routes the one with the least decides; `None` is a `forbid`, which is always
    /// asked.
    pub(super) rank: Option<usize>,
}

/// The segments that rules name, by number.
#[derive(Debug, Default)]
pub(super) struct Segments<'a> {
    all: Vec<&'a str>,
    numbers: FxHashMap<&'a str, Segment>,
}

impl<'a> Segments<'a> {
    pub(super) fn number(&mut self, text: &'a str) -> Segment {
        let next = Segment::try_from(self.all.len()).unwrap_or(Segment::MAX);
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.all.push(text);
        }
        number
    }

    pub(super) fn text(&self, number: Segment) -> Option<&'a str> {
        self.all.get(number as usize).copied()
    }

    /// A segment that no rule names.
    pub(super) fn other(&self) -> String {
        let mut other = "x".to_owned();
        while self.numbers.contains_key(other.as_str()) {
            other.push('x');
        }
        other
    }
}

/// The rules that are asked about a method, as one user meets them.
pub(super) struct Covers<'a> {
    pub(super) all: Vec<Cover>,
    pub(super) segments: Segments<'a>,
}

impl<'a> Covers<'a> {
    pub(super) fn of(
        policy: &'a Policy,
        method: Option<Method>,
        known: &Known<'a>,
    ) -> Result<Self, Inexact> {
        let mut covers = Self {
            all: Vec::new(),
            segments: Segments::default(),
        };
        let rules = policy.rule_set();
        let routes = patterns(&rules.routes);
        for (rank, (pattern, entries)) in routes.iter().enumerate() {
            if let Some(entry) = entries.iter().find(|entry| entry.is_for(method)) {
                covers.add(policy, pattern, entry, Some(rank), known)?;
            }
        }
        for (pattern, entries) in &patterns(&rules.forbids) {
            for entry in entries.iter().filter(|entry| entry.is_for(method)) {
                covers.add(policy, pattern, entry, None, known)?;
            }
        }
        Ok(covers)
    }

    fn add(
        &mut self,
        policy: &'a Policy,
        pattern: &[Part<'a>],
        entry: &Entry,
        rank: Option<usize>,
        known: &Known<'a>,
    ) -> Result<(), Inexact> {
        // One that is not there stops whatever it covers.
        let Some(rule) = policy.rule(entry) else {
            return Err(Inexact::TooLarge);
        };
        let mut places = Vec::new();
        if let Some((expression, _)) = rule.demand() {
            compared(expression, known.user, &mut places);
        }
        let mut choices: Vec<Vec<(usize, Option<&'a str>)>> = vec![Vec::new()];
        for (place, names) in &mut places {
            names.retain(|name| can_be_a_segment(name));
            names.sort_unstable();
            names.dedup();
            let values = names.iter().copied().map(Some).chain([None]);
            choices = values
                .flat_map(|value| {
                    let more = |chosen: &Vec<_>| [chosen.clone(), vec![(*place, value)]].concat();
                    choices.iter().map(more).collect::<Vec<_>>()
                })
                .collect();
            if self.all.len() + choices.len() > MAX_COVERS {
                return Err(Inexact::TooLarge);
            }
        }
        let verdicts: Vec<Verdict> = choices
            .iter()
            .map(|captured| verdict(rule, &Known { captured, ..*known }))
            .collect();
        let alike = verdicts
            .iter()
            .all(|verdict| Some(verdict) == verdicts.first());
        if alike {
            choices.truncate(1);
            places.clear();
        }
        for (chosen, verdict) in choices.iter().zip(verdicts) {
            let chosen = if alike { &[][..] } else { chosen };
            let steps = self.steps(pattern, chosen, &places);
            // A `forbid` that does not apply is none.
            if rank.is_some() || verdict != Verdict::Passes {
                self.all.push(Cover {
                    steps,
                    verdict,
                    rule: rule.number,
                    rank,
                });
            }
        }
        if self.all.len() > MAX_COVERS {
            return Err(Inexact::TooLarge);
        }
        Ok(())
    }

    fn steps(
        &mut self,
        pattern: &[Part<'a>],
        chosen: &[(usize, Option<&'a str>)],
        places: &[(usize, Vec<&'a str>)],
    ) -> Vec<Step> {
        let mut steps = Vec::with_capacity(pattern.len());
        for (at, part) in pattern.iter().enumerate() {
            let value = chosen.iter().find(|(place, _)| *place == at);
            steps.push(match (part, value) {
                (Part::Literal(text), _) => Step::Literal(self.segments.number(text)),
                (Part::Rest, _) => Step::Some,
                (Part::Parameter, None) => Step::One,
                (Part::Parameter, Some((_, Some(text)))) => {
                    Step::Literal(self.segments.number(text))
                }
                (Part::Parameter, Some((_, None))) => {
                    let names = places.iter().filter(|(place, _)| *place == at);
                    let names = names.flat_map(|(_, names)| names);
                    let numbers = names.map(|name| self.segments.number(name));
                    let mut numbers: Vec<Segment> = numbers.collect();
                    numbers.sort_unstable();
                    Step::Except(numbers)
                }
            });
        }
        steps
    }
}

/// All patterns of a tree, the more specific of two that meet before the other.
fn patterns(trie: &Trie<Entries>) -> Vec<(Vec<Part<'_>>, &Entries)> {
    let mut all = Vec::new();
    trie.patterns(&mut |pattern, entries| all.push((pattern.to_vec(), entries)));
    let rank = |part: &Part<'_>| match part {
        Part::Literal(_) => 0,
        Part::Parameter => 1,
        Part::Rest => 2,
    };
    all.sort_by_cached_key(|(pattern, _)| pattern.iter().map(rank).collect::<Vec<u8>>());
    all
}

fn verdict(rule: &Rule, known: &Known<'_>) -> Verdict {
    let Some((expression, wanted)) = rule.demand() else {
        return match rule.kind {
            Kind::Public => Verdict::Passes,
            _ => Verdict::Stops,
        };
    };
    let (range, wanted) = (known.range(expression), Truth::from(wanted));
    match (range.least == wanted, range.most == wanted) {
        (true, true) => Verdict::Passes,
        // Wanted is one of the ends, so a value that is never an end is never wanted.
        (false, false) => Verdict::Stops,
        _ => Verdict::Open,
    }
}

/// Whether a path that may be judged can have this as one of its segments.
fn can_be_a_segment(name: &str) -> bool {
    let path = raw_path(std::iter::once(name));
    AdmittedPath::admit(&path).is_ok_and(|path| path.segments().eq([name]))
}
