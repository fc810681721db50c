//! What may come of an event: the naive evaluator of `engine/tests/reference`, asked of everybody who the
//! client may be taken for; see the crate's documentation for the rules.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tollgate_engine::{Fact, Target, User};
use tollgate_grammar::Sources;
use tollgate_grammar::tree::{Access, Tree};

use crate::evaluate::{self, evaluate};
use crate::event::{Event, Shape};
use crate::fact::ProductNames;
use crate::outcome::{Decision, Outcome, Why};
use crate::outside::{Known, SigningKey};
use crate::route::{self, Called};
use crate::shown::Proof;
use crate::{BUDGET, CACHE_FOR, Setup, admit};

/// How long tiun's "nobody" is kept, and how old facts may be that refuse somebody.
pub const REFUSAL: Duration = Duration::from_secs(5);

/// How long after a provider's failure calls to it may still fail: one that hangs fails at the end of
/// its budget, then the provider is left alone for 2 s, then one call at a time tries it.
const GRACE: Duration = Duration::from_secs(8);

/// Least time between two looks for unknown keys.
const BETWEEN_LOOKS: Duration = Duration::from_secs(10);

/// For what is measured on both sides of a pipe on a busy machine.
const MARGIN: Duration = Duration::from_millis(500);

/// A policy, and how answers are configured.
pub struct Model {
    tree: Tree,
    products: ProductNames,
    setup: Setup,
}

/// When an event was sent and answered.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// Before the function could have it.
    pub sent: Instant,
    /// After its answer had come.
    pub answered: Instant,
}

impl When {
    /// This long before it was sent.
    fn before(self, span: Duration) -> Instant {
        self.sent.checked_sub(span).unwrap_or(self.sent)
    }
}

