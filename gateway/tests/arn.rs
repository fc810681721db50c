//! Method ARNs: taken apart with few splits, and echoed only when they stand for themselves.
#![allow(clippy::expect_used, reason = "tests")]

use tollgate_gateway::arn::MethodArn;

const PREFIX: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3";

fn read(resource: &str) -> (String, String, String) {
    let whole = format!("{PREFIX}/{resource}");
    let arn = MethodArn::read(&whole).expect("an ARN");
    (arn.stage.into(), arn.method.into(), arn.path.into())
}

fn parts(stage: &str, method: &str, path: &str) -> (String, String, String) {
    (stage.into(), method.into(), path.into())
}

#[test]
fn takes_the_parts_apart() {
    assert_eq!(read("prod/GET/pro/a"), parts("prod", "GET", "pro/a"));
    assert_eq!(read("$default/POST/x"), parts("$default", "POST", "x"));
    assert_eq!(read("prod/GET/"), parts("prod", "GET", ""));
    assert_eq!(read("prod/GET"), parts("prod", "GET", ""));
}

/// Parsers that split at every colon or slash cut the path short (chalice #1775).
#[test]
fn keeps_colons_and_slashes_of_the_path() {
    assert_eq!(read("prod/GET/a:b/c:d"), parts("prod", "GET", "a:b/c:d"));
    assert_eq!(read("prod/GET//a//b/"), parts("prod", "GET", "/a//b/"));
}

#[test]
fn refuses_what_lacks_a_part() {
    for whole in [
        "",
        "arn",
        "arn:aws:execute-api",
        "arn:aws:execute-api:eu-central-1:123456789012",
        "arn:aws:execute-api:eu-central-1:123456789012:",
        "arn:aws:execute-api:eu-central-1:123456789012:api",
        "arn:aws:execute-api:eu-central-1:123456789012:api/",
        "arn:aws:execute-api:eu-central-1:123456789012:api/prod",
        "arn:aws:execute-api:eu-central-1:123456789012:api/prod/",
        "arn:aws:execute-api:eu-central-1:123456789012:api//GET/x",
        "arn:aws:lambda:eu-central-1:123456789012:api/prod/GET/x",
        "urn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/x",
    ] {
        assert!(MethodArn::read(whole).is_err(), "{whole}");
    }
}

#[test]
fn other_partitions_are_as_good() {
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        let whole = format!("arn:{partition}:execute-api:r:1:api/prod/GET/x");
        assert!(
            MethodArn::read(&whole).is_ok_and(|arn| arn.stands_for_itself()),
            "{whole}"
        );
    }
}

#[test]
fn stands_for_itself_unless_something_in_it_means_more() {
    let long = "x".repeat(512);
    for (path, alone) in [
        ("pro/a", true),
        ("caf%C3%A9", true),
        ("a$b", true),
        ("a{b}", true),
        ("*", false),
        ("a?", false),
        ("${aws:username}", false),
        ("a b", true),
        ("café", true),
        ("a\nb", false),
        ("a\u{85}b", false),
        (long.as_str(), false),
    ] {
        let whole = format!("{PREFIX}/prod/GET/{path}");
        let arn = MethodArn::read(&whole);
        assert!(
            arn.is_ok_and(|arn| arn.stands_for_itself() == alone),
            "{path}"
        );
    }
    let stage = format!("{PREFIX}/*/GET/x");
    assert!(MethodArn::read(&stage).is_ok_and(|arn| !arn.stands_for_itself()));
}

#[test]
fn the_longest_resource_is_512_characters() {
    for (length, alone) in [(512, true), (513, false)] {
        let mut whole = format!("{PREFIX}/prod/GET/");
        whole.push_str(&"x".repeat(length - whole.len()));
        assert!(
            MethodArn::read(&whole).is_ok_and(|arn| arn.stands_for_itself() == alone),
            "{length}"
        );
    }
}

#[test]
fn the_connect_route_has_neither_method_nor_path() {
    let is_connect = |resource: &str| {
        let whole = format!("{PREFIX}/{resource}");
        MethodArn::read(&whole).expect("an ARN").is_connect()
    };
    assert!(is_connect("prod/$connect"));
    for other in [
        "prod/$connect/",
        "prod/$connect/$connect",
        "prod/GET/$connect",
        "prod/$default",
        "prod/$disconnect",
        "prod/x$connect",
        "$connect/GET/",
    ] {
        assert!(!is_connect(other), "{other}");
    }
}
