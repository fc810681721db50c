//! What a condition asks for: one fact, or a list after one keyword.

use crate::lower::item::{self, Doubtful};
use crate::lower::{Reader, claim, date, email, name, network, pair as name_value};
use crate::span::{Span, Spanned};
use crate::syntax::{Pair, Rule};
use crate::tree::{Condition, Fact, Join, Membership};

/// The facts after one keyword, and what is needed to judge how they are joined.
pub(super) struct Listed<'a> {
    /// The keyword.
    pub keyword: &'a str,
    /// Where each entry stands; the keyword's place if there is none.
    pub entries: Vec<Span>,
    /// How the entries are joined: one fewer than there are entries.
    pub joins: Vec<(Join, Span)>,
    /// The facts, if none holds a mistake.
    pub condition: Option<Condition>,
}

/// Reads them.
pub(super) fn facts<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Listed<'a> {
    let span = reader.span(&pair);
    match pair.as_rule() {
        Rule::claim_fact => single("claim", span, claim::claim(reader, pair)),
        Rule::pair_fact => {
            let fact = name_value::fact(reader, pair);
            let keyword = if matches!(fact, Some(Fact::Query(..))) {
                "query"
            } else {
                "header"
            };
            single(keyword, span, fact)
        }
        Rule::date_fact => {
            let fact = date::fact(reader, pair);
            let keyword = if matches!(fact, Some(Fact::After(_))) {
                "after"
            } else {
                "before"
            };
            single(keyword, span, fact)
        }
        _ => list(reader, pair, span),
    }
}

fn single(keyword: &str, span: Span, fact: Option<Fact>) -> Listed<'_> {
    let condition = fact.map(|node| Condition::Facts {
        join: Join::Any,
        facts: vec![Spanned { node, span }],
        span,
    });
    Listed {
        keyword,
        entries: vec![span],
        joins: Vec::new(),
        condition,
    }
}

fn list<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>, span: Span) -> Listed<'a> {
    let mut pairs = pair.into_inner();
    let keyword = pairs.next().map_or("", |word| word.as_str());
    let mut entries = Vec::new();
    let mut joins = Vec::new();
    let mut facts = Vec::new();
    for pair in pairs {
        let place = reader.span(&pair);
        match pair.as_rule() {
            Rule::and_word => joins.push((Join::All, place)),
            Rule::or_word => joins.push((Join::Any, place)),
            Rule::in_word => {}
            _ => {
                doubt(reader, &pair, place, keyword, entries.len());
                entries.push(place);
                facts.extend(
                    entry(reader, &pair, keyword).map(|node| Spanned { node, span: place }),
                );
            }
        }
    }
    if entries.is_empty() {
        let fact = if keyword == "mfa" {
            Fact::Mfa
        } else {
            Fact::User
        };
        return single(keyword, span, Some(fact));
    }
    let join = joins.first().map_or(Join::Any, |(join, _)| *join);
    let sound = facts.len() == entries.len();
    Listed {
        keyword,
        entries,
        joins,
        condition: sound.then_some(Condition::Facts { join, facts, span }),
    }
}

/// One entry after its keyword.
fn entry(reader: &mut Reader, pair: &Pair, keyword: &str) -> Option<Fact> {
    let member = |membership| move |name| Fact::Member(membership, name);
    match keyword {
        "user" => item::name_or_parameter(reader, pair, keyword).map(Fact::UserId),
        "product" => item::text(reader, pair, keyword).map(Fact::Product),
        "tier" => name::defined(reader, pair, keyword).map(|name| Fact::Tier(name.node)),
        "email" => email::fact(reader, pair),
        "mfa" => item::text(reader, pair, keyword).map(Fact::MfaMethod),
        "provider" => item::text(reader, pair, keyword).map(Fact::Provider),
        "ip" => network::network(reader, pair).map(Fact::IpIn),
        _ => {
            let membership = membership(keyword)?;
            item::name_or_parameter(reader, pair, keyword).map(member(membership))
        }
    }
}

const MEMBERSHIPS: [(Membership, &str); 5] = [
    (Membership::Role, "role"),
    (Membership::Team, "team"),
    (Membership::Permission, "permission"),
    (Membership::Scope, "scope"),
    (Membership::Group, "group"),
];

/// What the keyword says a user is in, has or holds.
pub(super) fn membership(keyword: &str) -> Option<Membership> {
    let known = MEMBERSHIPS.iter().find(|(_, word)| *word == keyword);
    known.map(|(membership, _)| *membership)
}

/// The keyword.
pub(crate) fn membership_word(membership: Membership) -> &'static str {
    let known = MEMBERSHIPS.iter().find(|(known, _)| *known == membership);
    known.map_or("", |(_, word)| word)
}

/// Remembers a bare word that could also be meant as a `let`: any entry but the first, and the
/// first after a keyword that can stand alone.
fn doubt<'a>(
    reader: &mut Reader<'_, 'a>,
    pair: &Pair<'a>,
    span: Span,
    keyword: &'a str,
    position: usize,
) {
    let could_be_let = position > 0 || matches!(keyword, "user" | "mfa");
    let word = pair.as_str();
    if could_be_let && pair.as_rule() == Rule::bare && name::is_definable(word) {
        reader.doubtful.push(Doubtful {
            item: Spanned { node: word, span },
            keyword,
            is_first: position == 0,
        });
    }
}
