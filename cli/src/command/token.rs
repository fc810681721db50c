//! `tollgate token`: a user's token, as the stand-ins of `tollgate dev` give it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tollgate_gateway::settings::Settings;
use tollgate_identity::provider::ProviderSettings;
use tollgate_local::dev::{self, Provider};
use tollgate_local::token::Validity;
use tollgate_local::users::{User, Users};

use super::dev::stand_in::in_place_of;
use super::dev::switches::unknown;
use super::dev::{Failure, population};
use crate::{duration, load};

const AFTER_HELP: &str = "\
Exit codes: 0 printed; 1 the token cannot be made; 2 there is no such user or provider, or the
configuration or the command line is not understood

  curl -H \"Authorization: Bearer $(tollgate token --user light)\" http://127.0.0.1:3000/pro/x

`tollgate dev` need not run: the keys that its stand-ins sign with are the same in every run, and open
nothing else. Give both the same --policy and --users; what is changed on the page of a running
`tollgate dev` is not known here.";

/// What `tollgate token` is told.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Whose token, by the name in the users file
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    user: Option<String>,
    /// Which provider's, by its name in authorizer.yaml; the first unless it is named
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The folder of the policy and its authorizer.yaml
    #[arg(long, default_value = "policy", value_name = "FOLDER")]
    policy: PathBuf,
    /// A YAML file of users in place of those built in
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// One that has just expired
    #[arg(long, conflicts_with = "lifetime")]
    expired: bool,
    /// How long it is good: `30s`, `5m`, `2h`; until 2100 unless it is said, or as long as the provider
    /// allows
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    lifetime: Option<Duration>,
    /// The whole header line that carries it
    #[arg(long)]
    header: bool,
    /// The users there are, instead of a token
    #[arg(long, conflicts_with_all = ["user", "header", "expired", "lifetime"])]
    list: bool,
}

/// What ends the command: its exit code and why.
struct Problem(u8, String);

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
impl Problem {
    fn of_input(error: impl ToString) -> Self {
        Self(2, error.to_string())
    }

    fn of_token(error: impl ToString) -> Self {
        Self(1, error.to_string())
    }
}

/// Prints the token, or the users.
pub fn run(arguments: &Arguments) -> ExitCode {
    match printed(arguments) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(Problem(code, text)) => {
            eprintln!("tollgate token: {text}");
            ExitCode::from(code)
        }
    }
}

fn printed(arguments: &Arguments) -> Result<String, Problem> {
    let file = load::settings_file(&arguments.policy).ok_or_else(|| {
        let folder = arguments.policy.display();
        Problem::of_input(format!("{folder}: there is no authorizer.yaml in it"))
    })?;
    let (settings, _) = load::settings(&file).map_err(Problem::of_input)?;
    let options = population(&settings, arguments.users.clone()).map_err(Problem::of_input)?;
    let users = dev::users(&options).map_err(Problem::of_input)?;
    let provider = provider(&settings, arguments.provider.as_deref())?;
    let known = users.of(options.environment);
    let Some(name) = &arguments.user else {
        return Ok(list(known.iter().map(|(name, user)| (&**name, user))));
    };
    if !known.contains_key(name) {
        let names = known.keys().map(String::as_str);
        return Err(Problem::of_input(unknown("user", name, names)));
    }
    let runtime = tokio::runtime::Runtime::new().map_err(Problem::of_token)?;
    let made = runtime.block_on(token(provider, &options, &users, name, validity(arguments)));
    let (provider, token) = made.map_err(Problem::of_token)?;
    if !arguments.header {
        return Ok(token);
    }
    match provider.place.header(&token) {
        Some((header, value)) => Ok(format!("{header}: {value}")),
        None => Err(Problem::of_input(format!(
            "the token of `{}` goes into the query, not into a header: leave --header out",
            provider.name
        ))),
    }
}

fn validity(arguments: &Arguments) -> Validity {
    match arguments.lifetime {
        Some(lifetime) => Validity::For(lifetime),
        None if arguments.expired => Validity::Expired,
        None => Validity::Development,
    }
}

fn provider<'a>(
    settings: &'a Settings,
    name: Option<&str>,
) -> Result<&'a ProviderSettings, Problem> {
    let mut providers = settings.providers.iter();
    let Some(name) = name else {
        let none = || Problem::of_input(format!("{}: there is no provider", settings.file));
        return providers.next().ok_or_else(none);
    };
    providers
        .find(|provider| provider.name == name)
        .ok_or_else(|| {
            let names = settings.providers.iter().map(|provider| &*provider.name);
            Problem::of_input(unknown("provider", name, names))
        })
}

/// The provider's stand-in, for a moment and on any free port, and what it signs.
async fn token(
    provider: &ProviderSettings,
    options: &dev::DevOptions,
    users: &Users,
    name: &str,
    validity: Validity,
) -> Result<(Provider, String), Failure> {
    let (provider, ..) = in_place_of(provider, 0, options.environment, users).await?;
    let token = provider.stand_in.token_to_order(name, validity)?;
    Ok((provider, token))
}

/// Names, and what is special about each.
fn list<'a>(users: impl Iterator<Item = (&'a str, &'a User)> + Clone) -> String {
    let width = users.clone().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let line = |(name, user): (&str, &User)| format!("{name:<width$}  {}", user.summary());
    users.map(line).collect::<Vec<_>>().join("\n")
}
