//! What is switched on in the stand-ins from the start: faults, latency, addresses to go back to.

use std::time::Duration;

use tollgate_grammar::suggest;
use tollgate_local::dev::Provider;
use tollgate_local::fault::NamedFault;

use crate::duration;

/// Flags; each can be given for several providers.
#[derive(clap::Args)]
pub struct Switches {
    /// What is wrong with a provider, by its name in authorizer.yaml: `tiun=down`. Faults are `none`,
    /// `down`, `silent`, `slow`, `busy`, `error`, `key-refused`, `html`, `cut-off`, `garbage`, `huge`
    #[arg(long, value_name = "PROVIDER=FAULT", value_parser = fault)]
    fault: Vec<(String, NamedFault)>,
    /// How much later a provider answers: `tiun=800ms`
    #[arg(long, value_name = "PROVIDER=TIME", value_parser = latency)]
    latency: Vec<(String, Duration)>,
    /// Where an issuer may send people back to after signing in or out, beside addresses of this machine
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
}

impl Switches {
    /// Switches it on.
    ///
    /// # Errors
    /// For a name that no provider has.
    pub fn apply(self, providers: &[Provider]) -> Result<(), String> {
        for (name, fault) in &self.fault {
            provider(providers, name)?.stand_in.set_fault(*fault);
        }
        for (name, latency) in &self.latency {
            provider(providers, name)?.stand_in.set_latency(*latency);
        }
        for provider in providers {
            provider
                .stand_in
                .set_redirect_uris(self.redirect_uri.clone());
        }
        Ok(())
    }
}

fn provider<'a>(providers: &'a [Provider], name: &str) -> Result<&'a Provider, String> {
    let mut all = providers.iter();
    all.find(|provider| provider.name == name).ok_or_else(|| {
        unknown(
            "provider",
            name,
            providers.iter().map(|provider| &*provider.name),
        )
    })
}

/// That nothing of this kind has this name, and what there is.
pub fn unknown<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let there_are = match suggest::closest(name, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`? There are"),
        None => "there are".to_owned(),
    };
    format!(
        "no {what} is called `{}`; {there_are}: {}",
        name.escape_debug(),
        names.join(", ")
    )
}

/// Both sides of `NAME=VALUE`.
fn split(text: &str) -> Result<(String, &str), String> {
    let (name, value) = text
        .rsplit_once('=')
        .ok_or("write the provider's name, `=` and what to set")?;
    Ok((name.to_owned(), value))
}

fn fault(text: &str) -> Result<(String, NamedFault), String> {
    let (name, value) = split(text)?;
    let fault = NamedFault::named(value)
        .ok_or_else(|| unknown("fault", value, NamedFault::all().map(NamedFault::name)))?;
    Ok((name, fault))
}

fn latency(text: &str) -> Result<(String, Duration), String> {
    let (name, value) = split(text)?;
    Ok((name, duration::parse(value)?))
}
