//! Tokens verified by their signature.

use super::*;

/// A key for each kind of user.
static KEYS: LazyLock<[Mint; 3]> = LazyLock::new(|| {
    ["kid-normal", "kid-restricted", "kid-anonymous"].map(|kid| Mint::new(Algorithm::Es256, kid))
});

fn key_of(kind: UserKind) -> &'static Mint {
    &KEYS[KINDS.iter().position(|other| *other == kind).unwrap()]
}

/// A server with the keys of all kinds, and nothing else.
pub(super) async fn key_server() -> Server {
    let entries: Vec<Value> = KEYS.iter().map(Mint::jwk).collect();
    let jwks = String::from_utf8(mint::jwks(&entries)).unwrap();
    Server::start(move |_, request| {
        assert!(target(request).contains("/.well-known/jwks.json"));
        Reply::json(&jwks)
    })
    .await
}

pub(super) const ACCEPT_ALL: &str = r#","accept":["restricted","anonymous"]"#;

pub(super) async fn accepted(stack: &StackAuth, token: &str) -> bool {
    match verify(stack, token, &Needs::default()).await {
        Outcome::Identity(identity) => {
            assert_eq!(identity.user.id, ANN);
            true
        }
        Outcome::Unauthenticated => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_kind_of_user_is_let_in_only_if_it_is_accepted() {
    for (accept, expected) in [
        ("", [true, false, false]),
        (r#","accept":["restricted"]"#, [true, true, false]),
        (r#","accept":["anonymous"]"#, [true, false, true]),
        (ACCEPT_ALL, [true, true, true]),
    ] {
        let server = key_server().await;
        let stack = start(&server, accept, &with_key()).await;
        for (kind, expected) in KINDS.into_iter().zip(expected) {
            let token = key_of(kind).token(&claims(&server.url(), kind));
            assert_eq!(accepted(&stack, &token).await, expected, "{kind:?}{accept}");
        }
    }
}

#[tokio::test]
async fn issuer_audience_and_flags_are_believed_together_alone() {
    let server = key_server().await;
    let stack = start(&server, ACCEPT_ALL, &with_key()).await;
    let url = server.url();
    let of = |kind| claims(&url, kind);
    for issuer in KINDS {
        for audience in KINDS {
            for flags in KINDS {
                let mut mixed = of(issuer);
                mixed["aud"] = of(audience)["aud"].clone();
                for flag in ["is_anonymous", "is_restricted"] {
                    mixed[flag] = of(flags)[flag].clone();
                }
                let expected = issuer == audience && audience == flags;
                // Stack Auth picks the key by the audience.
                let token = key_of(audience).token(&mixed);
                let name = format!("{issuer:?} {audience:?} {flags:?}");
                assert_eq!(accepted(&stack, &token).await, expected, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn flags_are_flags_or_absent() {
    let server = key_server().await;
    let stack = start(&server, ACCEPT_ALL, &with_key()).await;
    let (yes, no) = (json!(true), json!(false));
    let odd = [json!(null), json!("false"), json!(0), json!([])];
    let set = |kind, anonymous: Option<&Value>, restricted: Option<&Value>| {
        let mut claims = claims(&server.url(), kind);
        for (name, flag) in [("is_anonymous", anonymous), ("is_restricted", restricted)] {
            claims.as_object_mut().unwrap().remove(name);
            if let Some(flag) = flag {
                claims[name] = flag.clone();
            }
        }
        key_of(kind).token(&claims)
    };
    for (kind, anonymous, restricted, expected) in [
        (UserKind::Normal, None, None, true),
        (UserKind::Normal, Some(&no), None, true),
        (UserKind::Normal, None, Some(&no), true),
        (UserKind::Restricted, None, Some(&yes), true),
        (UserKind::Restricted, None, None, false),
        (UserKind::Anonymous, Some(&yes), None, true),
        (UserKind::Anonymous, Some(&yes), Some(&no), false),
        (UserKind::Anonymous, None, Some(&yes), false),
        (UserKind::Anonymous, None, None, false),
    ] {
        let token = set(kind, anonymous, restricted);
        let name = format!("{kind:?} {anonymous:?} {restricted:?}");
        assert_eq!(accepted(&stack, &token).await, expected, "{name}");
    }
    for kind in KINDS {
        for odd in &odd {
            assert!(
                !accepted(&stack, &set(kind, Some(odd), Some(&yes))).await,
                "{odd}"
            );
            assert!(
                !accepted(&stack, &set(kind, Some(&yes), Some(odd))).await,
                "{odd}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_token_of_this_project_is_refused() {
    let server = key_server().await;
    let stack = start(&server, "", &with_key()).await;
    let url = server.url();
    let right = || claims(&url, UserKind::Normal);
    let key = key_of(UserKind::Normal);
    assert!(accepted(&stack, &key.token(&right())).await);
    for (name, claims) in [
        (
            "foreign issuer",
            with(
                right(),
                &json!({"iss": format!("{url}/api/v1/projects/other")}),
            ),
        ),
        ("foreign audience", with(right(), &json!({"aud": "other"}))),
        (
            "hosted issuer",
            claims("https://api.stack-auth.com", UserKind::Normal),
        ),
        (
            "slash after the issuer",
            with(
                right(),
                &json!({"iss": format!("{url}/api/v1/projects/{PROJECT}/")}),
            ),
        ),
        (
            "legacy issuer",
            with(
                right(),
                &json!({"iss": "https://access-token.jwt-signature.stack-auth.com"}),
            ),
        ),
        ("no issuer", without(right(), "iss")),
        ("no audience", without(right(), "aud")),
        ("no subject", without(right(), "sub")),
        ("no expiry", without(right(), "exp")),
        ("expired", with(right(), &json!({"exp": NOW - 30}))),
        ("of the future", with(right(), &json!({"iat": NOW + 31}))),
        (
            "another branch",
            with(right(), &json!({"branch_id": "dev"})),
        ),
        (
            "a branch that is no text",
            with(right(), &json!({"branch_id": true})),
        ),
    ] {
        assert!(!accepted(&stack, &key.token(&claims)).await, "{name}");
    }
    let payload = right().to_string();
    let point = key.jwk()["x"].as_str().unwrap().to_owned();
    let confused = {
        let header = mint::encode(r#"{"alg":"HS256","kid":"kid-normal"}"#);
        let signed = format!("{header}.{}", mint::encode(&payload));
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, point.as_bytes());
        let signature = aws_lc_rs::hmac::sign(&secret, signed.as_bytes());
        format!("{signed}.{}", mint::encode(signature))
    };
    for (name, token) in [
        (
            "none",
            key.compact(r#"{"alg":"none","kid":"kid-normal"}"#, &payload),
        ),
        ("HS256 with the public key", confused),
        (
            "ES384 in name",
            key.compact(r#"{"alg":"ES384","kid":"kid-normal"}"#, &payload),
        ),
        (
            "the key of another kind",
            key.compact(r#"{"alg":"ES256","kid":"kid-anonymous"}"#, &payload),
        ),
        (
            "a key that is not there",
            Mint::new(Algorithm::Es256, "kid-x").token(&right()),
        ),
        (
            "a key of that name",
            Mint::new(Algorithm::Es256, "kid-normal").token(&right()),
        ),
        ("no token", "rt_4711".to_owned()),
    ] {
        assert!(!accepted(&stack, &token).await, "{name}");
    }
}

#[tokio::test]
async fn a_token_before_branches_had_a_claim_is_of_the_main_one() {
    let server = key_server().await;
    let stack = start(&server, "", &with_key()).await;
    let claims = without(claims(&server.url(), UserKind::Normal), "branch_id");
    assert!(accepted(&stack, &key_of(UserKind::Normal).token(&claims)).await);
}

#[tokio::test]
async fn a_clock_before_1970_is_not_the_users_fault() {
    let server = key_server().await;
    let early = Clock::new(|| SystemTime::UNIX_EPOCH - Duration::from_secs(1));
    let stack = start(&server, "", &with_key().with_clock(early)).await;
    let token = key_of(UserKind::Normal).token(&claims(&server.url(), UserKind::Normal));
    unavailable(&verify(&stack, &token, &Needs::default()).await);
}

/// The address, whether it is verified, and second factors.
type Facts = (Fact<Option<String>>, Fact<bool>, Fact<Vec<String>>);

#[tokio::test]
async fn a_token_tells_what_it_carries_and_no_more() {
    let server = key_server().await;
    let stack = start(&server, "", &with_key()).await;
    let key = key_of(UserKind::Normal);
    let right = || claims(&server.url(), UserKind::Normal);
    let known: Facts = (
        Fact::Known(Some("ann@example.com".to_owned())),
        Fact::Known(true),
        Fact::Known(Vec::new()),
    );
    let unknown: Facts = (Fact::Unknown, Fact::Unknown, Fact::Unknown);
    let odd = json!({"email": 7, "email_verified": "true", "requires_totp_mfa": null});
    let other = json!({"email": null, "email_verified": false, "requires_totp_mfa": true});
    let changed = (
        Fact::Known(None),
        Fact::Known(false),
        Fact::Known(vec!["totp".to_owned()]),
    );
    let mut bare = right();
    for name in ["email", "email_verified", "requires_totp_mfa"] {
        bare = without(bare, name);
    }
    for (claims, (email, email_verified, mfa)) in [
        (right(), known),
        (with(right(), &odd), unknown.clone()),
        (with(right(), &other), changed),
        (bare, unknown),
    ] {
        let outcome = verify(&stack, &key.token(&claims), &Needs::default()).await;
        let identity = identity(&outcome);
        let expected = User {
            id: ANN.to_owned(),
            email,
            email_verified,
            mfa,
            claims: Fact::Known(claims.clone()),
            ..User::default()
        };
        assert!(*identity.user == expected, "{claims}");
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 600);
        assert_eq!(identity.expires, Some(expires));
    }
    for address in ["", " ", "a\u{7}@b.c", &format!("{}@b.c", "a".repeat(320))] {
        let claims = with(right(), &json!({"email": address}));
        let outcome = verify(&stack, &key.token(&claims), &Needs::default()).await;
        assert_eq!(identity(&outcome).user.email, Fact::Unknown, "{address:.9}");
    }
}

/// A `forbid` on what tokens do not carry must not take it for absent.
#[tokio::test]
async fn claims_are_unknown_where_one_that_is_needed_is_not_carried() {
    let server = key_server().await;
    let stack = start(&server, r#","verify":"jwt""#, &with_key()).await;
    let key = key_of(UserKind::Normal);
    let right = claims(&server.url(), UserKind::Normal);
    let more = with(right.clone(), &json!({"plan": "pro"}));
    for (paths, claims, known) in [
        (vec![&["role"][..]], &right, true),
        (vec![&["restricted_reason", "type"]], &right, true),
        (vec![&["server_metadata", "banned"]], &right, false),
        (
            vec![&["role"], &["server_metadata", "banned"]],
            &right,
            false,
        ),
        (vec![&["plan"]], &right, false),
        (vec![&["plan"]], &more, true),
    ] {
        let needs = needs(&[FactKind::Claims], &paths);
        let outcome = verify(&stack, &key.token(claims), &needs).await;
        let told = identity(&outcome).user.claims.known().is_some();
        assert_eq!(told, known, "{paths:?}");
    }
}

#[tokio::test]
async fn both_names_of_the_hosted_service_are_issuers_of_its_tokens() {
    let hosted = ["https://api.stack-auth.com", "https://api.hexclave.com"];
    for (url, issuers) in [
        ("", hosted.to_vec()),
        (r#","url":"https://api.stack-auth.com""#, hosted.to_vec()),
        (r#","url":"https://api.hexclave.com/""#, hosted.to_vec()),
        (r#","url":"https://API.Hexclave.com:443""#, hosted.to_vec()),
        (
            r#","url":"https://auth.example.com""#,
            vec!["https://auth.example.com"],
        ),
        (
            r#","url":"https://example.com/stack/""#,
            vec!["https://example.com/stack"],
        ),
    ] {
        let settings = format!(r#"{{"project":"{PROJECT}","accept":["anonymous"]{url}}}"#);
        let stack = start_with(&settings, &with_key()).await;
        for kind in KINDS {
            let rules = stack.settings.rules(kind);
            let expected: Vec<_> = issuers
                .iter()
                .map(|host| claims(host, kind)["iss"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(rules.issuers, expected, "{url}");
            for issuer in expected {
                let of = stack.settings.kind_of_issuer(&issuer);
                let accepted = kind != UserKind::Restricted;
                assert_eq!(of, accepted.then_some(kind), "{issuer}");
            }
        }
    }
}
