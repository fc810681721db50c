//! `authorizer.yaml`: what is wrong with it is said with its place, and never with a value.
#![allow(clippy::unwrap_used, clippy::format_collect, reason = "tests")]

use tollgate_gateway::Settings;
use tollgate_gateway::policy::Loaded;
use tollgate_gateway::settings::logs::{LogSettings, LoggedDecisions, UserInLog};
use tollgate_gateway::settings::{DEFAULT_BUDGET, MAX_BUDGET, MAX_BYTES, MAX_PROVIDERS};
use tollgate_identity::sources::Sources;
use tollgate_identity::tiun::Environment;

const GOOD: &str = "\
providers:
  - tiun:
      environment: live
      api_key: ssm:/tollgate/tiun/api-key
products:
  pro: { live: p-live-pro, sandbox: p-test-pro }
  everywhere: plan-1
";

fn error(text: &str) -> String {
    Settings::read("policy/authorizer.yaml", text)
        .unwrap_err()
        .to_string()
}

#[test]
fn a_product_has_an_id_in_each_environment() {
    let settings = Settings::read("authorizer.yaml", GOOD).unwrap();
    let live = settings.products(Some(Environment::Live)).unwrap();
    let sandbox = settings.products(Some(Environment::Sandbox)).unwrap();
    assert_eq!(
        (live.id("pro"), sandbox.id("pro")),
        ("p-live-pro", "p-test-pro")
    );
    assert_eq!(
        (live.id("everywhere"), live.id("other")),
        ("plan-1", "other")
    );
}

