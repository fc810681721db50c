//! A request and who makes it, in the words of a test.

use std::collections::BTreeSet;

use tollgate_engine::explain::Checked;
use tollgate_engine::truth::Truth;
use tollgate_engine::{Explanation, Policy, User, explain};
use tollgate_grammar::tree::{
    Date, Expected, Reason, Statement, Test, TestFact, TestGroup, TestRequest, TestTarget, Tree,
    Who,
};
use tollgate_grammar::{FileId, Span, Spanned, limits, print};

use super::tests;
use crate::asker::{Asker, moment};
use crate::page::draft::Draft;
use crate::page::person::{self, Person};
use crate::page::problem::Problem;
use crate::page::scenario::Seen;

/// Of what is made here and stands nowhere.
const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

/// What a test says.
pub struct Told {
    who: Who,
    request: TestRequest,
}

impl Told {
    /// What became of a request, by this policy.
    ///
    /// # Errors
    /// When a test has no words for it.
    pub fn of(draft: &Draft, seen: &Seen, person: Option<&Person>) -> Result<Self, Problem> {
        let policy = draft.policy()?;
        let loaded = &draft.loaded;
        let visitor = policy.visitor();
        let principal = person.map_or(&visitor, |person| &person.principal);
        let explanation = explain(
            policy,
            &loaded.read.sources,
            &loaded.read.tree,
            &loaded.products,
            &seen.request(),
            principal,
        );
        let asked = leaves(&explanation);
        let who = match (person, principal.user()) {
            (Some(person), Some(user)) => Who::User {
                id: Some(user.id.clone()),
                facts: facts(policy, person, user, seen, &asked)?,
            },
            _ => Who::Visitor,
        };
        let outcome = match explanation.decision.denial() {
            None => Expected::Allowed,
            Some(denial) => Expected::Denied(Some(nowhere::<Reason>(denial.reason))),
        };
        Ok(Self {
            who,
            request: request(seen, &asked, outcome)?,
        })
    }

    /// The `test` block under a name that no other test of the policy has.
    ///
    /// # Errors
    /// When a test cannot have the name.
    pub fn block(self, name: &str, draft: &Draft) -> Result<String, Problem> {
        let tree = &draft.loaded.read.tree;
        let test = Statement::Test(Test {
            span: NOWHERE,
            name: nowhere(free_name(name, tree)?),
            groups: vec![TestGroup {
                who: nowhere(self.who),
                requests: vec![self.request],
            }],
        });
        // The names that stand for conditions: the same words are put in quotes where they are not meant.
        let lets = tree.statements.iter();
        let lets = lets.filter(|statement| matches!(statement, Statement::Let(_)));
        let lets: Vec<Statement> = lets.cloned().collect();
        let before = print(&Tree {
            statements: lets.clone(),
            ..Tree::default()
        });
        let all = print(&Tree {
            statements: lets.into_iter().chain([test]).collect(),
            ..Tree::default()
        });
        let block = all.strip_prefix(&before).unwrap_or(&all);
        Ok(block.trim().to_owned())
    }
}

fn nowhere<T>(node: T) -> Spanned<T> {
    let span = NOWHERE;
    Spanned { node, span }
}

/// The facts that the deciding rules looked at, as they are written, with their values.
fn leaves(explanation: &Explanation<'_>) -> Vec<(String, Truth)> {
    fn collect(checked: &Checked, found: &mut Vec<(String, Truth)>) {
        match checked.parts.as_slice() {
            [] => found.push((checked.text.clone(), checked.value)),
            parts => parts.iter().for_each(|part| collect(part, found)),
        }
    }
    let mut found = Vec::new();
    let rules = explanation.routes.iter().chain(&explanation.forbids);
    for condition in rules.filter_map(|rule| rule.condition.as_ref()) {
        collect(condition, &mut found);
    }
    found
}

