//! Several providers at once: each token goes to the one it is of, and only that one is asked.

use tollgate_local::authgate::{self, AuthGateOptions, AuthGateStandIn};
use tollgate_local::issuer::{
    Algorithm, DEVELOPMENT_AUDIENCE, DEVELOPMENT_CLIENT, IssuerOptions, IssuerStandIn,
};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stack_auth::{self, StackAuthOptions, StackAuthStandIn};
use tollgate_local::stand_in::StandIn;
use tollgate_local::tiun::{TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::function::Function;
use tollgate_tests::request::Request;
use tollgate_tests::rig::{self, Setup};

use super::{SIGNED_IN, assert_unlogged, me};

/// One stand-in of each kind; the issuer is there twice, for its JWTs and for its opaque tokens.
struct Providers {
    tiun: TiunStandIn,
    stack: StackAuthStandIn,
    oidc: IssuerStandIn,
    introspection: IssuerStandIn,
    authgate: AuthGateStandIn,
    neon: NeonAuthStandIn,
}

impl Providers {
    async fn start() -> Self {
        let live = Environment::Live;
        // Keys of their own: an issuer's introspection takes whatever its key has signed.
        let issuer = |algorithm| {
            let options = IssuerOptions::development(live).unwrap();
            IssuerStandIn::start(IssuerOptions {
                algorithm,
                ..options
            })
        };
        let stack = StackAuthOptions::development(live).unwrap();
        let authgate = AuthGateOptions::development(live).unwrap();
        let neon = NeonAuthOptions::development(live).unwrap();
        Self {
            tiun: rig::tiun().await,
            stack: StackAuthStandIn::start(stack).await.unwrap(),
            oidc: issuer(Algorithm::Es256).await.unwrap(),
            introspection: issuer(Algorithm::EdDsa).await.unwrap(),
            authgate: AuthGateStandIn::start(authgate).await.unwrap(),
            neon: NeonAuthStandIn::start(neon).await.unwrap(),
        }
    }

    /// All of them, each with `token_from` as given, in the order of [`Providers::requests`].
    fn function(&self, token_from: [&str; 6]) -> Function {
        let [tiun, stack, oidc, introspection, authgate, neon] = token_from;
        let (client, secret) = DEVELOPMENT_CLIENT;
        let configuration = format!(
            "providers:
  - tiun: {{ environment: live, base_url: \"{}\", api_key: env:TIUN }}
    token_from: [{tiun}]
  - stack_auth: {{ project: {}, url: \"{}\", secret_server_key: env:STACK, verify: rest }}
    token_from: [{stack}]
  - name: staff
    oidc: {{ issuer: \"{}\", audience: {DEVELOPMENT_AUDIENCE}, algorithms: [ES256] }}
    token_from: [{oidc}]
  - introspection: {{ url: \"{}/introspect\", client_id: {client}, client_secret: env:CLIENT, audience: {DEVELOPMENT_AUDIENCE} }}
    token_from: [{introspection}]
  - authgate: {{ url: \"{}\", api_key: env:AUTHGATE }}
    token_from: [{authgate}]
  - neon_auth: {{ url: \"{}\" }}
    token_from: [{neon}]
",
            self.tiun.url(),
            self.stack.project(),
            self.stack.url(),
            self.oidc.issuer(),
            self.introspection.url(),
            self.authgate.url(),
            self.neon.base_url(),
        );
        Setup::new(&configuration, SIGNED_IN)
            .with("TIUN", development_key(Environment::Live))
            .with("STACK", stack_auth::development_key())
            .with("CLIENT", secret)
            .with("AUTHGATE", authgate::development_key())
            .function()
    }

    /// A token of each for the same user.
    fn tokens(&self) -> [String; 6] {
        [
            self.tiun.token("pro").unwrap(),
            self.stack.token("pro").unwrap(),
            self.oidc.token("pro").unwrap(),
            self.introspection.opaque_token("pro").unwrap(),
            self.authgate.token("pro").unwrap(),
            self.neon.token("pro").unwrap(),
        ]
    }

    /// How often each has been asked.
    fn requests(&self) -> [u64; 6] {
        fn of<P>(stand_in: &StandIn<P>) -> u64 {
            stand_in.counts().requests
        }
        [
            of(&self.tiun),
            of(&self.stack),
            of(&self.oidc),
            of(&self.introspection),
            of(&self.authgate),
            of(&self.neon),
        ]
    }
}

const NAMES: [&str; 6] = [
    "tiun",
    "stack_auth",
    "staff",
    "introspection",
    "authgate",
    "neon_auth",
];

/// A place of its own for each.
const PLACES: [&str; 6] = [
    "bearer",
    "header x-stack-access-token",
    "cookie __Host-staff",
    "header x-api-token",
    "query access_token",
    "protocol neon",
];

/// `GET /me` with a token in the place of this number.
fn show(request: Request, place: usize, token: &str) -> Request {
    match place {
        0 => request.bearer(token),
        1 => request.header("X-Stack-Access-Token", token),
        2 => request.cookie("__Host-staff", token),
        3 => request.header("X-Api-Token", token),
        4 => request.query("access_token", token),
        _ => request.header("Sec-WebSocket-Protocol", &format!("neon, {token}")),
    }
}

fn shown(place: usize, token: &str) -> Request {
    show(Request::get("/me"), place, token)
}

/// What becomes of the counts when the provider of this number is asked once; the keys of `oidc` and
/// `neon_auth` have been fetched in init.
fn asked(mut before: [u64; 6], number: usize) -> [u64; 6] {
    if ![2, 5].contains(&number) {
        before[number] += 1;
    }
    before
}

#[tokio::test]
async fn each_place_has_its_provider_and_only_that_is_asked() {
    let providers = Providers::start().await;
    let function = providers.function(PLACES);
    let tokens = providers.tokens();
    // A visitor asks nobody, and starts the function.
    let visitor = function.invoke(&Request::get("/me").rest()).await;
    assert_eq!(visitor.status(), 401);
    assert_eq!(providers.requests(), [0, 0, 2, 0, 0, 1], "keys, in init");
    for (number, token) in tokens.iter().enumerate() {
        let before = providers.requests();
        let invoked = function.invoke(&shown(number, token).rest()).await;
        assert_eq!(invoked.status(), 200, "{}: {invoked:?}", NAMES[number]);
        let told = ["provider", "userId"].map(|name| invoked.context(name));
        assert_eq!(told, [NAMES[number], "u-pro"]);
        assert_eq!(
            providers.requests(),
            asked(before, number),
            "{}",
            NAMES[number]
        );
        // Known by now, on an HTTP API too.
        let invoked = function.invoke(&shown(number, token).http()).await;
        assert_eq!(invoked.context("provider"), NAMES[number], "{invoked:?}");
        assert_eq!(
            providers.requests(),
            asked(before, number),
            "{}",
            NAMES[number]
        );
    }
    assert_unlogged(&function, &tokens.each_ref().map(String::as_str));
}

/// Every token in every place but its own: whoever looks there finds that it is none of theirs.
#[tokio::test]
async fn a_token_in_anothers_place_proves_nobody() {
    let providers = Providers::start().await;
    let function = providers.function(PLACES);
    for (number, token) in providers.tokens().iter().enumerate() {
        for place in (0..6).filter(|place| *place != number) {
            let invoked = function.invoke(&shown(place, token).rest()).await;
            let what = format!("{} as {}", NAMES[number], NAMES[place]);
            assert_eq!(invoked.status(), 401, "{what}: {invoked:?}");
            assert_eq!(invoked.context("provider"), "");
        }
    }
}

#[tokio::test]
async fn two_tokens_in_one_request_are_none() {
    let providers = Providers::start().await;
    let function = providers.function(PLACES);
    let tokens = providers.tokens();
    assert_eq!(
        function.invoke(&Request::get("/me").rest()).await.status(),
        401
    );
    let before = providers.requests();
    for one in 0..6 {
        for other in (0..6).filter(|other| *other != one) {
            let request = show(shown(one, &tokens[one]), other, &tokens[other]);
            let what = format!("{} and {}", NAMES[one], NAMES[other]);
            assert_eq!(
                function.invoke(&request.rest()).await.status(),
                401,
                "{what}"
            );
            let invoked = function.invoke(&request.http()).await;
            let told = (invoked.status(), invoked.context("reason"));
            assert_eq!(told, (403, "login_required"), "{what}");
        }
        let twice = show(shown(one, &tokens[one]), one, &tokens[one]);
        assert_eq!(
            function.invoke(&twice.rest()).await.status(),
            401,
            "{} twice",
            NAMES[one]
        );
    }
    assert_eq!(providers.requests(), before, "somebody was asked");
}

/// In one place tokens are told apart by the issuer they name; what names none is the opaque one's.
#[tokio::test]
async fn in_one_place_the_issuer_tells() {
    let providers = Providers::start().await;
    let elsewhere = "header x-elsewhere";
    let function =
        providers.function(["bearer", "bearer", "bearer", elsewhere, "bearer", "bearer"]);
    assert_eq!(
        function.invoke(&Request::get("/me").rest()).await.status(),
        401
    );
    for (number, token) in providers.tokens().iter().enumerate() {
        let before = providers.requests();
        let invoked = me(&function, token).await;
        if number == 3 {
            // Opaque, and so it can only be tiun's, which does not know it.
            assert_eq!(invoked.status(), 401, "{invoked:?}");
            assert_eq!(providers.requests(), asked(before, 0));
        } else {
            assert_eq!(invoked.context("provider"), NAMES[number], "{invoked:?}");
            assert_eq!(
                providers.requests(),
                asked(before, number),
                "{}",
                NAMES[number]
            );
        }
    }
    // One issuer's key does not vouch for another's name.
    let forged = serde_json::json!({
        "iss": providers.neon.url(), "aud": providers.neon.url(), "sub": "u-pro",
        "role": "authenticated", "exp": 4_000_000_000_u64,
    });
    let token = providers.oidc.sign(&forged).unwrap();
    assert_eq!(me(&function, &token).await.status(), 401);
    let token = providers.neon.sign(&forged).unwrap();
    assert_eq!(me(&function, &token).await.context("provider"), "neon_auth");
}

#[tokio::test]
async fn a_place_that_is_not_configured_is_not_looked_at() {
    let providers = Providers::start().await;
    let other = [
        "bearer",
        "header x-1",
        "cookie a",
        "header x-2",
        "query b",
        "protocol c",
    ];
    let function = providers.function(other);
    let tokens = providers.tokens();
    assert_eq!(
        function.invoke(&Request::get("/me").rest()).await.status(),
        401
    );
    let before = providers.requests();
    for (number, token) in tokens.iter().enumerate().skip(1) {
        let invoked = function.invoke(&shown(number, token).rest()).await;
        assert_eq!(invoked.status(), 401, "{}", NAMES[number]);
    }
    assert_eq!(providers.requests(), before);
    // And is no second token beside the one that is looked at.
    let mut request = shown(0, &tokens[0]);
    for (number, token) in tokens.iter().enumerate().skip(1) {
        request = show(request, number, token);
    }
    for event in [request.rest(), request.http()] {
        let invoked = function.invoke(&event).await;
        assert_eq!(invoked.context("provider"), "tiun", "{invoked:?}");
    }
}
