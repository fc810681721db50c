//! `tollgate dev`: joins the local gateway, the providers' stand-ins and the authorizer, and loads
//! the policy again when its files are saved.

pub(super) mod stand_in;
pub(super) mod switches;
mod user;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use tollgate_gateway::authorize::inspect;
use tollgate_gateway::policy::Read;
use tollgate_gateway::{Authorizer, Files, Invocation, Settings, StartupError, files};
use tollgate_grammar::print_condition;
use tollgate_grammar::tree::{Access, Statement, Target};
use tollgate_identity::sources::Sources;
use tollgate_identity::tiun::Environment;
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError, Invoked, Ruling};
use tollgate_local::dev::{self, Dev, DevOptions, Problem, Reload, Route, Saved, Terminal, Wiring};
use tollgate_local::gateway::{Backend, Choice, MapTo, Template};
use tollgate_local::users::{self, Catalogue};

use crate::page::{Configure, Desk, Drafts, Laid, Page};
use stand_in::{Ports, StandIns};
use switches::Switches;

/// What describes the API, beside the policy's folder.
const TEMPLATE: &str = "template.yaml";

/// What ends the command, ready to be printed.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the policy and its authorizer.yaml
    #[arg(long, default_value = "policy", value_name = "FOLDER")]
    policy: PathBuf,
    /// What describes the API: a SAM or CloudFormation template, or a plan of Terraform; the
    /// template.yaml beside the policy's folder unless it is named
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// The API of the template to serve, by its logical ID: a REST or HTTP API, or the WebSocket API
    /// beside it; the first of each unless it is named
    #[arg(long, value_name = "NAME")]
    api: Option<String>,
    /// The API's stage to serve; the first unless it is named
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// An API to serve under a base path, as a domain's API mapping does: v1=RestApi,
    /// orders/v2=HttpApi/dev; may be given several times. The template's own mappings unless one is
    /// given
    #[arg(long, value_name = "PATH=API[/STAGE]", conflicts_with_all = ["api", "stage"])]
    map: Vec<MapTo>,
    /// A YAML file of users in place of those built in
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// The port of the API
    #[arg(long, default_value_t = 3000)]
    port: u16,
    #[command(flatten)]
    stand_ins: Ports,
    /// The port of the page on which the policy is written and tried; 0 takes a free one
    #[arg(long, default_value_t = 3002, value_name = "PORT")]
    page_port: u16,
    /// No page
    #[arg(long, conflicts_with = "page_port")]
    no_page: bool,
    #[command(flatten)]
    switches: Switches,
    /// A function that runs elsewhere in place of the authorizer in this process: with `cargo
    /// lambda watch`, `http://127.0.0.1:9000`
    #[arg(long, value_name = "URL")]
    function: Option<String>,
    /// What answers the requests that are let in, in place of the sample API: a server, such as
    /// `http://localhost:8080`, or a function under `cargo lambda watch`,
    /// `http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations`
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
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
    let page = if arguments.no_page {
        None
    } else {
        Some(Page::bind(arguments.page_port).await?)
    };
    let files = Files::read(&arguments.policy, None)?;
    let settings = Settings::read(&files.settings.0, &files.settings.1)?;
    let environment = environment(&settings)?;
    let options = options(&arguments, &settings, page.as_ref())?;
    let read = Read::files(&files.policies, &settings.products(environment)?);
    let routes = routes(&read);
    let users = dev::users(&options)?;
    let (stand_ins, providers) =
        StandIns::start(&settings, arguments.stand_ins, options.environment, &users).await?;
    let build = Build {
        folder: options.policy_folder.clone(),
        environment,
        users: options.environment,
        stand_ins,
    };
    let laid = Laid {
        drafts: Arc::new(Drafts::new(
            build.folder.clone(),
            configure(build.clone()),
            arguments.function.is_some(),
        )),
        traffic: Arc::default(),
        function: arguments.function.clone(),
    };
    let drafts = Arc::clone(&laid.drafts);
    drafts.put_in_force(&files);
    arguments.switches.apply(&providers)?;
    let mut here = None;
    let authorizer = if let Some(url) = arguments.function {
        AuthorizerFunction::remote(&url)?
    } else {
        let authorizer = Arc::new(RwLock::new(build.authorizer(&files).await?));
        let function = in_process(Arc::clone(&authorizer));
        here = Some((build, authorizer));
        function
    };
    let sources = settings.providers.iter().flat_map(|it| &it.token_from);
    let wiring = Wiring {
        authorizer,
        routes,
        token_places: sources.map(stand_in::place).collect(),
        watchers: vec![laid.traffic.watcher()],
        reload: here
            .clone()
            .map(|(build, authorizer)| reload(build, authorizer, Arc::clone(&drafts))),
    };
    let dev = Dev::start(options, providers, wiring).await?;
    // What was saved between the first reading and the first look of the watch.
    if let Some((build, authorizer)) = here
        && Files::read(&build.folder, None).ok() != Some(files)
    {
        let refreshed = refresh(&build, &authorizer, &drafts).await;
        refreshed.map_err(|problem| problem.message)?;
    }
    let desk = Desk::new(laid, &dev)?;
    let _served = page.map(|page| page.serve(desk));
    dev.run().await?;
    Ok(())
}

