//! `tollgate dev`: gateway, sample API and tiun stand-in on your machine, obeying the policy as you save it.
//!
//! Three steps: [`stand_in`] starts the provider, the caller builds an authorizer that asks it, and
//! [`Dev::start`] puts the gateway in front.

mod examples;
mod terminal;
mod welcome;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::authorizer::{AuthorizerFunction, BoxFuture};
use crate::gateway::{Backend, Gateway, GatewayOptions, Timeouts};
use crate::server::PortError;
use crate::tiun::{TiunOptions, TiunStandIn, development_key};
use crate::users::{Environment, Users, UsersError};
use crate::watch::{INTERVAL, Watch, Watched};

pub use examples::Route;
pub use terminal::Terminal;

/// What `tollgate dev` is told on its command line.
#[derive(Debug, Clone)]
pub struct DevOptions {
    /// The gateway's port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The tiun stand-in's port. A fixed one, so that a function under `cargo lambda watch` finds it.
    pub tiun_port: u16,
    /// Which tiun is stood in for; that of `authorizer.yaml`.
    pub environment: Environment,
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
            tiun_port: 3001,
            environment: Environment::Live,
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

/// What keeps `tollgate dev` from starting.
#[derive(Debug)]
pub enum DevError {
    /// The users file.
    Users(UsersError),
    /// A port.
    Port(PortError),
}

impl fmt::Display for DevError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users(error) => error.fmt(f),
            Self::Port(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DevError {}

/// Starts the tiun stand-in, whose address and [`development_key`] the authorizer needs.
///
/// # Errors
/// When the users file is wrong or the port can't be had.
pub async fn stand_in(options: &DevOptions) -> Result<TiunStandIn, DevError> {
    let users = match &options.users_file {
        Some(path) => Users::read(path),
        None => Users::embedded(),
    };
    let tiun = TiunOptions {
        environment: options.environment,
        port: options.tiun_port,
        keys: vec![development_key(options.environment).to_owned()],
        users: users.map_err(DevError::Users)?,
    };
    TiunStandIn::start(tiun).await.map_err(DevError::Port)
}

/// Everything `tollgate dev` runs; it ends when dropped.
pub struct Dev {
    options: DevOptions,
    gateway: Gateway,
    tiun: Arc<TiunStandIn>,
    routes: Vec<Route>,
    /// The policy counts as soon as it is saved.
    watched: bool,
    _watches: Vec<Watch>,
}

impl fmt::Debug for Dev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dev({:?}, {:?})", self.gateway, self.tiun)
    }
}

impl Dev {
    /// Starts the gateway in front of the sample API, and the watches over policy and users.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(
        options: DevOptions,
        tiun: TiunStandIn,
        wiring: Wiring,
    ) -> Result<Self, PortError> {
        let terminal = options.terminal.clone();
        let gateway = Gateway::start(GatewayOptions {
            port: options.port,
            authorizer: wiring.authorizer,
            backend: Backend::sample_api(),
            log: Arc::new(move |record| terminal.record(record)),
            timeouts: Timeouts::default(),
        })
        .await?;
        let tiun = Arc::new(tiun);
        let obeys_saves = wiring.reload.is_some();
        let mut watches = Vec::new();
        if let Some(reload) = wiring.reload {
            let folder = Watched::PolicyFolder(options.policy_folder.clone());
            watches.push(watch_policy(folder, reload, options.terminal.clone()).await);
        }
        if let Some(path) = &options.users_file {
            watches
                .push(watch_users(path.clone(), Arc::clone(&tiun), options.terminal.clone()).await);
        }
        Ok(Self {
            options,
            gateway,
            tiun,
            routes: wiring.routes,
            watched: obeys_saves,
            _watches: watches,
        })
    }

    /// The gateway.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The tiun stand-in.
    pub fn tiun(&self) -> &TiunStandIn {
        &self.tiun
    }

    /// The text that greets: routes, users with their tokens, curl lines that work when pasted.
    /// Finds the lines by asking the authorizer, so each does what is said of it.
    pub async fn welcome(&self) -> String {
        let examples = examples::choose(&self.gateway, &self.tiun, &self.routes).await;
        welcome::text(
            &self.options,
            self.watched,
            &self.gateway,
            &self.tiun,
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

async fn watch_policy(folder: Watched, mut reload: Reload, terminal: Terminal) -> Watch {
    Watch::start(vec![folder], INTERVAL, move |paths| {
        let reloading = reload(paths);
        let terminal = terminal.clone();
        async move { terminal.reloaded(reloading.await) }
    })
    .await
}

async fn watch_users(path: PathBuf, tiun: Arc<TiunStandIn>, terminal: Terminal) -> Watch {
    let file = path.clone();
    Watch::start(vec![Watched::File(file)], INTERVAL, move |_| {
        let reloaded = match Users::read(&path) {
            Ok(users) => {
                let count = users.of(tiun.environment()).len();
                tiun.set_users(users);
                Ok(format!("{}: {count} users", path.display()))
            }
            Err(error) => Err(format!("{error}\nthe users of before stay")),
        };
        terminal.reloaded(reloaded);
        std::future::ready(())
    })
    .await
}