impl Model {
    /// Reads a policy, which must be without errors.
    pub fn new(policy: &str, setup: Setup) -> Self {
        let mut sources = Sources::default();
        sources.add("soak.policy", policy.to_owned());
        let (tree, findings) = tollgate_grammar::parse(&sources);
        let error = |finding: &&tollgate_grammar::Diagnostic| {
            finding.severity() == tollgate_grammar::Severity::Error
        };
        let errors: Vec<_> = findings.iter().filter(error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let products = crate::PRODUCTS.map(|(word, id)| (word.to_owned(), id.to_owned()));
        Self {
            tree,
            products: BTreeMap::from(products),
            setup,
        }
    }

    /// Everything that is right for an event.
    pub fn expected(
        &self,
        event: &Event,
        proof: &Proof,
        when: When,
        known: &Known,
    ) -> Vec<Outcome> {
        if event.shape == Shape::Foreign {
            return vec![Outcome::UnknownEvent];
        }
        let visitor = self.of(event, None, "");
        if !self.asks(event) {
            return vec![visitor];
        }
        let undecided = |may_be: bool| may_be.then_some(Outcome::Undecided);
        match proof {
            Proof::Nobody => vec![visitor],
            Proof::NobodyByTiun => {
                let troubled = Self::tiun_troubled(when, known);
                [visitor].into_iter().chain(undecided(troubled)).collect()
            }
            Proof::NobodyByIssuer | Proof::UnknownKey => {
                let troubled = Self::issuer_troubled(when, known);
                [visitor].into_iter().chain(undecided(troubled)).collect()
            }
            Proof::Account(user, knowledge) => {
                let vouched = knowledge.lock().ok().and_then(|it| it.vouched());
                let vouched = vouched.filter(|vouched| vouched.by <= when.sent);
                let since = vouched.map(|vouched| vouched.since);
                self.of_account(event, (*user, since), &visitor, when, known)
            }
            Proof::Signed(user, key, end) => {
                let mut expected = Vec::new();
                let (good, refused, undecided) = self.of_key(&known.keys[*key], when, known);
                let may_be_over = end.is_some_and(|end| when.answered + MARGIN >= end);
                let is_over = end.is_some_and(|end| when.sent >= end + MARGIN);
                if good && !is_over {
                    expected.push(self.of(event, Some(user), "oidc"));
                }
                if refused || may_be_over {
                    expected.push(visitor);
                }
                expected.extend(undecided.then_some(Outcome::Undecided));
                expected
            }
        }
    }

    /// Whether answers to such an event are kept for others of its token.
    pub fn keeps(&self, event: &Event) -> bool {
        let has_resources = matches!(event.shape, Shape::RestToken | Shape::RestRequest);
        self.setup.is_for_token() && has_resources
    }

    fn of_account(
        &self,
        event: &Event,
        (user, since): (usize, Option<Instant>),
        visitor: &Outcome,
        when: When,
        known: &Known,
    ) -> Vec<Outcome> {
        let troubled = Self::tiun_troubled(when, known);
        let accounts = &known.accounts[user];
        let kept = self.setup.kept(troubled);
        let said = |span: Duration| when.before(span + BUDGET);
        let mut expected = Vec::new();
        for span in accounts.between(said(kept), when.answered) {
            let is_fresh = span.until.is_none_or(|until| until >= said(REFUSAL));
            let account = &span.value;
            if account.active {
                let told = account.user(user);
                let outcome = self.of(event, Some(&told), "tiun");
                let refuses = outcome.word() != "allowed";
                if is_fresh || troubled || !refuses {
                    expected.push(outcome);
                }
            } else if is_fresh {
                expected.push(visitor.clone());
            }
        }
        // What is remembered needs nobody to be asked. Facts older than that bridge outages, not a key of
        // ours that tiun refuses.
        let remembered = since.is_some_and(|since| {
            when.answered + MARGIN < since + CACHE_FOR
                && accounts
                    .between(since.checked_sub(BUDGET).unwrap_or(since), when.answered)
                    .all(|span| span.value.active)
        });
        if troubled && !remembered {
            expected.push(Outcome::Undecided);
        }
        expected
    }

    /// Whether a token signed with this key may be good, may be refused, and may be left undecided.
    fn of_key(&self, key: &SigningKey, when: When, known: &Known) -> (bool, bool, bool) {
        let troubled = Self::issuer_troubled(when, known);
        let forgotten = key.forgotten.is_some_and(|forgotten| {
            // What was verified before is known for a while, longer where an outage is bridged.
            when.sent > forgotten + self.setup.kept(troubled) + BUDGET + MARGIN
        });
        let retiring = key.retiring.is_some_and(|then| then <= when.answered);
        // A token that was refused before its key was known is refused a little longer.
        let learned = key
            .learned
            .is_some_and(|learned| when.sent > learned + REFUSAL + MARGIN);
        let looked_for = BETWEEN_LOOKS + REFUSAL + BUDGET + MARGIN * 2;
        let must_be_known = when.sent > key.published + looked_for
            && !known
                .issuer_trouble
                .was(when.before(looked_for + GRACE), when.answered);
        let refused = retiring || !(learned || must_be_known);
        (!forgotten, refused, refused && troubled)
    }

    /// Whether tiun may have failed, or have been left alone.
    pub fn tiun_troubled(when: When, known: &Known) -> bool {
        known.tiun_trouble.was(when.before(GRACE), when.answered)
    }

    /// Whether a look for new keys may have failed, and be remembered.
    fn issuer_troubled(when: When, known: &Known) -> bool {
        let from = when.before(BETWEEN_LOOKS + GRACE);
        known.issuer_trouble.was(from, when.answered)
    }

    /// Takes note of what an answer tells of the function's keys.
    pub fn learn(proof: &Proof, outcome: &Outcome, when: When, known: &mut Known) {
        let decided = matches!(outcome, Outcome::Unauthorized | Outcome::Decision(_));
        match (proof, outcome) {
            (Proof::Signed(_, key, _), Outcome::Decision(decision))
                if !decision.user.is_empty() =>
            {
                known.keys[*key].learned.get_or_insert(when.answered);
            }
            // The function has looked for keys less than ten seconds before, or for this one.
            (Proof::UnknownKey, _) if decided => {
                for key in &mut known.keys {
                    let looked = BETWEEN_LOOKS + BUDGET + MARGIN;
                    if key
                        .retired
                        .is_some_and(|retired| when.sent > retired + looked)
                    {
                        key.forgotten.get_or_insert(when.answered);
                    }
                }
            }
            _ => {}
        }
    }

    /// What comes of an event of this user, or of nobody, whom this provider vouches for.
    fn of(&self, event: &Event, user: Option<&User>, provider: &str) -> Outcome {
        let answer = evaluate(&self.tree, &self.products, user, &event.request());
        let (allowed, why) = match answer.outcome {
            evaluate::Outcome::Allowed => (true, Why::default()),
            evaluate::Outcome::Denied { reason, required } => {
                let reason = reason.as_str().to_owned();
                (false, Why { reason, required })
            }
        };
        if why.reason == "login_required" && event.shape != Shape::Http {
            return Outcome::Unauthorized;
        }
        let list = |list: Option<&Fact<Vec<String>>>| {
            let names = list.and_then(Fact::known);
            names.map(|names| names.join(",")).unwrap_or_default()
        };
        let email = user.and_then(|user| user.email.known()?.clone());
        Outcome::Decision(Decision {
            allowed,
            why: (!self.keeps(event)).then_some(why),
            user: user.map(|user| user.id.clone()).unwrap_or_default(),
            provider: provider.to_owned(),
            email: email.unwrap_or_default(),
            products: list(user.map(|user| &user.products)),
            roles: list(user.map(|user| &user.roles)),
            tier: answer.tier.unwrap_or_default(),
        })
    }

    /// Whether it matters who asks: to the deciding route, or because the answer is for other requests
    /// as well.
    pub fn asks(&self, event: &Event) -> bool {
        if self.keeps(event) {
            return true;
        }
        let called = match event.request().target {
            Target::Connect => Some(Called::Connect),
            Target::Path { method, path } => admit::admit(path)
                .filter(|_| admit::is_method(method))
                .map(|segments| Called::Path {
                    method: method.to_owned(),
                    segments,
                }),
            Target::Field(_) => None,
        };
        let Some(called) = called else {
            return false;
        };
        // No `forbid` of the policy is about a route that is public or denied.
        let route = route::deciding(&self.tree, &called);
        route.is_some_and(|(route, _)| matches!(route.access, Access::Requires(_)))
    }
}
