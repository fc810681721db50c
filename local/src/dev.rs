//! `tollgate dev`: gateway, sample API and providers' stand-ins on your machine, obeying the policy as you
//! save it.
//!
//! Three steps: the caller starts the stand-ins with the [`users`], then builds an authorizer that asks
//! them, and [`Dev::start`] puts the gateway in front.

mod examples;
mod provider;
mod terminal;
mod welcome;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::authorizer::{AuthorizerFunction, BoxFuture};
use crate::gateway::{Api, Gateway, GatewayOptions};
use crate::server::PortError;
use crate::users::{Catalogue, Environment, Users, UsersError};
use crate::watch::{INTERVAL, Watch, Watched};

pub use examples::Route;
pub use provider::{Provider, StandIn, change_user, is_user_changed, restore_user};
pub use terminal::Terminal;

/// What `tollgate dev` is told on its command line.
#[derive(Debug, Clone)]
pub struct DevOptions {
    /// The gateway's port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What the gateway serves.
    pub api: Api,
    /// Whose users the stand-ins serve: those of tiun's environment in `authorizer.yaml`.
    pub environment: Environment,
    /// What users may have bought.
    pub catalogue: Catalogue,
    /// Where the policy and `authorizer.yaml` lie.
    pub policy_folder: PathBuf,
    /// The users; those that come with this crate if there is none.
    pub users_file: Option<PathBuf>,
    /// Where everything is printed.
    pub terminal: Terminal,
}

impl Default for DevOptions {
    fn default() -> Self {
        Self {
            port: 3000,
            api: Api::sample(),
            environment: Environment::Live,
            catalogue: Catalogue::Tiun,
            policy_folder: PathBuf::from("policy"),
            users_file: None,
            terminal: Terminal::stdout(),
        }
    }
}

/// Reads the policy folder again after the files at these paths changed. `Ok` is a line that says what
/// is in force now; `Err` is what is wrong, the last good policy staying in force.
pub type Reload = Box<dyn FnMut(Vec<PathBuf>) -> BoxFuture<Result<String, String>> + Send>;

/// The authorizer, and what is told of it.
pub struct Wiring {
    /// In this process, or under `--function`.
    pub authorizer: AuthorizerFunction,
    /// The routes of the policy, in the order they are shown.
    pub routes: Vec<Route>,
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
    gateway: Gateway,
    providers: Arc<[Provider]>,
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
    /// Starts the gateway in front of the sample API, and the watches over policy and users.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(
        options: DevOptions,
        providers: Vec<Provider>,
        wiring: Wiring,
    ) -> Result<Self, PortError> {
        let terminal = options.terminal.clone();
        let gateway = Gateway::start(GatewayOptions {
            port: options.port,
            api: options.api.clone(),
            log: Arc::new(move |record| terminal.record(record)),
            ..GatewayOptions::new(wiring.authorizer)
        })
        .await?;
        let providers: Arc<[Provider]> = providers.into();
        let obeys_saves = wiring.reload.is_some();
        let mut watches = Vec::new();
        if let Some(reload) = wiring.reload {
            let folder = Watched::PolicyFolder(options.policy_folder.clone());
            let flush = gateway.flush();
            watches.push(watch_policy(folder, reload, flush, options.terminal.clone()).await);
        }
        if let Some(path) = &options.users_file {
            watches.push(watch_users(path, &options, Arc::clone(&providers)).await);
        }
        Ok(Self {
            options,
            gateway,
            providers,
            routes: wiring.routes,
            watched: obeys_saves,
            _watches: watches,
        })
    }

    /// The gateway.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The providers and their stand-ins.
    pub fn providers(&self) -> &Arc<[Provider]> {
        &self.providers
    }

    /// The text that greets: routes, users with their tokens, curl lines that work when pasted.
    /// Finds the lines by asking the authorizer, so each does what is said of it.
    pub async fn welcome(&self) -> String {
        let examples = examples::choose(&self.gateway, &self.providers, &self.routes).await;
        welcome::text(
            &self.options,
            self.watched,
            &self.gateway,
            &self.providers,
            &self.routes,
            &examples,
        )
    }

    /// Greets, then serves until Ctrl-C.
    ///
    /// # Errors
    /// When Ctrl-C can't be waited for.
    pub async fn run(self) -> std::io::Result<()> {
        self.options.terminal.print(&self.welcome().await);
        tokio::signal::ctrl_c().await?;
        self.gateway.stop().await;
        Ok(())
    }
}

/// Also empties the cache, which a deployment on AWS does not: the next request is to obey.
async fn watch_policy(
    folder: Watched,
    mut reload: Reload,
    flush: impl Fn() + Send + Sync + 'static,
    terminal: Terminal,
) -> Watch {
    let flush = Arc::new(flush);
    Watch::start(vec![folder], INTERVAL, move |paths| {
        let reloading = reload(paths);
        let (flush, terminal) = (Arc::clone(&flush), terminal.clone());
        async move {
            let outcome = reloading.await;
            flush();
            terminal.reloaded(outcome);
        }
    })
    .await
}

async fn watch_users(path: &Path, options: &DevOptions, providers: Arc<[Provider]>) -> Watch {
    let (environment, catalogue) = (options.environment, options.catalogue);
    let terminal = options.terminal.clone();
    let (path, file) = (path.to_owned(), Watched::File(path.to_owned()));
    Watch::start(vec![file], INTERVAL, move |_| {
        match Users::read(&path, catalogue) {
            Ok(users) => {
                let count = users.of(environment).len();
                for provider in &*providers {
                    provider.stand_in.set_users(users.clone());
                }
                terminal.reloaded(Ok(format!("{}: {count} users", path.display())));
                print_new_tokens(&terminal, &providers);
            }
            Err(error) => terminal.reloaded(Err(format!("{error}\nthe users of before stay"))),
        }
        std::future::ready(())
    })
    .await
}

/// Of providers whose old tokens go on saying what the users were.
fn print_new_tokens(terminal: &Terminal, providers: &[Provider]) {
    let telling = providers
        .iter()
        .filter(|provider| provider.stand_in.has_telling_tokens());
    let lines = welcome::user_lines(terminal, telling);
    if !lines.is_empty() {
        terminal.print(&format!("new tokens:\n{}", lines.join("\n")));
    }
}
