//! Every fault that `tollgate dev` can switch on, at every kind of provider: nobody is let in or turned
//! away for it, and all is well once it is switched off.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use tollgate_gateway::Invocation;
use tollgate_local::authgate::{self, AuthGateOptions, AuthGateStandIn};
use tollgate_local::dev::StandIn;
use tollgate_local::fault::NamedFault;
use tollgate_local::issuer::{
    DEVELOPMENT_AUDIENCE, DEVELOPMENT_CLIENT, IssuerOptions, IssuerStandIn,
};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stack_auth::{self, StackAuthOptions, StackAuthStandIn};
use tollgate_local::tiun;
use tollgate_local::token::Validity;
use tollgate_local::users::Environment;
use tollgate_tests::request::Request;
use tollgate_tests::rig::{self, Setup};

const LIVE: Environment = Environment::Live;
const POLICY: &str = "route /me requires user\n";

/// A provider, its entry in the configuration and the key that `env:KEY` is.
struct Kind {
    stand_in: StandIn,
    entry: String,
    key: &'static str,
}

impl Kind {
    /// What the authorizer says to the request of a signed-in user, or why it says nothing. It is new
    /// each time, so that it has no keys or facts yet.
    async fn asked(&self) -> Result<(), String> {
        let configuration = format!(
            "budget: 3s\nproviders:\n  - {}\n    token_from: [header x-token]\n",
            self.entry
        );
        let setup = Setup::new(&configuration, POLICY).with("KEY", self.key);
        let token = self
            .stand_in
            .token_to_order("pro", Validity::Fresh)
            .unwrap();
        let event = Request::get("/me").header("X-Token", &token).rest();
        let answer = setup
            .authorizer()
            .await
            .authorize(&event, Invocation::new("1"))
            .await;
        let answer = answer.map_err(|error| error.to_string())?;
        let answer = serde_json::to_string(&answer).unwrap();
        assert!(
            answer.contains("\"Effect\":\"Allow\""),
            "{}: {answer}",
            self.entry
        );
        Ok(())
    }

    async fn meets_every_fault(self) {
        for fault in NamedFault::all() {
            self.stand_in.set_fault(fault);
            let place = format!("{} with {}", self.entry, fault.name());
            let asked = self.asked().await;
            if matches!(fault, NamedFault::None | NamedFault::Slow) {
                assert_eq!(asked, Ok(()), "{place}");
            } else {
                let error = asked.err().unwrap_or_else(|| panic!("{place} lets in"));
                assert_ne!(error, "Unauthorized", "{place} looks like a bad token");
                self.stand_in.set_fault(NamedFault::None);
                assert_eq!(self.asked().await, Ok(()), "after {place}");
            }
        }
    }
}

#[tokio::test]
async fn tiun() {
    let stand_in = rig::tiun().await;
    let entry = format!(
        "tiun: {{ environment: live, base_url: \"{}\", api_key: env:KEY }}",
        stand_in.url()
    );
    let key = tiun::development_key(LIVE);
    Kind {
        stand_in: StandIn::Tiun(stand_in),
        entry,
        key,
    }
    .meets_every_fault()
    .await;
}

#[tokio::test]
async fn authgate() {
    let stand_in = AuthGateStandIn::start(AuthGateOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let entry = format!(
        "authgate: {{ url: \"{}\", api_key: env:KEY }}",
        stand_in.url()
    );
    let key = authgate::development_key();
    Kind {
        stand_in: StandIn::AuthGate(stand_in),
        entry,
        key,
    }
    .meets_every_fault()
    .await;
}

#[tokio::test]
async fn stack_auth_by_asking_and_by_keys() {
    for verify in ["rest", "jwt"] {
        let options = StackAuthOptions::development(LIVE).unwrap();
        let stand_in = StackAuthStandIn::start(options).await.unwrap();
        let entry = format!(
            "stack_auth: {{ project: {}, url: \"{}\", secret_server_key: env:KEY, verify: {verify} }}",
            stand_in.project(),
            stand_in.url()
        );
        let key = stack_auth::development_key();
        Kind {
            stand_in: StandIn::StackAuth(stand_in),
            entry,
            key,
        }
        .meets_every_fault()
        .await;
    }
}

#[tokio::test]
async fn neon_auth() {
    let stand_in = NeonAuthStandIn::start(NeonAuthOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let entry = format!("neon_auth: {{ url: \"{}\" }}", stand_in.base_url());
    Kind {
        stand_in: StandIn::NeonAuth(stand_in),
        entry,
        key: "",
    }
    .meets_every_fault()
    .await;
}

async fn issuer() -> IssuerStandIn {
    IssuerStandIn::start(IssuerOptions::development(LIVE).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_issuer_with_discovery_and_keys() {
    let stand_in = issuer().await;
    let entry = format!(
        "oidc: {{ issuer: \"{}\", audience: \"{DEVELOPMENT_AUDIENCE}\", algorithms: [ES256] }}",
        stand_in.issuer()
    );
    Kind {
        stand_in: StandIn::Issuer(stand_in),
        entry,
        key: "",
    }
    .meets_every_fault()
    .await;
}

#[tokio::test]
async fn introspection() {
    let stand_in = issuer().await;
    let (client, key) = DEVELOPMENT_CLIENT;
    let entry = format!(
        "introspection: {{ url: \"{}\", client_id: {client}, client_secret: env:KEY, audience: \"{DEVELOPMENT_AUDIENCE}\" }}",
        stand_in.introspection_url()
    );
    Kind {
        stand_in: StandIn::Issuer(stand_in),
        entry,
        key,
    }
    .meets_every_fault()
    .await;
}