#[test]
fn all_of_tiun_is_of_one_environment() {
    let second = |environment: &str| {
        format!(
            "providers:
  - tiun:
      environment: live
      api_key: ssm:/tollgate/tiun/api-key
  - tiun:
      environment: {environment}
      api_key: ssm:/tollgate/tiun/other-key
    name: staff
    token_from: [cookie staff]
"
        )
    };
    let sources = Sources::system().with_variables(|_| Some("sandbox".to_owned()));
    let environment = |text: &str| {
        let settings = Settings::read("authorizer.yaml", text).unwrap();
        settings.environment(&sources)
    };
    assert_eq!(environment(&second("live")), Ok(Some(Environment::Live)));
    for other in ["sandbox", "env:TIUN"] {
        let error = environment(&second(other)).unwrap_err().to_string();
        let words = "`tiun` and `staff` are of different environments of tiun";
        assert!(error.starts_with(words), "{error}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (wrong, right, expected) in [
        ("api_key:", "api_kee:", ["api_kee", "line 4"]),
        ("environment: live", "environment: life", ["live", "line 3"]),
        ("  - tiun:", "  - tyun:", ["tyun", "line 2"]),
        ("providers:", "provider:", ["provider", "line 1"]),
        (
            "      api_key: ssm:/tollgate/tiun/api-key\n",
            "",
            ["api_key", "line"],
        ),
        (
            "live: p-live-pro",
            "life: p-live-pro",
            ["{ live: ID, sandbox: ID }", "line 6"],
        ),
        (
            "ssm:/tollgate/tiun/api-key",
            "ssm:relative name",
            ["line 4", ""],
        ),
        (
            "environment: live",
            "environment:",
            ["this is empty: give it a value, or leave it out", "line 3"],
        ),
        (
            "environment: live",
            "environment: live\n      environment: sandbox",
            ["environment", "line 4"],
        ),
    ] {
        let message = error(&GOOD.replacen(wrong, right, 1));
        assert!(message.starts_with("policy/authorizer.yaml: "), "{message}");
        assert!(
            expected.iter().all(|part| message.contains(part)),
            "{wrong} → {right}: {message}"
        );
    }
}

#[test]
fn an_empty_file_is_no_configuration() {
    for text in [
        "",
        "\n",
        "# nothing\n",
        "null",
        "[]",
        "a: b",
        "\u{0}",
        "providers: []",
        "providers: null",
    ] {
        assert!(!error(text).is_empty(), "{text:?}");
    }
}

#[test]
fn what_is_too_long_or_too_many_is_refused_and_the_most_is_not() {
    let with = |more: &str| Settings::read("authorizer.yaml", &format!("{GOOD}{more}"));
    let comment = |bytes: usize| format!("#{}", "x".repeat(bytes - GOOD.len() - 1));
    assert!(with(&comment(MAX_BYTES)).is_ok());
    let longer = with(&comment(MAX_BYTES + 1)).unwrap_err().to_string();
    assert!(longer.contains("longer than 262144 bytes"), "{longer}");

    assert_eq!(with("").unwrap().budget, DEFAULT_BUDGET);
    assert_eq!(with("budget: 9s\n").unwrap().budget, MAX_BUDGET);
    let longer = with("budget: 10s\n").unwrap_err().to_string();
    assert!(longer.contains("more than 9s"), "{longer}");

    let providers = |count: usize| {
        let one = |number: usize| {
            format!(
                "- {{ tiun: {{ environment: live, api_key: env:KEY }}, name: p{number}, token_from: [header x-{number}] }}\n"
            )
        };
        let all: String = (0..count).map(one).collect();
        Settings::read("authorizer.yaml", &format!("providers:\n{all}"))
    };
    assert_eq!(
        providers(MAX_PROVIDERS).unwrap().providers.len(),
        MAX_PROVIDERS
    );
    let more = providers(MAX_PROVIDERS + 1).unwrap_err().to_string();
    assert!(more.contains("more than 16"), "{more}");
    let none = error("providers: []");
    assert!(none.contains("`providers` is empty"), "{none}");
}

/// A key pasted where its place belongs, and one pasted into the wrong member.
#[test]
fn a_pasted_key_is_refused_and_never_repeated() {
    for (wrong, right) in [
        ("ssm:/tollgate/tiun/api-key", "sk_live_51H8xTopSecret"),
        (
            "ssm:/tollgate/tiun/api-key",
            "ssm:sk_live_51H8xTopSecret key",
        ),
        ("ssm:/tollgate/tiun/api-key", "env:sk-live-51H8xTopSecret"),
        (
            "ssm:/tollgate/tiun/api-key",
            "{ sk_live_51H8xTopSecret: 1 }",
        ),
        ("  - tiun:", "  - sk_live_51H8xTopSecret\n  - tiun:"),
        ("environment: live", "sk_live_51H8xTopSecret: live"),
        ("environment: live", "environment: sk_live_51H8xTopSecret"),
        (
            "environment: live",
            "base_url: https://sk_live_51H8xTopSecret@x\n      environment: live",
        ),
        // Backticks in what was pasted end no quotation.
        (
            "environment: live",
            "\"a` sk_live_51H8xTopSecret `b\": live",
        ),
        (
            "environment: live",
            "environment: \"a` sk_live_51H8xTopSecret `b\"",
        ),
        (
            "providers:",
            "products: { sk_live_51H8xTopSecret: a, sk_live_51H8xTopSecret: b }\nproviders:",
        ),
    ] {
        let message = error(&GOOD.replacen(wrong, right, 1));
        assert!(!message.contains("TopSecret"), "{right}: {message}");
    }
}

/// What is not repeated must not take with it what to write instead.
#[test]
fn a_message_keeps_its_examples() {
    for (wrong, right, cure) in [
        ("ssm:/tollgate/tiun/api-key", "x", "`ssm:/name`"),
        ("providers:", "budget: x\nproviders:", "`5m`"),
        (
            "  - tiun:",
            "  - oidc: { issuer: \"https://x\", audience: a, algorithms: [x] }\n  - tiun:",
            "`RS256`",
        ),
    ] {
        let message = error(&GOOD.replacen(wrong, right, 1));
        assert!(message.contains(cure), "{right}: {message}");
    }
}

#[test]
fn a_name_without_an_id_here_is_an_error() {
    let settings =
        Settings::read("a.yaml", &GOOD.replacen(", sandbox: p-test-pro", "", 1)).unwrap();
    assert!(settings.products(Some(Environment::Live)).is_ok());
    let message = settings
        .products(Some(Environment::Sandbox))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("`pro`") && message.contains("sandbox"),
        "{message}"
    );
}