/// What is served, to whom and where, as the command line and the settings say.
fn options(
    arguments: &Arguments,
    settings: &Settings,
    page: Option<&Page>,
) -> Result<DevOptions, Failure> {
    let template = template(arguments);
    Ok(DevOptions {
        port: arguments.port,
        backend: backend(arguments)?,
        served: template.read().served?,
        template: Some(template),
        policy_folder: arguments.policy.clone(),
        page: page.map(Page::url),
        terminal: Terminal::stdout(),
        ..population(settings, arguments.users.clone())?
    })
}

/// Whose users there are and what they may have bought, as far as the settings decide it.
///
/// # Errors
/// When the environment of tiun is not known.
pub(super) fn population(
    settings: &Settings,
    users_file: Option<PathBuf>,
) -> Result<DevOptions, Failure> {
    let environment = environment(settings)?;
    Ok(DevOptions {
        environment: match environment {
            Some(Environment::Sandbox) => users::Environment::Sandbox,
            Some(Environment::Live) | None => users::Environment::Live,
        },
        catalogue: match environment {
            Some(_) => Catalogue::Tiun,
            None => Catalogue::Any,
        },
        users_file,
        ..DevOptions::default()
    })
}

/// What describes the APIs, and which of them are meant.
fn template(arguments: &Arguments) -> Template {
    let beside = || match arguments.policy.file_name() {
        Some(_) => arguments.policy.with_file_name(TEMPLATE),
        None => arguments.policy.join("..").join(TEMPLATE),
    };
    Template {
        path: arguments.template.clone().unwrap_or_else(beside),
        is_required: arguments.template.is_some(),
        choice: Choice {
            api: arguments.api.clone(),
            stage: arguments.stage.clone(),
            maps: arguments.map.clone(),
        },
    }
}

/// What answers the requests that are let in.
fn backend(arguments: &Arguments) -> Result<Backend, Failure> {
    let Some(url) = &arguments.upstream else {
        return Ok(Backend::sample_api());
    };
    let backend = Backend::at(url)?;
    if backend.is_on_port(arguments.port) {
        return Err(format!(
            "`--upstream {url}` is where this gateway listens itself: choose another port for it with \
             `--port PORT`"
        )
        .into());
    }
    Ok(backend)
}

/// Which of tiun's environments the settings are for; `None` without tiun.
fn environment(settings: &Settings) -> Result<Option<Environment>, Failure> {
    Ok(settings.environment(&variables(users::Environment::Live))?)
}

/// The variables of this process, with the stand-ins' keys, and with tiun's live environment where
/// nothing says otherwise.
fn variables(environment: users::Environment) -> Sources {
    Sources::system()
        .of_developer()
        .with_variables(move |name| {
            stand_in::key(name, environment).or_else(|| match name {
                "TIUN_ENVIRONMENT" => {
                    Some(std::env::var(name).unwrap_or_else(|_| "live".to_owned()))
                }
                _ => std::env::var(name).ok(),
            })
        })
}

