#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn references_are_read_and_written_back() {
    let deepest = format!("ssm:{}", "/a".repeat(15));
    let longest_label = format!("ssm:/x:{}", "l".repeat(100));
    let longest_member = format!("env:X#{}", "m".repeat(MAX_MEMBER));
    for text in [
        "ssm:/tiun",
        "ssm:/tollgate/prod/tiun-key_1.v2",
        &deepest,
        "ssm:/x:1",
        "ssm:/x:9223372036854775807",
        "ssm:/x:live",
        "ssm:/x:_A-1.b",
        &longest_label,
        "ssm:/x#api_key",
        "ssm:/x:3#api key",
        "ssm:/x:live#/stack/keys/0",
        "ssm:/x#/",
        "ssm:/x#/a~0b~1c",
        "ssm:/x#a~b",
        "ssm:/x#a#b",
        "ssm:/x#schlüssel",
        &longest_member,
        "env:TIUN_API_KEY",
        "env:_x9",
        "env:SECRETS#tiun",
        "file:/run/secrets/tiun-key",
        "file:secrets/tiun-key",
        "file:../key",
        "file:/opt/a key:ü",
        "file:/opt/secrets.json#tiun",
    ] {
        assert_eq!(text.parse::<SecretRef>().unwrap().to_string(), text);
    }
}

#[test]
fn the_parts_are_told_apart() {
    let reference: SecretRef = "ssm:/x:3#/a".parse().unwrap();
    let Place::Parameter(parameter) = reference.place() else {
        unreachable!("{reference:?}")
    };
    assert_eq!(parameter.name.as_str(), "/x");
    assert_eq!(parameter.selector, Some(Selector::Version(3)));
    assert_eq!(reference.member().map(Member::as_str), Some("/a"));

    let reference: SecretRef = "ssm:/x:v3".parse().unwrap();
    let Place::Parameter(parameter) = reference.place() else {
        unreachable!("{reference:?}")
    };
    assert_eq!(parameter.selector, Some(Selector::Label("v3".into())));
    assert_eq!(reference.member(), None);
}