/// What is known of the user, as far as it can matter.
fn facts(
    policy: &Policy,
    person: &Person,
    user: &User,
    seen: &Seen,
    asked: &[(String, Truth)],
) -> Result<Vec<TestFact>, Problem> {
    let mut words = person::facts(policy, &person.principal, Truth::True);
    // That nothing is known of it matters only where it is asked for.
    let unknown = person::facts(policy, &person.principal, Truth::Unknown);
    // Quotes are as they are written there.
    let bare = |text: &str| text.replace('"', "");
    let is_asked = |fact: &String| asked.iter().any(|(text, _)| bare(text) == bare(fact));
    words.extend(
        unknown
            .into_iter()
            .filter(is_asked)
            .map(|fact| format!("unknown {fact}")),
    );
    words.extend(memberships(user, seen, asked));
    let mut told = BTreeSet::new();
    words.retain(|fact| told.insert(fact.clone()));
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let who = Asker::parse(&format!("with {}", words.join(", ")));
    let who = who.map_err(|error| {
        Problem::unfit(format!(
            "a test cannot say what is known of the user:\n{error}"
        ))
    })?;
    match who.into_who() {
        Who::User { facts, .. } => Ok(facts),
        Who::Visitor => Ok(Vec::new()),
    }
}

/// What the user is in that the path names, where a rule asks for that: `team {team}`.
fn memberships(user: &User, seen: &Seen, asked: &[(String, Truth)]) -> Vec<String> {
    let lists = [
        ("role", &user.roles),
        ("team", &user.teams),
        ("permission", &user.permissions),
        ("scope", &user.scopes),
        ("group", &user.groups),
    ];
    let mut words = Vec::new();
    for (word, names) in lists {
        let asks = |text: &str| {
            text.strip_prefix(word)
                .is_some_and(|rest| rest.contains('{'))
        };
        if !asked.iter().any(|(text, _)| asks(text)) {
            continue;
        }
        let segments = seen.segments();
        let all = names.known().into_iter().flatten();
        let meant = all.filter(|name| segments.contains(*name));
        words.extend(meant.map(|name| format!("{word} {}", quoted(name))));
    }
    words
}

/// A word that can be anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The request line, with what the deciding rules look at.
fn request(
    seen: &Seen,
    asked: &[(String, Truth)],
    outcome: Expected,
) -> Result<TestRequest, Problem> {
    let asks = |word: &str| asked.iter().any(|(text, _)| text.starts_with(word));
    let at = if asks("before ") || asks("after ") {
        Some(date(seen.at)?)
    } else {
        None
    };
    Ok(TestRequest {
        span: NOWHERE,
        target: match &seen.call {
            Some((method, path)) => TestTarget::Path {
                method: nowhere(method.clone()),
                path: nowhere(path.clone()),
            },
            None => TestTarget::Connect(NOWHERE),
        },
        ip: seen.ip.filter(|_| asks("ip in ")),
        at,
        headers: named("header ", &seen.headers, asked),
        query: named("query ", &seen.query, asked),
        outcome,
    })
}

/// Of these pairs the ones whose name a rule asks for: `header x-plan = "pro"`.
fn named(
    word: &str,
    pairs: &[(String, String)],
    asked: &[(String, Truth)],
) -> Vec<(String, String)> {
    let names: BTreeSet<&str> = asked
        .iter()
        .filter_map(|(text, _)| text.strip_prefix(word)?.split_once(" = "))
        .map(|(name, _)| name.trim_matches('"'))
        .collect();
    let pairs = pairs.iter();
    let pairs = pairs.filter(|(name, _)| names.contains(name.as_str()));
    pairs.cloned().collect()
}

fn date(unix_millis: i64) -> Result<Date, Problem> {
    let seconds = u64::try_from(unix_millis / 1000).unwrap_or(0);
    let time = std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds));
    let text = tollgate_gateway::timestamp::timestamp(time.unwrap_or(std::time::UNIX_EPOCH));
    moment(&text).map_err(Problem::unfit)
}

/// The name, with a number if a test has it already.
fn free_name(name: &str, tree: &Tree) -> Result<String, Problem> {
    if name.chars().any(char::is_control) || name.trim().is_empty() {
        return Err(Problem::bad("the name of a test is one line"));
    }
    let taken: BTreeSet<&str> = tests(tree).map(|test| test.name.node.as_str()).collect();
    // Room for the number.
    let mut longest = name.len().min(limits::NAME_BYTES - 8);
    while !name.is_char_boundary(longest) {
        longest -= 1;
    }
    let name = name.get(..longest).unwrap_or_default().trim();
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    // One more than there are tests is free.
    let free = names.find(|name| !taken.contains(name.as_str()));
    Ok(free.unwrap_or_else(|| name.to_owned()))
}
