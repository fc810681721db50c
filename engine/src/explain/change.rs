//! The smallest sets of facts that would turn a decision.
//!
//! Candidates come from the structure of the conditions; each is then tried: the user and the
//! request are changed, and only what really turns the decision is kept.

mod search;

use std::rc::Rc;

use tollgate_grammar::tree::{Condition, Join, Pattern, Target, Tree};

use super::Explainer;
use crate::aspect::{Ask, Aspect, nobody};
use crate::example::TEST_USER;
use crate::fact::{Bits, UserFact};
use crate::outline::{Leaf, Part, PartKind};
use crate::policy::Principal;
use crate::request::Request;
use crate::truth::Truth;
use crate::user::User;

pub(super) use search::text;
use search::{Literal, Node, Search, Way};

/// Most sets that an explanation names.
pub const MAX_CHANGES: usize = 6;

/// How many facts are looked up while candidates are tried before those found have to do.
const MAX_LOOK_UPS: usize = 2_000_000;

/// Facts that would turn the decision if all of them were so.
#[derive(Debug, Clone)]
pub struct Change {
    /// At least one; none could be left out.
    pub steps: Vec<Step>,
    /// The user with these facts, as far as one was needed; `None` for a visitor.
    user: Option<User>,
    ask: Ask,
}

/// One fact of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The fact, as a condition would say it.
    pub fact: String,
    /// Whether it would have to hold, or not to hold.
    pub holds: bool,
    /// Who could bring it about.
    pub by: By,
}

/// Who can bring a fact about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The user alone: sign in, buy, enrol, verify.
    User,
    /// Whoever makes the request: from elsewhere, with a header, at another time.
    Request,
    /// Somebody who manages users, such as for a role.
    Operator,
    /// Nobody, as long as the provider does not say.
    Provider,
}

impl By {
    /// One word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Request => "request",
            Self::Operator => "operator",
            Self::Provider => "provider",
        }
    }
}

impl Change {
    /// The user as changed; `None` for a visitor.
    pub fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Looks at a request with the changed facts in place of its own.
    pub fn request<R>(&self, request: &Request<'_>, look: impl FnOnce(&Request<'_>) -> R) -> R {
        self.ask.with(request.target, look)
    }

    /// Whether the user could do all of it.
    pub fn is_up_to_the_user(&self) -> bool {
        self.steps.iter().all(|step| step.by == By::User)
    }
}