#[test]
fn a_product_of_the_other_environment_is_an_error_in_the_configuration_and_in_the_policy() {
    let settings = Settings::read(
        "a.yaml",
        &GOOD.replacen("live: p-live-pro", "live: p-test-pro", 1),
    )
    .unwrap();
    let message = settings
        .products(Some(Environment::Live))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("p-test-pro") && message.contains("live"),
        "{message}"
    );

    let products = Settings::read("a.yaml", GOOD)
        .unwrap()
        .products(Some(Environment::Live))
        .unwrap();
    let policy = [(
        "access.policy".to_owned(),
        b"route /x requires product p-test-pro\n".to_vec(),
    )];
    let message = Loaded::files(&policy, &products).unwrap_err();
    assert!(
        message.contains("error[E209]") && message.contains("access.policy:1:"),
        "{message}"
    );
}

#[test]
fn aliases_and_depth_are_bounded() {
    let level = |(name, before)| {
        format!(
            "{name}: &{name} [{}]\n",
            vec![format!("*{before}"); 9].join(",")
        )
    };
    let levels: String = ('b'..='z').zip('a'..='y').map(level).collect();
    let bomb = format!("a: &a [x,x,x,x,x,x,x,x,x]\n{levels}");
    assert!(!error(&bomb).is_empty());
    assert!(!error(&"[".repeat(100_000)).is_empty());
    assert!(!error(&"a: ".repeat(100_000)).is_empty());
    assert!(error(&"#".repeat(300_000)).contains("longer than"));
}

/// Names, contents and products make the version; the folder does not.
#[test]
fn a_version_names_a_policy() {
    let version = |name: &str, text: &str, products: &[(&str, &str)]| {
        let files = [(name.to_owned(), text.as_bytes().to_vec())];
        let products = products
            .iter()
            .map(|(name, id)| ((*name).to_owned(), (*id).to_owned()));
        Loaded::files(&files, &products.collect()).unwrap().version
    };
    let one = version("policy/a.policy", "route /x is public\n", &[]);
    assert_eq!(one.len(), 12);
    assert_eq!(
        one,
        version("elsewhere/a.policy", "route /x is public\n", &[])
    );
    assert_ne!(one, version("policy/b.policy", "route /x is public\n", &[]));
    assert_ne!(one, version("policy/a.policy", "route /x is denied\n", &[]));
    assert_ne!(
        one,
        version(
            "policy/a.policy",
            "route /x is public\n",
            &[("pro", "p-live-pro")]
        )
    );
}

#[test]
fn logs_have_defaults_and_members_of_their_own() {
    let logs = |text: &str| {
        Settings::read("authorizer.yaml", &format!("{GOOD}{text}"))
            .unwrap()
            .logs
    };
    assert_eq!(logs(""), LogSettings::default());
    assert_eq!(logs("logs: {}\n"), LogSettings::default());
    let all = "logs: { user: hashed, salt: \"ssm:/log-salt\", decisions: denials, namespace: Shop/Tollgate }\n";
    let salt = "ssm:/log-salt".parse().unwrap();
    let expected = LogSettings {
        user: UserInLog::Hashed(Some(salt)),
        decisions: LoggedDecisions::Denials,
        namespace: "Shop/Tollgate".to_owned(),
    };
    assert_eq!(logs(all), expected);
    assert_eq!(logs("logs: { user: none }\n").user, UserInLog::Absent);
    assert_eq!(
        logs("logs: { decisions: none }\n").decisions,
        LoggedDecisions::None
    );
}

#[test]
fn logs_that_cannot_be_used_are_refused() {
    for (logs, expected) in [
        (
            "{ user: plain, salt: \"env:SALT\" }",
            "no user is hashed here",
        ),
        (
            "{ user: none, salt: \"env:SALT\" }",
            "no user is hashed here",
        ),
        ("{ salt: pasted-by-mistake }", "not a reference to a secret"),
        ("{ user: hash }", "hashed"),
        ("{ decisions: some }", "denials"),
        ("{ metrics: none }", "namespace"),
        ("{ namespace: \"\" }", "1 to 255 letters"),
        ("{ namespace: AWS/Lambda }", "Amazon's own"),
        ("{ namespace: \"a b\" }", "1 to 255 letters"),
    ] {
        let message = error(&format!("{GOOD}logs: {logs}\n"));
        assert!(message.contains(expected), "{logs}: {message}");
        assert!(!message.contains("pasted-by-mistake"), "{message}");
    }
}
