//! `tollgate dev` with each kind of provider: every printed line does what is said of it, and nobody
//! but the stand-ins is asked.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tollgate_tests::build;
use tollgate_tests::process::Process;

const READY: &str = "Ctrl-C ends it";

/// A provider, a policy, and what the greeting then shows: the remarks, and a part of every line with a
/// token.
struct Case<'a> {
    providers: &'a str,
    policy: &'a str,
    remarks: &'a [&'a str],
    /// Where the token stands.
    shown: &'a str,
}

struct Dev {
    process: Process,
    greeting: String,
    folder: TempDir,
}

impl Dev {
    fn start(providers: &str, policy: &str) -> Self {
        Self::start_with(providers, policy, &[])
    }

    fn start_with(providers: &str, policy: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Each denial with its own reason, as the lines to try say it.
        let settings = format!("{providers}\nanswers: {{ scope: request }}\n");
        fs::write(folder.path().join("authorizer.yaml"), settings).unwrap();
        fs::write(folder.path().join("access.policy"), policy).unwrap();
        let mut command = Command::new(build::tollgate());
        command.args(["dev", "--policy"]).arg(folder.path());
        command.args(["--port", "0", "--page-port", "0"]);
        for kind in ["tiun", "authgate", "stack-auth", "neon-auth", "issuer"] {
            command.args([&format!("--{kind}-port"), "0"]);
        }
        command.args(more);
        let mut process = Process::start(command.env_remove("TIUN_ENVIRONMENT"));
        let greeting = process.wait_for(READY, Duration::from_secs(30));
        Self {
            process,
            greeting,
            folder,
        }
    }

    /// Every curl line with the remark above it.
    fn lines(&self) -> Vec<(String, String)> {
        let lines: Vec<&str> = self.greeting.lines().map(str::trim).collect();
        let pairs = lines.windows(2).filter(|pair| pair[1].starts_with("curl "));
        pairs
            .map(|pair| {
                let remark = pair[0].trim_start_matches("# ");
                (remark.to_owned(), pair[1].to_owned())
            })
            .collect()
    }

    /// Runs them all; each must answer with the status of its remark.
    fn check_lines(&self) {
        for (remark, curl) in self.lines() {
            let answer = run(&curl);
            let status = remark.split([' ', ':']).next().unwrap();
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{remark}\n{curl}\n{answer}\n{}",
                self.process.output()
            );
        }
    }

    /// The token the greeting prints for a user.
    fn token(&self, user: &str) -> String {
        let line = self
            .greeting
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{user} ")));
        let token = line.and_then(|line| line.split_whitespace().last());
        token.unwrap().to_owned()
    }
}

