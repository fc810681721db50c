//! A request that some rule of a policy covers, or nearly.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tollgate_grammar::Spanned;
use tollgate_grammar::tree::{Fact, Pattern, Segment, Target};

use crate::asked::Asked;
use crate::choices::Choices;
use crate::requests::{Call, Callee};

/// What a path may be spoiled with.
const ODD: &[&str] = &[
    "/", "//", "/.", "/..", "%2e", "%2F", "%41", "%20", "%C3%A9", "%ff", "%", ";a", "*", "?", "#",
    "\\", "\u{85}", " ", "%3B", "%00", "é", "/x",
];

/// A request.
pub fn call(asked: &Asked<'_>, choices: &mut Choices<'_>) -> Call {
    Call {
        callee: callee(asked, choices),
        ip: ip(asked, choices),
        unix_millis: moment(asked, choices),
        headers: fields(asked, choices, |fact| match fact {
            Fact::Header(name, value) => Some((name, value)),
            _ => None,
        }),
        query: fields(asked, choices, |fact| match fact {
            Fact::Query(name, value) => Some((name, value)),
            _ => None,
        }),
    }
}

fn callee(asked: &Asked<'_>, choices: &mut Choices<'_>) -> Callee {
    match choices.of(&asked.rules) {
        Some((methods, Target::Path(pattern))) => path(methods, pattern, asked, choices),
        Some((_, Target::Field(field))) => Callee::Field(match choices.below(6) {
            0 => "*".to_owned(),
            1 => format!("{}x", field.node),
            _ => field.node.clone(),
        }),
        Some((_, Target::Connect(_))) | None => Callee::Connect,
    }
}

fn path(
    methods: &[Spanned<String>],
    pattern: &Pattern,
    asked: &Asked<'_>,
    choices: &mut Choices<'_>,
) -> Callee {
    let method = match choices.of(methods) {
        Some(method) if !choices.one_in(8) => method.node.clone(),
        _ => ["GET", "POST", "get", "", "G T"][choices.below(5)].to_owned(),
    };
    let mut path = String::new();
    for segment in &pattern.segments {
        path.push('/');
        match segment {
            Segment::Literal(text) => path.push_str(&text.node),
            Segment::Parameter(_) => path.push_str(word(asked, choices)),
            Segment::Rest { .. } => {
                path.push_str(word(asked, choices));
                for _ in 0..choices.below(3) {
                    path.push('/');
                    path.push_str(word(asked, choices));
                }
            }
        }
    }
    match choices.below(6) {
        0 => path.push_str(choices.of(ODD).copied().unwrap_or_default()),
        1 => path.push('/'),
        2 => {
            path = path
                .rsplit_once('/')
                .map_or("/", |(start, _)| start)
                .to_owned()
        }
        _ => {}
    }
    Callee::Path(
        method,
        if path.is_empty() {
            "/".to_owned()
        } else {
            path
        },
    )
}

fn word<'t>(asked: &Asked<'t>, choices: &mut Choices<'_>) -> &'t str {
    if choices.one_in(8) {
        "other"
    } else {
        choices.of(&asked.words).map_or("u-1", |word| word)
    }
}

/// At an end of a network, or next to it.
fn ip(asked: &Asked<'_>, choices: &mut Choices<'_>) -> Option<IpAddr> {
    if choices.one_in(8) {
        return None;
    }
    let networks: Vec<_> = asked
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::IpIn(network) => Some(network.address),
            _ => None,
        })
        .collect();
    let address = choices
        .of(&networks)
        .copied()
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    Some(match address {
        IpAddr::V4(v4) => {
            let bits = v4.to_bits() ^ 1u32.unbounded_shl(choices.below(40) as u32);
            let v4 = Ipv4Addr::from_bits(bits);
            if choices.one_in(4) {
                v4.to_ipv6_mapped().into()
            } else {
                v4.into()
            }
        }
        IpAddr::V6(v6) => {
            Ipv6Addr::from_bits(v6.to_bits() ^ 1u128.unbounded_shl(choices.below(160) as u32))
                .into()
        }
    })
}

/// At a date of the policy, or a millisecond beside it.
fn moment(asked: &Asked<'_>, choices: &mut Choices<'_>) -> i64 {
    let dates: Vec<_> = asked
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Before(date) | Fact::After(date) => Some(date.unix_millis),
            _ => None,
        })
        .collect();
    let date = choices.of(&dates).copied().unwrap_or_default();
    date + [-1, 0, 1][choices.below(3)]
}

/// Each field once, more than once, or not at all; or none to tell.
fn fields(
    asked: &Asked<'_>,
    choices: &mut Choices<'_>,
    field: impl Fn(&Fact) -> Option<(&String, &String)>,
) -> Option<Vec<(String, String)>> {
    if choices.one_in(8) {
        return None;
    }
    let mut fields = Vec::new();
    for (name, value) in asked.facts.iter().filter_map(|fact| field(fact)) {
        for _ in 0..[0, 1, 1, 2][choices.below(4)] {
            let value = if choices.one_in(4) { "other" } else { value };
            fields.push((name.clone(), value.to_owned()));
        }
    }
    Some(fields)
}
