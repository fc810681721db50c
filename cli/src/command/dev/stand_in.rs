//! The stand-ins that run in place of the configuration's providers.
//!
//! Only addresses and keys are replaced. What tokens must say stays as configured, and the stand-ins
//! make tokens that say it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tollgate_engine::{FactKind, Needs};
use tollgate_gateway::Settings;
use tollgate_identity::neon_auth::NeonAuthSettings;
use tollgate_identity::provider::{KindSettings, ProviderSettings};
use tollgate_identity::token_form::TokenForm;
use tollgate_identity::token_source::TokenSource;
use tollgate_local::authgate::{self, AuthGateOptions, AuthGateStandIn};
use tollgate_local::dev::{Provider, StandIn};
use tollgate_local::issuer::{
    Algorithm, DEVELOPMENT_CLIENT, DEVELOPMENT_SECRET, IssuerOptions, IssuerStandIn,
};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::place::Place;
use tollgate_local::stack_auth::{self, StackAuthOptions, StackAuthStandIn};
use tollgate_local::tiun::{self, TiunOptions, TiunStandIn};
use tollgate_local::users::{Environment, Users};

use super::Failure;
use super::user::claims;

/// The variables under which the stand-ins' keys are handed to the providers; never in the process's
/// own environment.
const TIUN_KEY: &str = "TIUN_API_KEY";
const AUTHGATE_KEY: &str = "AUTHGATE_API_KEY";
const AUTHGATE_SECRET: &str = "AUTHGATE_SIGNING_SECRET";
const STACK_AUTH_KEY: &str = "STACK_SECRET_SERVER_KEY";
const ISSUER_SECRET: &str = "ISSUER_SHARED_SECRET";
const CLIENT_SECRET: &str = "INTROSPECTION_CLIENT_SECRET";

/// The stand-ins' keys by the variables they are read from.
pub fn key(variable: &str, environment: Environment) -> Option<String> {
    match variable {
        TIUN_KEY => Some(tiun::development_key(environment).to_owned()),
        AUTHGATE_KEY => Some(authgate::development_key().to_owned()),
        AUTHGATE_SECRET => Some(authgate::signing_secret(environment.name())),
        STACK_AUTH_KEY => Some(stack_auth::development_key().to_owned()),
        ISSUER_SECRET => Some(DEVELOPMENT_SECRET.to_owned()),
        CLIENT_SECRET => Some(DEVELOPMENT_CLIENT.1.to_owned()),
        _ => None,
    }
}

/// The ports of the stand-ins. They are fixed, so that a function that runs elsewhere finds them.
#[derive(clap::Args, Clone, Copy)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are the flags: `--tiun-port`"
)]
pub struct Ports {
    /// The port of the stand-in for tiun; further providers of a kind get the ports after it
    #[arg(long, default_value_t = 3001)]
    tiun_port: u16,
    /// The same for AuthGate
    #[arg(long, default_value_t = 3100)]
    authgate_port: u16,
    /// The same for Stack Auth
    #[arg(long, default_value_t = 3200)]
    stack_auth_port: u16,
    /// The same for Neon Auth
    #[arg(long, default_value_t = 3300)]
    neon_auth_port: u16,
    /// The same for an issuer of tokens (`oidc`, `introspection`)
    #[arg(long, default_value_t = 3400)]
    issuer_port: u16,
}

impl Ports {
    /// The port of a kind's first stand-in; 0 is any free one.
    fn first(self, kind: &KindSettings) -> u16 {
        match kind {
            KindSettings::Tiun(_) => self.tiun_port,
            KindSettings::Authgate(_) => self.authgate_port,
            KindSettings::StackAuth(_) | KindSettings::NeonAuth(NeonAuthSettings::Stack(_)) => {
                self.stack_auth_port
            }
            KindSettings::NeonAuth(NeonAuthSettings::Branch(_)) => self.neon_auth_port,
            KindSettings::Oidc(_) | KindSettings::Introspection(_) => self.issuer_port,
        }
    }

    /// Of a provider after these others.
    fn of(self, kind: &KindSettings, before: &[ProviderSettings]) -> u16 {
        let first = self.first(kind);
        let same = before
            .iter()
            .filter(|other| first != 0 && self.first(&other.kind) == first);
        u16::try_from(same.count()).map_or(first, |number| first.saturating_add(number))
    }
}

/// What a stand-in was started to do; with another task it is another stand-in.
#[derive(Debug, Clone, PartialEq)]
enum Task {
    Tiun,
    Authgate,
    StackAuth { project: String, issuer: String },
    NeonAuth { origin: String },
    Tokens(Box<TokenForm>),
    Introspection(Box<TokenForm>, String),
}

