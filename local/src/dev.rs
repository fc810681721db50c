//! `tollgate dev`: gateway, sample API and providers' stand-ins on your machine, obeying the policy as you
//! save it.
//!
//! Three steps: the caller starts the stand-ins with the [`users`], then builds an authorizer that asks
//! them, and [`Dev::start`] puts the gateway in front.

mod examples;
mod health;
mod provider;
mod reload;
mod terminal;
mod welcome;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::authorizer::{AuthorizerFunction, BoxFuture};
use crate::gateway::{Api, Backend, Gateway, GatewayOptions, Log, Served, Template};
use crate::place::Place;
use crate::server::PortError;
use crate::users::{Catalogue, Environment, Users, UsersError};
use crate::watch::Watch;

pub use examples::Route;
pub use health::{Health, Problem, Problems, Saved};
pub use provider::{Provider, StandIn, change_user, is_user_changed, restore_user};
pub use terminal::Terminal;

/// What `tollgate dev` is told on its command line.
#[derive(Debug, Clone)]
pub struct DevOptions {
    /// The gateway's port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What the gateway serves.
    pub served: Served,
    /// Where that was read, to be read again when it is saved.
    pub template: Option<Template>,
    /// Who answers the requests that are let in.
    pub backend: Backend,
    /// Whose users the stand-ins serve: those of tiun's environment in `authorizer.yaml`.
    pub environment: Environment,
    /// What users may have bought.
    pub catalogue: Catalogue,
    /// Where the policy and `authorizer.yaml` lie.
    pub policy_folder: PathBuf,
    /// The users; those that come with this crate if there is none.
    pub users_file: Option<PathBuf>,
    /// The address of a page that shows all this in a browser.
    pub page: Option<String>,
    /// Where everything is printed.
    pub terminal: Terminal,
}

impl Default for DevOptions {
    fn default() -> Self {
        Self {
            port: 3000,
            served: Api::sample().into(),
            template: None,
            backend: Backend::sample_api(),
            environment: Environment::Live,
            catalogue: Catalogue::Tiun,
            policy_folder: PathBuf::from("policy"),
            users_file: None,
            page: None,
            terminal: Terminal::stdout(),
        }
    }
}

/// Reads the policy folder again after the files at these paths changed. `Ok` is a line that says what
/// is in force now; `Err` is what is wrong, the last good policy staying in force.
pub type Reload = Box<dyn FnMut(Vec<PathBuf>) -> BoxFuture<Result<String, Problem>> + Send>;

/// The authorizer, and what is told of it.
pub struct Wiring {
    /// In this process, or under `--function`.
    pub authorizer: AuthorizerFunction,
    /// The routes of the policy, in the order they are shown.
    pub routes: Vec<Route>,
    /// Where tokens are looked for; what stands there is never shown.
    pub token_places: Vec<Place>,
    /// Who is told of each request beside the terminal.
    pub watchers: Vec<Log>,
    /// `None` where the function looks after its policy itself.
    pub reload: Option<Reload>,
}

/// The users of the users file, or those that come with this crate.
///
/// # Errors
/// When the file can't be used.
pub fn users(options: &DevOptions) -> Result<Users, UsersError> {
    match &options.users_file {
        Some(path) => Users::read(path, options.catalogue),
        None => Users::embedded(),
    }
}

/// Everything `tollgate dev` runs; it ends when dropped.
pub struct Dev {
    options: DevOptions,
    gateway: Arc<Gateway>,
    providers: Arc<[Provider]>,
    health: Health,
    routes: Vec<Route>,
    /// The policy counts as soon as it is saved.
    watched: bool,
    _watches: Vec<Watch>,
}

impl fmt::Debug for Dev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dev({:?}, {:?})", self.gateway, self.providers)
    }
}

impl Dev {
    /// Starts the gateway in front of its backend, and the watches over policy, users and template.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(
        options: DevOptions,
        providers: Vec<Provider>,
        wiring: Wiring,
    ) -> Result<Self, PortError> {
        let (terminal, told) = (options.terminal.clone(), wiring.watchers);
        let gateway = Gateway::start(GatewayOptions {
            port: options.port,
            served: options.served.clone(),
            backend: options.backend.clone(),
            log: Arc::new(move |exchange| {
                terminal.exchange(exchange);
                for watcher in &told {
                    watcher(exchange);
                }
            }),
            token_places: wiring.token_places,
            ..GatewayOptions::new(wiring.authorizer)
        })
        .await?;
        let (gateway, health) = (Arc::new(gateway), Health::new(options.terminal.clone()));
        let providers: Arc<[Provider]> = providers.into();
        let obeys_saves = wiring.reload.is_some();
        let mut watches = Vec::new();
        if let Some(reload) = wiring.reload {
            let folder = options.policy_folder.clone();
            let flush = gateway.flush();
            watches.push(reload::policy(folder, reload, flush, health.clone()).await);
        }
        if let Some(path) = &options.users_file {
            let providers = Arc::clone(&providers);
            watches.push(reload::users(path, &options, providers, health.clone()).await);
        }
        if let Some(template) = options.template.clone() {
            let watch = reload::template(template, &options.served, &gateway, health.clone());
            watches.push(watch.await);
        }
        Ok(Self {
            options,
            gateway,
            providers,
            health,
            routes: wiring.routes,
            watched: obeys_saves,
            _watches: watches,
        })
    }

    /// What it was told.
    pub fn options(&self) -> &DevOptions {
        &self.options
    }

    /// The gateway.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// The providers and their stand-ins.
    pub fn providers(&self) -> &Arc<[Provider]> {
        &self.providers
    }

    /// What is wrong with what is saved.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What greets at once: where it listens, the routes, users with their tokens.
    pub fn welcome(&self) -> String {
        welcome::text(
            &self.options,
            self.watched,
            &self.gateway,
            &self.providers,
            &self.routes,
        )
    }

    /// What is worth trying: lines that work when pasted. Finds them by asking the authorizer, so each
    /// does what is said of it.
    pub async fn suggestions(&self) -> String {
        let examples = examples::choose(&self.gateway, &self.providers, &self.routes).await;
        let connecting = welcome::connecting(&self.gateway, &self.providers).await;
        welcome::suggestions(
            &self.options,
            &self.gateway,
            &self.providers,
            &examples,
            connecting,
        )
    }

    /// Greets, and serves until Ctrl-C; requests need not wait for the greeting.
    ///
    /// # Errors
    /// When Ctrl-C can't be waited for.
    pub async fn run(self) -> std::io::Result<()> {
        let terminal = &self.options.terminal;
        terminal.print(&self.welcome());
        let serve = async {
            terminal.print(&self.suggestions().await);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            signal = tokio::signal::ctrl_c() => signal?,
            () = serve => {}
        }
        self.gateway.stop().await;
        Ok(())
    }
}