fn run(curl: &str) -> String {
    let output = Command::new("sh").args(["-c", curl]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn check(case: &Case<'_>) {
    let dev = Dev::start(case.providers, case.policy);
    let lines = dev.lines();
    let remarks: Vec<&str> = lines.iter().map(|(remark, _)| remark.as_str()).collect();
    assert_eq!(remarks, case.remarks, "{}", dev.greeting);
    let with_token = lines.iter().filter(|(remark, _)| {
        !remark.ends_with("no token") && !remark.ends_with("no token needed")
    });
    for (_, curl) in with_token {
        assert!(curl.contains(case.shown), "{curl}");
    }
    dev.check_lines();
}

#[test]
fn authgate() {
    check(&Case {
        providers: "
providers:
  - authgate:
      url: https://auth.example.com
      api_key: ssm:/nowhere/key
",
        policy: "route /code requires provider github\nroute /me requires user\n",
        remarks: &[
            "401 login_required: no token",
            "200: pro",
            "403 forbidden: free",
        ],
        shown: "-H \"Authorization: Bearer ",
    });
}

#[test]
fn authgate_without_a_call() {
    check(&Case {
        providers: "
providers:
  - authgate:
      url: https://auth.example.com
      api_key: ssm:/nowhere/key
      local_hs256_secret: ssm:/nowhere/secret
    token_from: [cookie session]
",
        policy: "route /me requires user\n",
        remarks: &["401 login_required: no token", "200: light"],
        shown: "-H \"Cookie: session=",
    });
}

#[test]
fn stack_auth() {
    for key in ["", "      secret_server_key: ssm:/nowhere/key\n"] {
        check(&Case {
            providers: &format!(
                "providers:\n  - stack_auth:\n      project: 11111111-0000-4000-8000-000000000000\n{key}"
            ),
            policy: "route /checked requires email verified\n",
            remarks: &["401 login_required: no token", "200: light"],
            shown: "-H \"x-stack-access-token: ",
        });
    }
}

#[test]
fn stack_auth_that_asks_for_teams() {
    check(&Case {
        providers: "
providers:
  - stack_auth:
      project: 11111111-0000-4000-8000-000000000000
      secret_server_key: ssm:/nowhere/key
",
        policy: "route /red requires team team-red\nroute /me requires user\n",
        remarks: &[
            "401 login_required: no token",
            "200: pro",
            "403 forbidden: free",
        ],
        shown: "-H \"x-stack-access-token: ",
    });
}

#[test]
fn neon_auth() {
    check(&Case {
        providers: "
providers:
  - neon_auth:
      url: https://ep-one.neonauth.eu-central-1.aws.neon.tech/neondb/auth
    token_from: [query token]
",
        policy: "route /admin requires role admin\nroute /me requires user\n",
        remarks: &[
            "401 login_required: no token",
            "200: team-admin",
            "403 forbidden: free",
        ],
        shown: "?token=",
    });
}

#[test]
fn neon_auth_in_its_older_form() {
    check(&Case {
        providers: "
providers:
  - neon_auth:
      stack_project: 11111111-0000-4000-8000-000000000000
      secret_server_key: ssm:/nowhere/key
",
        policy: "route /red requires team team-red\nroute /me requires user\n",
        remarks: &[
            "401 login_required: no token",
            "200: pro",
            "403 forbidden: free",
        ],
        shown: "-H \"Authorization: Bearer ",
    });
}

#[test]
fn an_issuer_with_settings_of_its_own() {
    check(&Case {
        providers: "
providers:
  - oidc:
      issuer: https://id.example.com/
      audience: [https://api.example.com, other]
      audience_claims: [client]
      algorithms: [PS384]
      typ: at+jwt
      max_lifetime: 10m
      claims:
        user: [person, id]
        roles: /person/roles
        products: { path: plans, form: commas }
      require:
        - { claim: kind, is: access }
        - { claim: guest, is_not: true }
    token_from: [protocol bearer]
",
        policy: "route /me requires user\nroute /admin requires role admin\nroute /pro requires product p-live-pro\n",
        remarks: &[
            "401 login_required: no token",
            "200: pro has p-live-pro",
            "403 upgrade_required: light has p-live-light, this needs p-live-pro",
            "403 forbidden: free has no products",
        ],
        shown: "-H \"Sec-WebSocket-Protocol: bearer, ",
    });
}

#[test]
fn an_issuer_that_shares_a_secret() {
    check(&Case {
        providers: "
providers:
  - oidc:
      issuer: internal
      audience: api
      algorithms: [HS512]
      keys: { secret: ssm:/nowhere/secret }
    token_from: [header x-token]
",
        policy: "route /write requires scope articles:write\nroute /me requires user\n",
        remarks: &[
            "401 login_required: no token",
            "200: pro",
            "403 forbidden: free",
        ],
        shown: "-H \"x-token: ",
    });
}

#[test]
fn introspection() {
    for auth in ["basic", "post"] {
        check(&Case {
            providers: &format!(
                "providers:\n  - introspection:\n      url: https://id.example.com/introspect\n      client_id: my client\n      client_secret: ssm:/nowhere/secret\n      auth: {auth}\n      audience: https://api.example.com\n"
            ),
            policy: "route /write requires scope articles:write\nroute /me requires user\n",
            remarks: &[
                "401 login_required: no token",
                "200: pro",
                "403 forbidden: free",
            ],
            shown: "-H \"Authorization: Bearer ",
        });
    }
}

/// One bearer token, told apart by its issuer.
#[test]
fn every_preset_side_by_side() {
    let presets = [
        "cognito",
        "auth0",
        "clerk",
        "supabase",
        "firebase",
        "keycloak",
        "better_auth",
        "outseta",
    ];
    let entry = |preset| {
        format!(
            "  - oidc:\n      preset: {preset}\n      issuer: https://{preset}.example.com\n      audience: api\n    name: {preset}\n"
        )
    };
    let providers = presets.map(entry).concat();
    let dev = Dev::start(
        &format!("providers:\n{providers}"),
        "route /health is public\nroute /me requires user\nroute /none requires role nobody-has\n",
    );
    let allowed: BTreeSet<String> = dev
        .lines()
        .into_iter()
        .filter(|(remark, _)| remark.starts_with("200: ") && remark.contains(" through "))
        .map(|(remark, _)| remark.split_whitespace().nth(3).unwrap().to_owned())
        .collect();
    assert_eq!(
        allowed,
        presets.map(str::to_owned).into(),
        "{}",
        dev.greeting
    );
    dev.check_lines();
}

const TWO: &str = "
providers:
  - authgate:
      url: https://auth.example.com
      api_key: ssm:/nowhere/key
  - oidc:
      preset: auth0
      issuer: https://example.eu.auth0.com/
      audience: https://api.example.com
    name: auth0
    token_from: [cookie session]
";

#[test]
fn each_user_has_a_token_of_each_provider() {
    let dev = Dev::start(
        TWO,
        "route /red requires team team-red\nroute /me requires user\n",
    );
    for line in [
        "stands in for authgate: AuthGate",
        "stands in for auth0: the issuer https://example.eu.auth0.com/",
        "\n  team-admin  team-red, team-blue, admin, ",
        "\n    authgate  ey",
        "\n    auth0     ey",
    ] {
        assert!(dev.greeting.contains(line), "{line}\n{}", dev.greeting);
    }
    let remarks: Vec<String> = dev.lines().into_iter().map(|(remark, _)| remark).collect();
    assert_eq!(
        remarks,
        [
            "401 login_required: no token",
            // AuthGate knows of no teams.
            "200: light through authgate",
            "403 forbidden: free through authgate",
            "200: pro through auth0",
            "403 forbidden: free through auth0",
        ],
        "{}",
        dev.greeting
    );
    dev.check_lines();
}

#[test]
fn a_saved_configuration_counts_unless_it_needs_other_stand_ins() {
    let mut dev = Dev::start(TWO, "route /me requires user\n");
    for (from, to, told) in [
        ("preset: auth0", "skew: 1m\n      preset: auth0", "✓ "),
        (
            "audience: https://api",
            "audience: https://other",
            "`auth0` now takes tokens that its stand-in does not make: start `tollgate dev` again",
        ),
        (
            "[cookie session]",
            "[cookie session, query token]",
            "the tokens of `auth0` are now looked for elsewhere: start `tollgate dev` again",
        ),
        (
            "name: auth0",
            "name: other",
            "other providers need other stand-ins: start `tollgate dev` again",
        ),
    ] {
        let file = dev.folder.path().join("authorizer.yaml");
        fs::write(file, TWO.replace(from, to)).unwrap();
        dev.process.wait_for(told, Duration::from_secs(5));
    }
    dev.check_lines();
}

#[test]
fn users_may_have_bought_anything_where_tiun_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users.yaml");
    fs::write(&users, "live: {ann: {id: u-ann, products: [gold]}}").unwrap();
    let mut dev = Dev::start_with(
        "
providers:
  - oidc:
      preset: clerk
      issuer: https://clerk.example.com
      audience: https://app.example.com
",
        "route /gold requires product gold\n",
        &["--users", users.to_str().unwrap()],
    );
    let (remark, curl) = dev.lines().pop().unwrap();
    assert_eq!(remark, "200: ann has gold");
    dev.check_lines();

    // A token goes on saying what it said; the new one says what the file says now.
    fs::write(&users, "live: {ann: {id: u-ann, products: []}}").unwrap();
    let output = dev
        .process
        .wait_for("new tokens:\n  ann", Duration::from_secs(5));
    let fresh = output.rsplit("new tokens:\n").next().unwrap();
    let fresh = fresh.split_whitespace().last().unwrap();
    assert!(run(&curl).starts_with("HTTP/1.1 200"));
    let denied = run(&curl.replace(&dev.token("ann"), fresh));
    assert!(denied.starts_with("HTTP/1.1 403"), "{denied}");
}