/// What it takes to build the authorizer from the policy folder.
#[derive(Clone)]
struct Build {
    folder: PathBuf,
    environment: Option<Environment>,
    users: users::Environment,
    stand_ins: StandIns,
}

impl Build {
    /// The configuration, but with the stand-ins in the providers' places.
    fn settings(&self, files: &Files) -> Result<Settings, Failure> {
        let (name, text) = &files.settings;
        let mut settings = Settings::read(name, text)?;
        self.stand_ins.put_into(&mut settings)?;
        if environment(&settings)? != self.environment {
            return Err(format!(
                "{name}: the environment of tiun has changed: start `tollgate dev` again"
            )
            .into());
        }
        Ok(settings)
    }

    /// The authorizer of these files, but with the stand-ins in the providers' places.
    async fn authorizer(&self, files: &Files) -> Result<Authorizer, Failure> {
        let settings = self.settings(files)?;
        Ok(Authorizer::start_with(files, &settings, &variables(self.users)).await?)
    }
}

/// How the page reads a configuration.
fn configure(build: Build) -> Configure {
    Arc::new(move |files| {
        let settings = build.settings(files).map_err(|error| error.to_string())?;
        Ok((settings, variables(build.users)))
    })
}

fn in_process(authorizer: Arc<RwLock<Authorizer>>) -> AuthorizerFunction {
    AuthorizerFunction::telling(move |event| {
        // Each request is answered by one policy from start to end.
        let authorizer = authorizer
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        async move {
            let error = |error: &dyn Error, kind: &str| FunctionError::new(kind, error.to_string());
            // The gateway's name for the request serves as Lambda's.
            let id = event
                .pointer("/requestContext/requestId")
                .and_then(Value::as_str);
            let invocation = Invocation::new(id.unwrap_or_default());
            let (answer, ruling) = authorizer.authorize_telling(&event, invocation).await;
            let answer = answer.map_err(|refused| error(&refused, refused.kind()));
            Invoked {
                result: answer.and_then(|answer| {
                    serde_json::to_value(answer).map_err(|broken| error(&broken, "Unserializable"))
                }),
                ruling: ruling.map(|ruling| Arc::new(Told(ruling)) as Arc<dyn Ruling>),
            }
        }
    })
}

/// What was decided, as the gateway asks for it.
struct Told(inspect::Ruling);

impl Ruling for Told {
    fn of(&self, event: &Value) -> Option<(bool, Option<String>)> {
        let (allowed, rule) = self.0.of(event)?;
        Some((allowed, rule.map(|rule| rule.head)))
    }
}

fn reload(build: Build, authorizer: Arc<RwLock<Authorizer>>, drafts: Arc<Drafts>) -> Reload {
    Box::new(move |_| {
        let (build, authorizer) = (build.clone(), Arc::clone(&authorizer));
        let drafts = Arc::clone(&drafts);
        Box::pin(async move { refresh(&build, &authorizer, &drafts).await })
    })
}

/// Puts what the folder holds now in force; a line that says so, or all that is wrong with it.
async fn refresh(
    build: &Build,
    authorizer: &RwLock<Authorizer>,
    drafts: &Drafts,
) -> Result<String, Problem> {
    let files = Files::read(&build.folder, None).map_err(|error| Problem {
        saved: match files::policies(&build.folder) {
            Ok(_) => Saved::Configuration,
            Err(_) => Saved::Policy,
        },
        message: error.to_string(),
    })?;
    let fresh = build.authorizer(&files).await.map_err(problem)?;
    let loaded = fresh.loaded();
    let line = format!("{}: policy {}", build.folder.display(), loaded.version);
    let warnings = loaded.warnings.clone();
    *authorizer.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    drafts.put_in_force(&files);
    Ok(if warnings.is_empty() {
        line
    } else {
        format!("{line}\n{warnings}")
    })
}

/// What is wrong with the folder's files, and with which.
fn problem(error: Failure) -> Problem {
    let (saved, message) = match error.downcast::<StartupError>().map(|error| *error) {
        Ok(StartupError::Policy(rendered)) => (Saved::Policy, rendered),
        Ok(other) => (Saved::Configuration, other.to_string()),
        Err(error) => (Saved::Configuration, error.to_string()),
    };
    Problem { saved, message }
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
