//! The policy a verb is about: a folder, one file, or standard input, and the `authorizer.yaml`
//! beside it.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tollgate_engine::{Needs, Products, Supplies, analyse};
use tollgate_gateway::files::{self, SETTINGS};
use tollgate_gateway::policy::Read;
use tollgate_gateway::settings::{MAX_BYTES, Settings};
use tollgate_grammar::{Diagnostic, limits};
use tollgate_identity::provider::ProviderSettings;
use tollgate_identity::sources::Sources;
use tollgate_identity::tiun::Environment;

/// What names standard input on the command line.
pub const STANDARD_INPUT: &str = "-";

/// Standard input as it is called in messages.
pub const STANDARD_INPUT_NAME: &str = "<stdin>";

/// A policy as it was found, whether it can be used or not.
pub struct Loaded {
    /// Sources, tree, findings, and the compiled policy unless there are errors.
    pub read: Read,
    /// What `authorizer.yaml` calls products; none without that file.
    pub products: Products,
    /// `authorizer.yaml`, if there is one and it can be read.
    pub settings: Option<Settings>,
    /// What is wrong with `authorizer.yaml`. Without its product names the policy may mean
    /// something else, so this is an error of the policy.
    pub settings_problem: Option<SettingsProblem>,
}

/// A mistake in `authorizer.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The name of the file.
    pub file: String,
    /// Line and column from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// What is wrong, without file and place.
    pub message: String,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A path that cannot be read at all: file and reason.
#[derive(Debug)]
pub struct LoadError(String);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

impl Loaded {
    /// All errors and warnings of the policy, in the order of their places: what reading and
    /// compiling found and, of a policy that can be used, what a closer look does.
    pub fn findings(&self) -> Vec<Diagnostic> {
        let Read {
            sources,
            tree,
            findings,
            ..
        } = &self.read;
        let mut findings = findings.clone();
        if let Some(policy) = self.policy() {
            let supplies = self.supplies(&policy.needs());
            findings.extend(analyse(sources, tree, &self.products, policy, &supplies));
            findings.sort_by_key(|finding| finding.span);
        }
        findings
    }

    /// What the providers tell of their users; without `authorizer.yaml`, anything.
    fn supplies(&self, needs: &Needs) -> Vec<Supplies> {
        let Some(settings) = &self.settings else {
            return vec![Supplies::everything("the provider")];
        };
        let told = |provider: &ProviderSettings| Supplies {
            name: provider.name.clone(),
            facts: provider.verification(needs).facts,
        };
        settings.providers.iter().map(told).collect()
    }

    /// The policy, if neither it nor `authorizer.yaml` has an error.
    pub fn policy(&self) -> Option<&tollgate_engine::Policy> {
        match self.settings_problem {
            Some(_) => None,
            None => self.read.policy.as_ref(),
        }
    }
}

/// Reads and compiles what `path` names: all `*.policy` files of a folder together, one file by
/// itself, or standard input as `-`. An `authorizer.yaml` in that folder, or beside that file,
/// says what products are called; where it leaves the environment to a variable that is not set,
/// it is `live`.
///
/// # Errors
/// What cannot be read and why. Mistakes in what was read are in the answer.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    load_with(path, settings_file(path).as_deref())
}

/// The same with this `authorizer.yaml`, or without one.
///
/// # Errors
/// What cannot be read and why. Mistakes in what was read are in the answer.
pub fn load_with(path: &Path, settings_file: Option<&Path>) -> Result<Loaded, LoadError> {
    let policies = policy_files(path)?;
    let mut loaded = Loaded {
        read: Read::files(&[], &Products::default()),
        products: Products::default(),
        settings: None,
        settings_problem: None,
    };
    if let Some(file) = settings_file {
        match settings(file) {
            Ok((settings, products)) => {
                loaded.settings = Some(settings);
                loaded.products = products;
            }
            Err(problem) => loaded.settings_problem = Some(problem),
        }
    }
    loaded.read = Read::files(&policies, &loaded.products);
    Ok(loaded)
}

/// The policy files that `path` names, by name.
///
/// # Errors
/// What cannot be read and why; a folder without a policy is one.
pub fn policy_files(path: &Path) -> Result<Vec<(String, Vec<u8>)>, LoadError> {
    if path.as_os_str() == STANDARD_INPUT {
        let bytes = bounded(std::io::stdin().lock(), limits::FILE_BYTES)
            .map_err(|problem| LoadError(format!("{STANDARD_INPUT_NAME}: {problem}")))?;
        return Ok(vec![(STANDARD_INPUT_NAME.to_owned(), bytes)]);
    }
    if path.is_dir() {
        return files::policies(path).map_err(|error| LoadError(error.to_string()));
    }
    let name = path.display().to_string();
    std::fs::File::open(path)
        .map_err(|error| error.to_string())
        .and_then(|file| bounded(file, limits::FILE_BYTES))
        .map(|bytes| vec![(name.clone(), bytes)])
        .map_err(|problem| LoadError(format!("{name}: {problem}")))
}

/// All bytes of a reader, but not without end.
fn bounded(reader: impl std::io::Read, longest: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > longest {
        return Err(format!("it is longer than {longest} bytes"));
    }
    Ok(bytes)
}

/// The `authorizer.yaml` that belongs to a path; none belongs to standard input.
pub fn settings_file(path: &Path) -> Option<PathBuf> {
    if path.as_os_str() == STANDARD_INPUT {
        return None;
    }
    let folder = if path.is_dir() { path } else { path.parent()? };
    let file = folder.join(SETTINGS);
    file.exists().then_some(file)
}

/// Reads an `authorizer.yaml`, and what it calls products in the environment it names.
///
/// # Errors
/// What is wrong with it, and where.
pub fn settings(path: &Path) -> Result<(Settings, Products), SettingsProblem> {
    let file = path.display().to_string();
    let problem = |message: &str| SettingsProblem {
        file: file.clone(),
        place: None,
        message: message.to_owned(),
    };
    let bytes = std::fs::File::open(path)
        .map_err(|error| error.to_string())
        .and_then(|opened| bounded(opened, MAX_BYTES))
        .map_err(|message| problem(&message))?;
    let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8 text"))?;
    let placed = |message: &str| {
        let message = message.strip_prefix(&file).unwrap_or(message);
        let (message, place) = split_place(message.trim_start_matches([':', ' ']));
        SettingsProblem {
            place,
            ..problem(message)
        }
    };
    let settings = Settings::read(&file, &text).map_err(|error| placed(&error.to_string()))?;
    let environment = environment(&settings).map_err(|message| problem(&message))?;
    let products = settings
        .products(environment)
        .map_err(|error| placed(&error.to_string()))?;
    Ok((settings, products))
}

/// The environment the settings name; live where they leave it to a variable that is not set.
fn environment(settings: &Settings) -> Result<Option<Environment>, String> {
    let sources = Sources::system()
        .with_variables(|name| Some(std::env::var(name).unwrap_or_else(|_| "live".to_owned())));
    settings
        .environment(&sources)
        .map_err(|error| error.to_string())
}

/// The YAML reader ends its messages with ` at line 3, column 5`.
fn split_place(message: &str) -> (&str, Option<(usize, usize)>) {
    let parsed = message
        .rsplit_once(" at line ")
        .and_then(|(message, place)| {
            let (line, column) = place.split_once(", column ")?;
            Some((message, (line.parse().ok()?, column.parse().ok()?)))
        });
    match parsed {
        Some((message, place)) => (message, Some(place)),
        None => (message, None),
    }
}