impl<'t> Explainer<'_, 't> {
    pub(super) fn changes(
        &self,
        tree: &'t Tree,
        request: &Request<'_>,
        allowed: bool,
    ) -> Vec<Change> {
        let mut search = Search::default();
        let demands: Vec<(Node, bool)> = self
            .demands(tree, request)
            .into_iter()
            .map(|(condition, target, wanted)| (self.node(condition, target, &mut search), wanted))
            .collect();
        let ways = if allowed {
            let each = demands
                .iter()
                .flat_map(|(node, wanted)| search.ways(node, !wanted));
            search.smallest(each.collect())
        } else {
            let each = demands
                .iter()
                .map(|(node, wanted)| search.ways(node, *wanted));
            each.fold(vec![Way::new()], |all, more| search.together(&all, &more))
        };
        let mut found: Vec<(Way, Change)> = Vec::new();
        for way in ways {
            // The ways come by size; one found may have become smaller, so one size more is tried.
            let enough = found
                .iter()
                .filter(|(other, _)| other.len() + 1 < way.len())
                .count();
            let alone = found.iter().any(|(_, change)| change.is_up_to_the_user());
            let tired = search.looked_up.get() > MAX_LOOK_UPS && !found.is_empty();
            if tired || (alone && enough >= MAX_CHANGES) {
                break;
            }
            let tried = self
                .with_sign_in(&mut search, way)
                .and_then(|way| self.tried(&search, request, allowed, way));
            let Some((way, change)) = tried else { continue };
            if !found.iter().any(|(other, _)| *other == way) {
                found.push((way, change));
            }
        }
        self.try_smaller(&mut search, request, allowed, &mut found);
        smallest(found)
    }

    /// Tries every set of fewer facts than were found. The structure of a condition does not show
    /// that what helps one can undo another that was as it should be, so that more must change.
    fn try_smaller(
        &self,
        search: &mut Search,
        request: &Request<'_>,
        allowed: bool,
        found: &mut Vec<(Way, Change)>,
    ) {
        for size in 1..=search.leaves.len() {
            let is_smaller = found.iter().all(|(way, _)| size < way.len());
            let Some(sets) = search.sets(size).filter(|_| is_smaller) else {
                return;
            };
            for set in sets {
                if search.looked_up.get() > MAX_LOOK_UPS {
                    return;
                }
                let tried = self
                    .with_sign_in(search, set)
                    .and_then(|way| self.tried(search, request, allowed, way));
                let is_new = |(way, _): &(Way, Change)| found.iter().all(|(other, _)| other != way);
                found.extend(tried.filter(is_new));
            }
        }
    }

    fn node(&self, condition: &'t Condition, target: &Target, search: &mut Search) -> Node {
        let pattern = match target {
            Target::Path(pattern) => Some(pattern),
            Target::Connect(_) | Target::Field(_) => None,
        };
        self.part(&self.outline.part(condition), pattern, search)
    }

    fn part(&self, part: &Rc<Part>, pattern: Option<&Pattern>, search: &mut Search) -> Node {
        match &part.kind {
            PartKind::Leaf(leaf) => {
                let situation = self.found.situation(self.principal);
                let value = leaf.value(pattern, self.policy.facts(), &situation);
                Node::Leaf(search.number(leaf.concrete(pattern, &situation), value))
            }
            PartKind::Not(inner) => {
                let inner = self.part(inner, pattern, search);
                let value = !search.value(&inner);
                Node::Not(Box::new(inner), value)
            }
            PartKind::Join(join, parts) => {
                let parts: Vec<Node> = parts
                    .iter()
                    .map(|part| self.part(part, pattern, search))
                    .collect();
                let values = parts.iter().map(|part| search.value(part));
                let value = match join {
                    Join::All => values.fold(Truth::True, Truth::and),
                    Join::Any => values.fold(Truth::False, Truth::or),
                };
                Node::Join(*join, parts, value)
            }
            PartKind::Named(_, inner) => self.part(inner, pattern, search),
        }
    }

    /// Whoever has a fact of a user is signed in. `None` if the way has somebody both signed in
    /// and not.
    fn with_sign_in(&self, search: &mut Search, mut way: Way) -> Option<Way> {
        let signed_in = Leaf::User(UserFact::SignedIn);
        let is_sign_in = |literal: &Literal| search.leaf(literal.0) == Some(&signed_in);
        let of_user = way
            .iter()
            .any(|literal| literal.1 && search.leaf(literal.0).is_some_and(Leaf::asks_user));
        if !of_user {
            return Some(way);
        }
        if way.iter().any(|literal| is_sign_in(literal) && !literal.1) {
            return None;
        }
        if self.principal.user().is_none() && !way.iter().any(is_sign_in) {
            way.push((search.number(signed_in, Truth::False), true));
            way.sort_unstable();
        }
        Some(way)
    }

    /// The way without what it does not need, and what it makes of user and request; `None` if
    /// it does not turn the decision.
    fn tried(
        &self,
        search: &Search,
        request: &Request<'_>,
        allowed: bool,
        mut way: Way,
    ) -> Option<(Way, Change)> {
        let mut change = self.turned(search, request, allowed, &way)?;
        let mut at = 0;
        while at < way.len() {
            let mut shorter = way.clone();
            shorter.remove(at);
            match self.turned(search, request, allowed, &shorter) {
                Some(turned) if self.may_stand(search, &shorter) => {
                    (way, change) = (shorter, turned);
                }
                _ => at += 1,
            }
        }
        (!way.is_empty()).then_some((way, change))
    }

    /// Whether a visitor's way that needs a user also says so.
    fn may_stand(&self, search: &Search, way: &Way) -> bool {
        let of_user =
            |literal: &Literal| literal.1 && search.leaf(literal.0).is_some_and(Leaf::asks_user);
        let sign_in =
            |literal: &Literal| search.leaf(literal.0) == Some(&Leaf::User(UserFact::SignedIn));
        self.principal.user().is_some() || !way.iter().any(of_user) || way.iter().any(sign_in)
    }

    fn turned(
        &self,
        search: &Search,
        request: &Request<'_>,
        allowed: bool,
        way: &Way,
    ) -> Option<Change> {
        let facts = self.policy.facts().len() + way.len();
        search.looked_up.set(search.looked_up.get() + facts);
        let (user, ask) = self.applied(search, request, way)?;
        let principal = self.principal_with(user.clone(), search, way);
        let turned = ask.with(request.target, |request| {
            self.policy.decide(request, &principal).is_allowed() != allowed
        });
        turned.then(|| {
            let mut ordered = way.clone();
            // Signing in comes first.
            ordered.sort_by_key(|(number, _)| {
                search.leaf(*number) != Some(&Leaf::User(UserFact::SignedIn))
            });
            let steps = ordered.iter();
            let steps = steps.filter_map(|literal| search.step(*literal, allowed));
            Change {
                steps: steps.collect(),
                user,
                ask,
            }
        })
    }

    /// User and request with the facts of a way; `None` if they cannot be so together.
    fn applied(
        &self,
        search: &Search,
        request: &Request<'_>,
        way: &Way,
    ) -> Option<(Option<User>, Ask)> {
        let signs = |wanted: bool| {
            way.iter().any(|(number, holds)| {
                *holds == wanted && search.leaf(*number) == Some(&Leaf::User(UserFact::SignedIn))
            })
        };
        let is_visitor = signs(false) || (self.principal.user().is_none() && !signs(true));
        let mut user = self.principal.user().cloned().unwrap_or_else(|| User {
            id: TEST_USER.to_owned(),
            ..nobody()
        });
        let mut ask = Ask::of(request);
        let mut about: Vec<usize> = way
            .iter()
            .filter_map(|(number, _)| search.about.get(*number).copied())
            .collect();
        about.sort_unstable();
        about.dedup();
        for (aspect, leaves) in about
            .iter()
            .filter_map(|number| search.aspects.get(*number))
        {
            if *aspect != Aspect::SignedIn {
                let value = search.best(aspect, leaves, way)?;
                aspect.apply(&value, &mut user, &mut ask);
            }
        }
        Some(((!is_visitor).then_some(user), ask))
    }

    /// The principal of a changed user; what was unknown by itself stays so, unless it is changed.
    fn principal_with(&self, user: Option<User>, search: &Search, way: &Way) -> Principal {
        let Some(user) = user else {
            return self.policy.visitor();
        };
        let facts = self.policy.facts();
        let mut bits = Bits::new(self.policy.bits());
        facts.look_up(&user, &mut bits);
        if let Some(before) = self.principal.user() {
            let mut plain = Bits::new(self.policy.bits());
            facts.look_up(before, &mut plain);
            let own = |number: &usize| {
                let was = self.principal.bits().get(*number);
                was == Truth::Unknown && plain.get(*number) != was
            };
            for number in (0..facts.len()).filter(own) {
                let aspect = facts
                    .get(number)
                    .map(|fact| Leaf::User(fact.clone()).aspect());
                let changed = way
                    .iter()
                    .any(|literal| search.aspect(literal.0) == aspect.as_ref());
                if !changed {
                    bits.set(number, Truth::Unknown);
                }
            }
        }
        self.policy.with_bits(Some(user.into()), bits)
    }
}

/// The fewest facts first; and of those that are not the fewest, what the user could do alone.
fn smallest(mut found: Vec<(Way, Change)>) -> Vec<Change> {
    found.sort_by_key(|(way, change)| {
        let hardest = change.steps.iter().map(|step| step.by).max();
        (way.len(), hardest)
    });
    let fewest = found.first().map_or(0, |(way, _)| way.len());
    let alone = found
        .iter()
        .position(|(_, change)| change.is_up_to_the_user())
        .filter(|at| found.get(*at).is_some_and(|(way, _)| way.len() > fewest));
    let alone = alone.map(|at| found.remove(at).1);
    let fewest = found.into_iter().filter(|(way, _)| way.len() == fewest);
    let mut changes: Vec<Change> = fewest.map(|(_, change)| change).take(MAX_CHANGES).collect();
    changes.extend(alone);
    changes
}