impl Task {
    fn of(kind: &KindSettings) -> Self {
        match kind {
            KindSettings::Tiun(_) => Self::Tiun,
            KindSettings::Authgate(_) => Self::Authgate,
            KindSettings::StackAuth(stack)
            | KindSettings::NeonAuth(NeonAuthSettings::Stack(stack)) => Self::StackAuth {
                project: stack.project.clone(),
                issuer: stack.issuer_url().to_owned(),
            },
            KindSettings::NeonAuth(NeonAuthSettings::Branch(branch)) => Self::NeonAuth {
                origin: branch.origin(),
            },
            KindSettings::Oidc(oidc) => Self::Tokens(Box::new(oidc.token_form())),
            KindSettings::Introspection(endpoint) => {
                Self::Introspection(Box::new(endpoint.token_form()), endpoint.client_id.clone())
            }
        }
    }

    /// Starts a stand-in, and gives the address that the settings get in place of the provider's.
    async fn start(
        &self,
        port: u16,
        environment: Environment,
        users: &Users,
    ) -> Result<(StandIn, String), Failure> {
        let users = users.clone();
        Ok(match self {
            Self::Tiun => {
                let tiun = TiunStandIn::start(TiunOptions {
                    port,
                    users,
                    ..TiunOptions::development(environment)?
                });
                let tiun = tiun.await?;
                let url = tiun.url();
                (StandIn::Tiun(tiun), url)
            }
            Self::Authgate => {
                let authgate = AuthGateStandIn::start(AuthGateOptions {
                    port,
                    users,
                    ..AuthGateOptions::development(environment)?
                });
                let authgate = authgate.await?;
                let url = authgate.url();
                (StandIn::AuthGate(authgate), url)
            }
            Self::StackAuth { project, issuer } => {
                let stack = StackAuthStandIn::start(StackAuthOptions {
                    port,
                    users,
                    project: project.clone(),
                    api_url: Some(issuer.clone()),
                    ..StackAuthOptions::development(environment)?
                });
                let stack = stack.await?;
                let url = stack.url();
                (StandIn::StackAuth(stack), url)
            }
            Self::NeonAuth { origin } => {
                let neon = NeonAuthStandIn::start(NeonAuthOptions {
                    port,
                    users,
                    origin: Some(origin.clone()),
                    ..NeonAuthOptions::development(environment)?
                });
                let neon = neon.await?;
                let url = neon.jwks_url();
                (StandIn::NeonAuth(neon), url)
            }
            Self::Tokens(form) => {
                let development = IssuerOptions::development(environment)?;
                let issuer = start_issuer(form, development, port, users).await?;
                let url = issuer.jwks_url();
                let brief = form.max_lifetime.is_some();
                let kind = if brief {
                    StandIn::BriefIssuer
                } else {
                    StandIn::Issuer
                };
                (kind(issuer), url)
            }
            Self::Introspection(form, client) => {
                let secret = DEVELOPMENT_CLIENT.1.to_owned();
                let development = IssuerOptions {
                    clients: BTreeMap::from([(client.clone(), secret)]),
                    ..IssuerOptions::development(environment)?
                };
                let issuer = start_issuer(form, development, port, users).await?;
                let url = issuer.introspection_url();
                (StandIn::Issuer(issuer), url)
            }
        })
    }
}

/// An issuer whose tokens are of this form.
async fn start_issuer(
    form: &TokenForm,
    development: IssuerOptions,
    port: u16,
    users: Users,
) -> Result<IssuerStandIn, Failure> {
    let algorithm = form.algorithms.first().map(ToString::to_string);
    let algorithm = algorithm.and_then(|name| Algorithm::named(&name));
    let typ = if form.is_access_token {
        "at+jwt"
    } else {
        "JWT"
    };
    let tokens = form.clone();
    let issuer = IssuerStandIn::start(IssuerOptions {
        port,
        users,
        issuer: form.issuer.clone(),
        algorithm: algorithm.unwrap_or(development.algorithm),
        claims: Some(Arc::new(move |user| claims(&tokens, user))),
        typ: Some(typ.to_owned()),
        lifetime: form.max_lifetime.unwrap_or(development.lifetime),
        ..development
    });
    let issuer = issuer.await?;
    // Applications look for the issuer where they found it, whatever access tokens must say.
    issuer.set_discovered_issuer(Some(issuer.url()));
    Ok(issuer)
}

/// A provider's stand-in, as the settings need it.
#[derive(Debug, Clone)]
struct InPlace {
    name: String,
    task: Task,
    /// Where clients put its tokens, which nothing that is shown may have.
    token_from: Vec<TokenSource>,
    address: String,
}

/// The stand-ins of a configuration, to be put into it whenever it is read.
#[derive(Debug, Clone)]
pub struct StandIns(Vec<InPlace>);