#[test]
fn what_is_malformed_says_so() {
    use SecretRefError as E;
    let too_deep = format!("ssm:{}", "/a".repeat(16));
    let too_long = format!("ssm:/{}", "a".repeat(1011));
    let long_label = format!("ssm:/x:{}", "l".repeat(101));
    let long_path = format!("file:/{}", "a".repeat(4096));
    let long_member = format!("env:X#{}", "m".repeat(MAX_MEMBER + 1));
    for (text, error) in [
        ("", E::NotARef),
        ("#", E::NotARef),
        ("#x", E::NotARef),
        ("sk_live_1234", E::NotARef),
        (" ssm:/x", E::NotARef),
        ("SSM:/x", E::NotARef),
        ("secretsmanager:/x", E::NotARef),
        ("/run/secrets/x", E::NotARef),
        ("ssm:", E::NotFromRoot),
        ("ssm:#x", E::NotFromRoot),
        ("ssm:name", E::NotFromRoot),
        ("ssm::3", E::NotFromRoot),
        (
            "ssm:arn:aws:ssm:eu-central-1:123456789012:parameter/x",
            E::Arn,
        ),
        ("ssm:/x:", E::Selector),
        ("ssm:/x:0", E::Selector),
        ("ssm:/x:03", E::Selector),
        ("ssm:/x:3rd", E::Selector),
        ("ssm:/x:9223372036854775808", E::Selector),
        ("ssm:/x:a:b", E::Selector),
        ("ssm:/x:a/b", E::Selector),
        ("ssm:/x:a b", E::Selector),
        ("ssm:/x:ü", E::Selector),
        (&long_label, E::Selector),
        ("ssm:/x y", E::ParameterCharacter),
        ("ssm:/x\n", E::ParameterCharacter),
        ("ssm:/schlüssel", E::ParameterCharacter),
        ("ssm:/x$(id)", E::ParameterCharacter),
        ("ssm:/x y:3", E::ParameterCharacter),
        ("ssm:/", E::EmptyLevel),
        ("ssm:/:3", E::EmptyLevel),
        ("ssm:/a//b", E::EmptyLevel),
        ("ssm:/a/", E::EmptyLevel),
        (&too_deep, E::TooLong),
        (&too_long, E::TooLong),
        ("env:", E::VariableName),
        ("env:1A", E::VariableName),
        ("env:A-B", E::VariableName),
        ("env:A=1", E::VariableName),
        ("env:A:1", E::VariableName),
        ("env:Ä", E::VariableName),
        ("file:", E::FilePath),
        ("file:#x", E::FilePath),
        ("file:/", E::FilePath),
        ("file:/run/", E::FilePath),
        ("file:///run/x", E::FilePath),
        ("file://host/x", E::FilePath),
        ("file: /x", E::FilePath),
        ("file:/x ", E::FilePath),
        ("file:/x\0", E::FilePath),
        (&long_path, E::FilePath),
        ("ssm:/x#", E::Member),
        ("ssm:/x#a\n", E::Member),
        ("ssm:/x#/a~", E::Member),
        ("ssm:/x#/a~2", E::Member),
        ("ssm:/x#/~~0", E::Member),
        (&long_member, E::Member),
    ] {
        assert_eq!(text.parse::<SecretRef>().unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn a_key_pasted_in_place_is_never_repeated() {
    for json in [
        r#""4711sekret""#,
        "47110815",
        "-47110815",
        "4711.5",
        r#""ssm:4711sekret""#,
        r#""ssm:/47 11""#,
        r#""ssm:/x:4711sekret""#,
        r#""ssm:/x#/~4711""#,
        r#""env:4711""#,
        r#""file:4711/""#,
        r#"["4711"]"#,
        r#"{"4711":"4711"}"#,
    ] {
        let error = serde_json::from_str::<SecretRef>(json)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("4711"), "{json} gave: {error}");
    }
    let error = serde_json::from_str::<SecretRef>("47110815")
        .unwrap_err()
        .to_string();
    assert!(error.contains("write `ssm:/name`"), "{error}");
}

/// What `reference` picks out of `text`.
fn pick(reference: &str, text: &str) -> Result<String, Unfit> {
    let reference: SecretRef = reference.parse().unwrap();
    let picked = reference.pick(&Secret::new(text))?;
    Ok(picked.expose().to_owned())
}

#[test]
fn a_member_of_json_is_picked() {
    let document = r#" {"tiun":"key\n","a":{"b":["x","y"],"/":"slash"},"n":4711,"":"nameless",
                       "a/b":"joined","/a":"rooted","e":" "} "#;
    for (member, expected) in [
        ("tiun", Ok("key")),
        ("/tiun", Ok("key")),
        ("/a/b/1", Ok("y")),
        ("/a/~1", Ok("slash")),
        ("a/b", Ok("joined")),
        ("/a~1b", Ok("joined")),
        ("/~1a", Ok("rooted")),
        ("/", Ok("nameless")),
        ("Tiun", Err(Unfit::NoMember)),
        ("/a/c", Err(Unfit::NoMember)),
        ("/a/b/2", Err(Unfit::NoMember)),
        ("/a/b/01", Err(Unfit::NoMember)),
        ("n", Err(Unfit::NotText)),
        ("a", Err(Unfit::NotText)),
        ("e", Err(Unfit::Empty)),
    ] {
        let picked = pick(&format!("env:X#{member}"), document);
        assert_eq!(picked, expected.map(str::to_owned), "{member}");
    }
}

#[test]
fn what_is_not_plain_json_has_no_members() {
    let long = format!(r#"{{"k":"{}"}}"#, "k".repeat(crate::secret::MAX_BYTES));
    for (document, unfit) in [
        ("", Unfit::NotJson),
        ("key", Unfit::NotJson),
        (r#"{"k":"1","k":"2"}"#, Unfit::NotJson),
        (r#"{"k":"1"} {}"#, Unfit::NotJson),
        (r#""k""#, Unfit::NoMember),
        (r#"["k"]"#, Unfit::NoMember),
        ("null", Unfit::NoMember),
        (r#"{"k":null}"#, Unfit::NotText),
        (r#"{"k":"a\nb"}"#, Unfit::NotAHeader),
        (&long, Unfit::TooLong),
    ] {
        assert_eq!(pick("env:X#k", document), Err(unfit), "{document:.40}");
    }
}
