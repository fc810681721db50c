//! Which values stand for all others, and what giving one to a user or a request leaves as it was.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use tollgate_grammar::tree::{Cidr, ClaimTest, Comparison, Literal};

use super::*;

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The values of a claim that is tested like this.
fn of_claim(tests: &[ClaimTest]) -> Option<Vec<Json>> {
    let path = vec!["a".to_owned()];
    let leaf = |test: &ClaimTest| Leaf::User(UserFact::Claim(path.clone(), test.clone()));
    let leaves: Vec<Leaf> = tests.iter().map(leaf).collect();
    let values = Aspect::Claim(path).values(&leaves.iter().collect::<Vec<_>>())?;
    let json = |value| match value {
        Value::Json(json) => Some(json),
        _ => None,
    };
    values.into_iter().map(json).collect()
}

#[test]
fn a_text_unlike_all_others() {
    assert_eq!(unlike(&[]), "other");
    assert_eq!(unlike(&texts(&["totp", "sms"])), "totp-other");
    assert_eq!(unlike(&texts(&["a@b.c"])), "a@b.c.other");
}

#[test]
fn every_choice_of_a_few_names() {
    assert_eq!(
        choices(&[1, 2]).unwrap(),
        [vec![], vec![1], vec![2], vec![1, 2]]
    );
    assert_eq!(choices(&[0; MAX_CHOSEN]).unwrap().len(), 32);
    for more in [MAX_CHOSEN + 1, 40] {
        assert_eq!(choices(&vec![0; more]), None);
    }
    // And of methods and members of a list, so many are not yet too many.
    let names: Vec<String> = (0..MAX_CHOSEN).map(|number| format!("m{number}")).collect();
    assert_eq!(methods(&names).unwrap().len(), 33);
    let contains = |name: &String| ClaimTest::Contains(Literal::Text(name.clone()));
    let tests: Vec<ClaimTest> = names.iter().map(contains).collect();
    assert_eq!(of_claim(&tests).unwrap().len(), 34);
}

/// Everything but an ID can be missing.
#[test]
fn what_can_be_missing() {
    let request = Leaf::Request;
    let (name, text) = ("x".to_owned(), "1".to_owned());
    for (leaf, can_be_missing) in [
        (Leaf::User(UserFact::Id(text.clone())), false),
        (Leaf::User(UserFact::Email("a@b.c".to_owned())), true),
        (Leaf::User(UserFact::Provider(text.clone())), true),
        (
            request(RequestFact::Header(name.clone(), text.clone())),
            true,
        ),
        (request(RequestFact::Query(name, text)), true),
    ] {
        let values = leaf.aspect().values(&[&leaf]).unwrap();
        assert_eq!(
            values.contains(&Value::Text(None)),
            can_be_missing,
            "{leaf:?}"
        );
        let truths: Vec<Truth> = values.iter().map(|value| value.truth(&leaf)).collect();
        assert!(truths.contains(&Truth::True), "{leaf:?}");
        assert!(truths.contains(&Truth::False), "{leaf:?}");
    }
}

#[test]
fn a_header_is_replaced_and_the_others_stay() {
    let field = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let mut ask = Ask {
        headers: Some(vec![field("x-a", "1"), field("x-b", "2")]),
        ..Ask::nothing()
    };
    let aspect = Aspect::Header("x-a".to_owned());
    aspect.apply(&Value::Text(Some("3".to_owned())), &mut nobody(), &mut ask);
    assert_eq!(
        ask.headers,
        Some(vec![field("x-b", "2"), field("x-a", "3")])
    );
    aspect.apply(&Value::Text(None), &mut nobody(), &mut ask);
    assert_eq!(ask.headers, Some(vec![field("x-b", "2")]));
}

/// Beside a number that is only equal to something lies one other; beside one that is ordered, one
/// on either side, which a float must be able to tell apart.
#[test]
fn values_beside_a_number() {
    let exact: i64 = 1 << 50;
    let number = Literal::Integer;
    let less = |integer| ClaimTest::Compare(Comparison::Less, number(integer));
    let is = |integer| ClaimTest::Compare(Comparison::Equal, number(integer));
    assert_eq!(
        of_claim(&[less(4)]).unwrap(),
        [
            json!(null),
            json!({}),
            json!(4),
            json!(3),
            json!(5),
            json!(3.5),
            json!(4.5),
            json!([])
        ]
    );
    assert_eq!(of_claim(&[less(exact - 1)]).unwrap().len(), 8);
    for large in [exact, -exact, i64::MAX, i64::MIN] {
        assert_eq!(of_claim(&[less(large)]), None, "{large}");
        let beside = json!(large.wrapping_add(1));
        let expected = [json!(null), json!({}), json!(large), beside, json!([])];
        assert_eq!(of_claim(&[is(large)]).unwrap(), expected, "{large}");
        assert_eq!(
            of_claim(&[ClaimTest::In(vec![number(large)])]).unwrap(),
            expected
        );
    }
}

#[test]
fn addresses_at_the_edges_of_a_network() {
    for (first, prefix, expected) in [
        (
            "10.0.0.0",
            8,
            "0.0.0.0 9.255.255.255 10.0.0.0 10.255.255.255 11.0.0.0 ::",
        ),
        ("0.0.0.0", 0, "0.0.0.0 255.255.255.255 ::"),
        ("192.0.2.7", 32, "0.0.0.0 192.0.2.6 192.0.2.7 192.0.2.8 ::"),
        (
            "2001:db8::",
            32,
            "0.0.0.0 :: 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8:: \
             2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9::",
        ),
    ] {
        let address = first.parse().unwrap();
        let leaf = Leaf::Request(RequestFact::IpIn(Cidr { address, prefix }));
        let addresses = network::addresses(&[&leaf]);
        let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(shown.join(" "), expected, "{first}/{prefix}");
    }
}