impl StandIns {
    /// Starts one for each provider; they run as long as the [`Provider`]s are kept.
    ///
    /// # Errors
    /// When a port cannot be had, or a key cannot be made.
    pub async fn start(
        settings: &Settings,
        ports: Ports,
        environment: Environment,
        users: &Users,
    ) -> Result<(Self, Vec<Provider>), Failure> {
        let (mut in_place, mut providers) = (Vec::new(), Vec::new());
        for (number, provider) in settings.providers.iter().enumerate() {
            let before = settings.providers.get(..number).unwrap_or_default();
            let port = ports.of(&provider.kind, before);
            let (running, address) = in_place_of(provider, port, environment, users).await?;
            providers.push(running);
            in_place.push(InPlace {
                name: provider.name.clone(),
                task: Task::of(&provider.kind),
                token_from: provider.token_from.clone(),
                address,
            });
        }
        Ok((Self(in_place), providers))
    }

    /// Puts their addresses and keys in place of the providers', so that none of these is ever asked.
    ///
    /// # Errors
    /// When the providers are others than the stand-ins were started for.
    pub fn put_into(&self, settings: &mut Settings) -> Result<(), Failure> {
        let file = &settings.file;
        let names = |one: &ProviderSettings, other: &InPlace| one.name == other.name;
        let same = settings.providers.len() == self.0.len()
            && settings
                .providers
                .iter()
                .zip(&self.0)
                .all(|(one, other)| names(one, other));
        if !same {
            return Err(format!(
                "{file}: other providers need other stand-ins: start `tollgate dev` again"
            )
            .into());
        }
        for (provider, stand_in) in settings.providers.iter_mut().zip(&self.0) {
            if Task::of(&provider.kind) != stand_in.task {
                return Err(format!(
                    "{file}: `{}` now takes tokens that its stand-in does not make: start \
                     `tollgate dev` again",
                    provider.name
                )
                .into());
            }
            if provider.token_from != stand_in.token_from {
                return Err(format!(
                    "{file}: the tokens of `{}` are now looked for elsewhere: start `tollgate dev` again",
                    provider.name
                )
                .into());
            }
            replace(&mut provider.kind, &stand_in.address)?;
        }
        Ok(())
    }
}

/// Starts a stand-in for this provider, and gives the address that the settings get in place of its own.
///
/// # Errors
/// When the port cannot be had, or a key cannot be made.
pub async fn in_place_of(
    provider: &ProviderSettings,
    port: u16,
    environment: Environment,
    users: &Users,
) -> Result<(Provider, String), Failure> {
    let task = Task::of(&provider.kind);
    let (stand_in, address) = task.start(port, environment, users).await?;
    stand_in.set_name(&provider.name);
    let told = provider.verification(&Needs::default()).facts;
    let running = Provider {
        name: provider.name.clone(),
        place: provider.token_from.first().map(place).unwrap_or_default(),
        tells_products: told.contains(FactKind::Products),
        stand_in,
    };
    Ok((running, address))
}

fn replace(kind: &mut KindSettings, address: &str) -> Result<(), Failure> {
    let variable = |name: &str| format!("env:{name}").parse();
    match kind {
        KindSettings::Tiun(tiun) => {
            tiun.base_url = Some(address.parse()?);
            tiun.api_key = variable(TIUN_KEY)?;
        }
        KindSettings::Authgate(authgate) => {
            authgate.url = address.parse()?;
            authgate.api_key = variable(AUTHGATE_KEY)?;
            if let Some(secret) = &mut authgate.local_hs256_secret {
                *secret = variable(AUTHGATE_SECRET)?;
            }
        }
        KindSettings::StackAuth(stack) | KindSettings::NeonAuth(NeonAuthSettings::Stack(stack)) => {
            stack.url = address.parse()?;
            if let Some(key) = &mut stack.secret_server_key {
                *key = variable(STACK_AUTH_KEY)?;
            }
        }
        KindSettings::NeonAuth(NeonAuthSettings::Branch(branch)) => {
            *branch = branch.clone().with_keys(address.parse()?);
        }
        KindSettings::Oidc(oidc) => {
            let settings = (**oidc).clone();
            **oidc = settings.with_keys(address.parse()?, variable(ISSUER_SECRET)?);
        }
        KindSettings::Introspection(endpoint) => {
            endpoint.url = address.parse()?;
            endpoint.client_secret = variable(CLIENT_SECRET)?;
        }
    }
    Ok(())
}

pub fn place(source: &TokenSource) -> Place {
    match source {
        TokenSource::Bearer => Place::Bearer,
        TokenSource::Header(name) => Place::Header(name.clone()),
        TokenSource::Cookie(name) => Place::Cookie(name.clone()),
        TokenSource::Query(name) => Place::Query(name.clone()),
        TokenSource::Protocol(name) => Place::Protocol(name.clone()),
    }
}
