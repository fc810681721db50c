//! Facts, and what they are compared with.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tollgate_grammar::tree::{Cidr, ClaimTest, Comparison, Date, Fact, Literal, Membership};

use crate::name::{member, name, text, tier};

fn membership() -> impl Strategy<Value = Membership> {
    select(vec![
        Membership::Role,
        Membership::Team,
        Membership::Permission,
        Membership::Scope,
        Membership::Group,
    ])
}

fn literal() -> impl Strategy<Value = Literal> {
    let finite = any::<f64>().prop_filter("not a number of JSON", |number| number.is_finite());
    prop_oneof![
        text(8).prop_map(Literal::Text),
        Just(Literal::Text(String::new())),
        any::<i64>().prop_map(Literal::Integer),
        finite.prop_map(Literal::Decimal),
        any::<bool>().prop_map(Literal::Truth),
    ]
}

fn claim_test() -> impl Strategy<Value = ClaimTest> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let any_order = select(vec![
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    ]);
    prop_oneof![
        (any_order, literal()).prop_map(|(comparison, literal)| match literal {
            Literal::Truth(_) => ClaimTest::Compare(Equal, literal),
            _ => ClaimTest::Compare(comparison, literal),
        }),
        vec(literal(), 1..4).prop_map(ClaimTest::In),
        literal().prop_map(ClaimTest::Contains),
    ]
}

fn claim() -> impl Strategy<Value = Fact> {
    let member = prop_oneof!["[A-Za-z0-9_:$@-]{1,6}", text(6)];
    (vec(member, 1..4), claim_test()).prop_map(|(path, test)| Fact::Claim { path, test })
}

fn network() -> impl Strategy<Value = Cidr> {
    let v4 = (any::<u32>(), 0_u32..=32).prop_map(|(bits, prefix)| Cidr {
        address: IpAddr::V4((bits & u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).into()),
        prefix: u8::try_from(prefix).unwrap(),
    });
    let v6 = (any::<u128>(), 0_u32..=128).prop_map(|(bits, prefix)| Cidr {
        // The highest bit, so that it is never an IPv4 address in IPv6 form.
        address: IpAddr::V6(
            ((bits | 1 << 127) & u128::MAX.checked_shl(128 - prefix.max(1)).unwrap_or(0)).into(),
        ),
        prefix: u8::try_from(prefix.max(1)).unwrap(),
    });
    prop_oneof![v4, v6]
}

pub fn date() -> impl Strategy<Value = Date> {
    let dates = vec![
        ("1970-01-01", 0),
        ("2027-01-31T12:00:00Z", 1_801_396_800_000),
        ("2027-01-31t12:00:00.25+01:30", 1_801_391_400_250),
    ];
    select(dates).prop_map(|(text, unix_millis)| Date {
        text: text.to_owned(),
        unix_millis,
    })
}

fn email() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.+'_|-]{1,6}@[a-z0-9]{1,5}\\.[a-z]{2}"
}

/// Facts that may stand in one list: all after the same keyword.
pub fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let product = name().prop_filter("white space", |name| {
        !name.contains('+') && !name.contains(char::is_whitespace)
    });
    let email = prop_oneof![
        email().prop_map(Fact::Email),
        "[a-z0-9]{1,5}\\.[a-z]{2}".prop_map(Fact::EmailDomain),
        Just(Fact::EmailVerified),
    ];
    let member = (membership(), vec(member(), 1..4)).prop_map(|(membership, names)| {
        names
            .into_iter()
            .map(|name| Fact::Member(membership, name))
            .collect()
    });
    prop_oneof![
        Just(vec![Fact::User]),
        Just(vec![Fact::Mfa]),
        vec(self::member().prop_map(Fact::UserId), 1..4),
        vec(product.prop_map(Fact::Product), 1..4),
        vec(tier().prop_map(Fact::Tier), 1..4),
        vec(email, 1..4),
        vec(name().prop_map(Fact::MfaMethod), 1..4),
        vec(name().prop_map(Fact::Provider), 1..4),
        member,
        claim().prop_map(|fact| vec![fact]),
        vec(network().prop_map(Fact::IpIn), 1..4),
        ("[a-z0-9][a-z0-9-]{0,6}", text(6))
            .prop_map(|(name, value)| vec![Fact::Header(name, value)]),
        (name(), text(6)).prop_map(|(name, value)| vec![Fact::Query(name, value)]),
        date().prop_map(|date| vec![Fact::Before(date)]),
        date().prop_map(|date| vec![Fact::After(date)]),
    ]
}
