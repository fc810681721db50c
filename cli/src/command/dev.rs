//! `tollgate dev`: joins the local gateway, the stand-in for tiun and the authorizer, and loads
//! the policy again when its files are saved.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};

use tollgate_gateway::policy::Read;
use tollgate_gateway::{Authorizer, Files, Settings, StartupError};
use tollgate_grammar::print_condition;
use tollgate_grammar::tree::{Access, Statement, Target};
use tollgate_identity::provider::KindSettings;
use tollgate_identity::sources::Sources;
use tollgate_identity::tiun::Environment;
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::dev::{Dev, DevOptions, Reload, Route, Terminal, Wiring, stand_in};
use tollgate_local::tiun::development_key;
use tollgate_local::users;

/// The variable under which the stand-in's key is handed to the provider; never in the process's
/// own environment.
const KEY_VARIABLE: &str = "TIUN_API_KEY";

/// What ends the command, ready to be printed.
type Failure = Box<dyn Error + Send + Sync>;

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the policy and its authorizer.yaml
    #[arg(long, default_value = "policy", value_name = "FOLDER")]
    policy: PathBuf,
    /// A YAML file of users in place of those built in
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// The port of the API
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The port of the stand-in for tiun
    #[arg(long, default_value_t = 3001)]
    tiun_port: u16,
    /// A function that runs elsewhere in place of the authorizer in this process: with `cargo
    /// lambda watch`, `http://127.0.0.1:9000`
    #[arg(long, value_name = "URL")]
    function: Option<String>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(serve(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("tollgate dev: {error}");
    ExitCode::FAILURE
}

async fn serve(arguments: Arguments) -> Result<(), Failure> {
    let files = Files::read(&arguments.policy, None)?;
    let settings = Settings::read(&files.settings.0, &files.settings.1)?;
    let environment = environment(&settings)?;
    let options = DevOptions {
        port: arguments.port,
        tiun_port: arguments.tiun_port,
        environment: match environment {
            Environment::Live => users::Environment::Live,
            Environment::Sandbox => users::Environment::Sandbox,
        },
        policy_folder: arguments.policy,
        users_file: arguments.users,
        terminal: Terminal::stdout(),
    };
    let read = Read::files(&files.policies, &settings.products(Some(environment))?);
    let routes = routes(&read);
    let tiun = stand_in(&options).await?;
    let mut here = None;
    let authorizer = if let Some(url) = arguments.function {
        AuthorizerFunction::remote(&url)?
    } else {
        let build = Build {
            folder: options.policy_folder.clone(),
            environment,
            tiun_url: tiun.url(),
            key: development_key(options.environment),
        };
        let authorizer = Arc::new(RwLock::new(build.authorizer(&files).await?));
        let function = in_process(Arc::clone(&authorizer));
        here = Some((build, authorizer));
        function
    };
    let wiring = Wiring {
        authorizer,
        routes,
        reload: here
            .clone()
            .map(|(build, authorizer)| reload(build, authorizer)),
    };
    let dev = Dev::start(options, tiun, wiring).await?;
    // What was saved between the first reading and the first look of the watch.
    if let Some((build, authorizer)) = here
        && Files::read(&build.folder, None).ok() != Some(files)
    {
        refresh(&build, &authorizer).await?;
    }
    dev.run().await?;
    Ok(())
}

/// Which of tiun's environments the settings are for.
fn environment(settings: &Settings) -> Result<Environment, Failure> {
    let sources = variables(development_key(users::Environment::Live));
    settings
        .environment(&sources)?
        .ok_or_else(|| format!("{}: no provider is tiun", settings.file).into())
}

/// The variables of this process, with the stand-in's key, and with tiun's live environment where
/// nothing says otherwise.
fn variables(key: &'static str) -> Sources {
    Sources::system().with_variables(move |name| match name {
        KEY_VARIABLE => Some(key.to_owned()),
        "TIUN_ENVIRONMENT" => Some(std::env::var(name).unwrap_or_else(|_| "live".to_owned())),
        _ => std::env::var(name).ok(),
    })
}

/// What it takes to build the authorizer from the policy folder.
#[derive(Clone)]
struct Build {
    folder: PathBuf,
    environment: Environment,
    tiun_url: String,
    key: &'static str,
}

impl Build {
    /// The authorizer of these files, but with the stand-in in tiun's place.
    async fn authorizer(&self, files: &Files) -> Result<Authorizer, Failure> {
        let (name, text) = &files.settings;
        let mut settings = Settings::read(name, text)?;
        let sources = variables(self.key);
        if environment(&settings)? != self.environment {
            return Err(format!(
                "{name}: the environment of tiun has changed: start `tollgate dev` again"
            )
            .into());
        }
        for provider in &mut settings.providers {
            if let KindSettings::Tiun(tiun) = &mut provider.kind {
                tiun.base_url = Some(self.tiun_url.parse()?);
                tiun.api_key = format!("env:{KEY_VARIABLE}").parse()?;
            }
        }
        Ok(Authorizer::start_with(files, &settings, &sources).await?)
    }
}

fn in_process(authorizer: Arc<RwLock<Authorizer>>) -> AuthorizerFunction {
    AuthorizerFunction::in_process(move |event| {
        // Each request is answered by one policy from start to end.
        let authorizer = authorizer
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        async move {
            let error = |error: &dyn Error, kind: &str| FunctionError::new(kind, error.to_string());
            let answer = authorizer.authorize(&event).await;
            let answer = answer.map_err(|refused| error(&refused, refused.kind()))?;
            serde_json::to_value(answer).map_err(|broken| error(&broken, "Unserializable"))
        }
    })
}

fn reload(build: Build, authorizer: Arc<RwLock<Authorizer>>) -> Reload {
    Box::new(move |_| {
        let (build, authorizer) = (build.clone(), Arc::clone(&authorizer));
        Box::pin(async move { refresh(&build, &authorizer).await })
    })
}

/// Puts what the folder holds now in force; a line that says so, or all that is wrong with it.
async fn refresh(build: &Build, authorizer: &RwLock<Authorizer>) -> Result<String, String> {
    let files = Files::read(&build.folder, None).map_err(|error| error.to_string())?;
    let fresh =
        build
            .authorizer(&files)
            .await
            .map_err(|error| match error.downcast::<StartupError>() {
                Ok(error) => match *error {
                    StartupError::Policy(rendered) => rendered,
                    other => other.to_string(),
                },
                Err(error) => error.to_string(),
            })?;
    let loaded = fresh.loaded();
    let line = format!("{}: policy {}", build.folder.display(), loaded.version);
    let warnings = loaded.warnings.clone();
    *authorizer.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    Ok(if warnings.is_empty() {
        line
    } else {
        format!("{line}\n{warnings}")
    })
}

/// The routes of a policy in the words of its author.
fn routes(read: &Read) -> Vec<Route> {
    let mut routes = Vec::new();
    for statement in &read.tree.statements {
        let Statement::Route(route) = statement else {
            continue;
        };
        let Target::Path(pattern) = &route.target else {
            continue;
        };
        routes.push(Route {
            methods: route
                .methods
                .iter()
                .map(|method| method.node.clone())
                .collect(),
            pattern: read.sources.text(pattern.span).to_owned(),
            rule: match &route.access {
                Access::Public => "is public".to_owned(),
                Access::Denied => "is denied".to_owned(),
                Access::Requires(condition) => format!("requires {}", print_condition(condition)),
            },
        });
    }
    routes
}
