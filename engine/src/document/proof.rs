//! Whether resources say of every path what the policy says, and which of them that takes.

use super::Inexact;
use super::cover::{Cover, Covers, Step, Verdict};
use super::resource::{overflow, widen};
use super::walk::{State, Steps, Walk};
use crate::policy::{Policy, RuleName};

/// What the policy says of the paths of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// They may be called.
    Allowed,
    /// A rule denies.
    Denied,
    /// No route.
    Nothing,
}

/// A resource before it is spelled.
pub(super) struct Resource {
    pub(super) steps: Vec<Step>,
    /// The rule it is for.
    rule: usize,
}

/// Resources that say what the policy says.
pub(super) struct Proof {
    pub(super) allow: Vec<Resource>,
    pub(super) deny: Vec<Resource>,
    /// A path of each kind that a rule denies.
    pub(super) denied: Vec<String>,
}

/// A state as policy and resources see it.
struct View {
    word: Word,
    /// The resources that cover it, by number.
    allows: Vec<usize>,
    denies: Vec<usize>,
}

/// Finds resources that say what these rules say to requests with a method.
pub(super) fn prove(
    policy: &Policy,
    covers: &Covers<'_>,
    method: &str,
    left: &mut Steps,
) -> Result<Proof, Inexact> {
    let (allow, deny) = candidates(&covers.all);
    let resources = allow.iter().chain(&deny).map(|resource| &resource.steps);
    let rules = covers.all.iter().map(|cover| &cover.steps);
    let tracks: Vec<&[Step]> = rules.chain(resources).map(Vec::as_slice).collect();
    let walk = Walk::through(&tracks, left)?;
    let example = |state: &State| format!("{method} {}", walk.path(state, &covers.segments));
    let mut views = Vec::with_capacity(walk.states.len());
    for state in &walk.states {
        let view = view(&walk, state, &covers.all, allow.len());
        views.push(view.map_err(|rule| match name(policy, rule) {
            Ok(rule) => Inexact::Request {
                rule,
                example: example(state),
            },
            Err(inexact) => inexact,
        })?);
    }
    // A resource that would deny what the policy allows is of no use.
    let mut of_use = vec![true; deny.len()];
    for view in views.iter().filter(|view| view.word == Word::Allowed) {
        for &number in &view.denies {
            set(&mut of_use, number, false);
        }
    }
    for (state, view) in walk.states.iter().zip(&mut views) {
        view.denies
            .retain(|&number| of_use.get(number) == Some(&true));
        if view.word != Word::Allowed
            && view.denies.is_empty()
            && let Some(resource) = view.allows.first().and_then(|&number| allow.get(number))
        {
            return Err(Inexact::Crossing {
                rule: name(policy, resource.rule)?,
                example: example(state),
            });
        }
    }
    let allowing = |view: &View| view.word == Word::Allowed;
    let allowing = views
        .iter()
        .filter(|view| allowing(view))
        .map(|view| &view.allows);
    let allow = only(allow, &allowing.map(Vec::as_slice).collect::<Vec<_>>());
    let denying = |view: &View| view.word != Word::Allowed && !view.allows.is_empty();
    let denying = views
        .iter()
        .filter(|view| denying(view))
        .map(|view| &view.denies);
    let deny = only(deny, &denying.map(Vec::as_slice).collect::<Vec<_>>());
    let states = walk.states.iter().zip(&views);
    let denied = states.filter(|(_, view)| view.word == Word::Denied);
    let denied = denied.map(|(state, _)| walk.path(state, &covers.segments));
    Ok(Proof {
        denied: denied.collect(),
        allow,
        deny,
    })
}

fn name(policy: &Policy, rule: usize) -> Result<RuleName, Inexact> {
    let rule = policy.rules().get(rule);
    rule.map(|rule| rule.name.clone()).ok_or(Inexact::TooLarge)
}

/// How rules, and so many resources to allow and others to deny, see a state; the rule that leaves
/// it open otherwise.
fn view(walk: &Walk, state: &State, rules: &[Cover], allow: usize) -> Result<View, usize> {
    let mut covering = Vec::new();
    let (mut allows, mut denies) = (Vec::new(), Vec::new());
    for track in walk.complete(state) {
        match track.checked_sub(rules.len()) {
            None => covering.extend(rules.get(track)),
            Some(resource) => match resource.checked_sub(allow) {
                None => allows.push(resource),
                Some(resource) => denies.push(resource),
            },
        }
    }
    Ok(View {
        word: word(&covering)?,
        allows,
        denies,
    })
}

/// What could be allowed and denied: every rule that lets in; every one that stops, and what the
/// first ones cover too much.
fn candidates(covers: &[Cover]) -> (Vec<Resource>, Vec<Resource>) {
    let (mut allow, mut deny) = (Vec::new(), Vec::new());
    for cover in covers {
        let resource = |steps| Resource {
            steps,
            rule: cover.rule,
        };
        let own = resource(widen(&cover.steps));
        match cover.verdict {
            Verdict::Passes => {
                allow.push(own);
                deny.extend(overflow(&cover.steps).map(resource));
            }
            Verdict::Stops => deny.push(own),
            Verdict::Open => {}
        }
    }
    // In the policy's order, for who reads them.
    allow.sort_by_key(|resource: &Resource| resource.rule);
    deny.sort_by_key(|resource: &Resource| resource.rule);
    (allow, deny)
}

/// What the policy says where these rules are asked; the rule that leaves it open otherwise.
fn word(covering: &[&Cover]) -> Result<Word, usize> {
    let routes = covering.iter().filter(|cover| cover.rank.is_some());
    let Some(route) = routes.min_by_key(|cover| cover.rank) else {
        return Ok(Word::Nothing);
    };
    let forbids = covering.iter().filter(|cover| cover.rank.is_none());
    let asked = || std::iter::once(route).chain(forbids.clone());
    if asked().any(|cover| cover.verdict == Verdict::Stops) {
        return Ok(Word::Denied);
    }
    match asked().find(|cover| cover.verdict == Verdict::Open) {
        Some(open) => Err(open.rule),
        None => Ok(Word::Allowed),
    }
}

/// Those resources that it takes so that each of these has one of its own.
fn only(resources: Vec<Resource>, asking: &[&[usize]]) -> Vec<Resource> {
    let mut needed = vec![false; resources.len()];
    let mut left: Vec<usize> = asking.iter().map(|of| of.len()).collect();
    let mut places = vec![Vec::new(); resources.len()];
    for (place, of) in asking.iter().enumerate() {
        for &number in *of {
            set(&mut needed, number, true);
            if let Some(places) = places.get_mut(number) {
                places.push(place);
            }
        }
    }
    // Those that do least are the first to go.
    let mut order: Vec<usize> = (0..resources.len()).collect();
    order.sort_by_key(|&number| places.get(number).map_or(0, Vec::len));
    for number in order {
        let places = places.get(number).map_or(&[][..], Vec::as_slice);
        if places
            .iter()
            .all(|&place| left.get(place).is_some_and(|left| *left > 1))
        {
            set(&mut needed, number, false);
            for &place in places {
                if let Some(left) = left.get_mut(place) {
                    *left -= 1;
                }
            }
        }
    }
    let resources = resources.into_iter().zip(needed);
    resources
        .filter_map(|(resource, needed)| needed.then_some(resource))
        .collect()
}

fn set(members: &mut [bool], number: usize, value: bool) {
    if let Some(member) = members.get_mut(number) {
        *member = value;
    }
}
