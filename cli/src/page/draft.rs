//! The policy as it is saved, and with texts that are not saved yet in place of files.
//!
//! An unsaved policy answers what the page asks and is never in force.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::block_in_place;
use tollgate_engine::{Needs, Policy};
use tollgate_gateway::policy::{Read, version};
use tollgate_gateway::{Authorizer, Files, Settings};
use tollgate_grammar::tree::Statement;
use tollgate_identity::sources::Sources;

use super::policy::{errors, hash, in_background, name};
use super::problem::Problem;
use crate::load::Loaded;
use crate::matrix;

/// Policies that are kept ready: each keystroke makes another, and few are asked for twice.
const KEPT: usize = 4;

/// Texts by the names of the files that they are to take the place of.
pub type Texts = BTreeMap<String, String>;

/// Reads a configuration, with the stand-ins in the providers' places, and gives it with what its
/// variables hold.
pub type Configure = Arc<dyn Fn(&Files) -> Result<(Settings, Sources), String> + Send + Sync>;

/// A policy that can be used, saved or not.
pub struct Draft {
    /// Of everything that it is made of.
    hash: String,
    files: Files,
    sources: Sources,
    /// What the policy and its configuration say.
    pub loaded: Loaded,
    /// The configuration, with the stand-ins in the providers' places.
    pub settings: Settings,
}

impl Draft {
    /// The policy.
    ///
    /// # Errors
    /// Never: one that cannot be used is no draft.
    pub fn policy(&self) -> Result<&Policy, Problem> {
        let policy = self.loaded.policy();
        policy.ok_or_else(|| Problem::fault("the policy has errors"))
    }

    /// Its name in answers and logs, were it in force.
    pub fn version(&self) -> String {
        version(&self.files.policies, &self.loaded.products)
    }

    /// The IDs of the products that the policy names.
    pub fn products(&self) -> Vec<String> {
        let named = matrix::products(&self.loaded.read.tree);
        let ids = named.iter().map(|name| self.loaded.products.id(name));
        let ids: BTreeSet<String> = ids.map(str::to_owned).collect();
        ids.into_iter().collect()
    }

    /// What providers are asked for, as the authorizer would ask them.
    pub fn needs(&self, policy: &Policy) -> Needs {
        self.settings.answers.needs(policy.needs())
    }

    /// What the configuration's variables hold.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The text of one of its files.
    ///
    /// # Errors
    /// When it has none of this name.
    pub fn text_of(&self, named: &str) -> Result<&str, Problem> {
        let mut files = self.loaded.read.sources.files();
        let found = files.find(|(_, file)| file.name() == named);
        found
            .map(|(_, file)| file.text())
            .ok_or_else(|| missing(named))
    }

    /// A new authorizer of this policy, which knows nothing that another was told, and tells none.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn authorizer(&self) -> Result<Authorizer, Problem> {
        let started = Authorizer::start_with(&self.files, &self.settings, &self.sources).await;
        started.map_err(|error| Problem::unfit(error.to_string()))
    }
}

/// What answers, and what is wrong with what was to answer.
pub struct Answering {
    /// The policy with the unsaved texts, or, where that cannot be used, the one in force.
    pub draft: Arc<Draft>,
    /// All that is wrong, rendered.
    pub problem: Option<String>,
}

/// The policy in force and those that are being written.
pub struct Drafts {
    folder: PathBuf,
    configure: Configure,
    /// Nobody says what is in force: a function that runs elsewhere has the policy it was started with,
    /// and what is saved is taken for it.
    follows: bool,
    kept: Mutex<VecDeque<Arc<Draft>>>,
    in_force: Mutex<Option<Arc<Draft>>>,
}

impl Drafts {
    /// Those of a folder; one that `follows` takes for in force what is saved, and waits for no
    /// [`Drafts::put_in_force`].
    pub fn new(folder: PathBuf, configure: Configure, follows: bool) -> Self {
        Self {
            folder,
            configure,
            follows,
            kept: Mutex::default(),
            in_force: Mutex::default(),
        }
    }

    /// Notes which files are in force, if they can be.
    pub fn put_in_force(&self, files: &Files) {
        if let Ok(draft) = block_in_place(|| self.made(files.clone())) {
            *lock(&self.in_force) = Some(draft);
        }
    }

    /// The policy in force, if it is known.
    pub fn in_force(&self) -> Option<Arc<Draft>> {
        lock(&self.in_force).clone()
    }

    /// The policy with these texts in place of what is saved.
    ///
    /// # Errors
    /// When one is no file of the policy, or nothing is in force that could answer.
    pub async fn with(self: &Arc<Self>, texts: Texts) -> Result<Answering, Problem> {
        let drafts = Arc::clone(self);
        in_background(move || drafts.answering(texts)).await
    }

    fn answering(&self, texts: Texts) -> Result<Answering, Problem> {
        let unsaved = !texts.is_empty();
        let made = match Files::read(&self.folder, None) {
            Ok(files) => self.made(overlaid(files, texts)?),
            Err(error) => Err(error.to_string()),
        };
        match made {
            Ok(draft) => {
                if self.follows && !unsaved {
                    *lock(&self.in_force) = Some(Arc::clone(&draft));
                }
                let problem = None;
                Ok(Answering { draft, problem })
            }
            Err(problem) => match lock(&self.in_force).clone() {
                Some(draft) => Ok(Answering {
                    draft,
                    problem: Some(problem),
                }),
                None => Err(Problem::unfit(problem)),
            },
        }
    }

    /// The policy of these files: one that is kept, or a new one.
    fn made(&self, mut files: Files) -> Result<Arc<Draft>, String> {
        for (path, _) in &mut files.policies {
            // As a person calls it, who is in the folder.
            *path = name(path).to_owned();
        }
        let hash = hash_of(&files);
        if let Some(kept) = lock(&self.kept).iter().find(|draft| draft.hash == hash) {
            return Ok(Arc::clone(kept));
        }
        let draft = Arc::new(self.compiled(files, hash)?);
        let mut kept = lock(&self.kept);
        kept.push_front(Arc::clone(&draft));
        kept.truncate(KEPT);
        Ok(draft)
    }

    fn compiled(&self, files: Files, hash: String) -> Result<Draft, String> {
        let (settings, sources) = (self.configure)(&files)?;
        let environment = settings.environment(&sources);
        let environment = environment.map_err(|error| error.to_string())?;
        let products = settings.products(environment);
        let products = products.map_err(|error| error.to_string())?;
        let read = Read::files(&files.policies, &products);
        if let Some(errors) = errors(&read) {
            return Err(errors);
        }
        let is_route = |statement: &Statement| matches!(statement, Statement::Route(_));
        if !read.tree.statements.iter().any(is_route) {
            return Err("there is no `route`, so every request would be denied".to_owned());
        }
        let loaded = Loaded {
            read,
            products,
            settings: Some(settings.clone()),
            settings_problem: None,
        };
        Ok(Draft {
            hash,
            files,
            sources,
            loaded,
            settings,
        })
    }
}

fn overlaid(mut files: Files, texts: Texts) -> Result<Files, Problem> {
    for (named, text) in texts {
        let mut all = files.policies.iter_mut();
        let Some((_, bytes)) = all.find(|(path, _)| name(path) == named) else {
            return Err(missing(&named));
        };
        *bytes = text.into_bytes();
    }
    Ok(files)
}

fn missing(name: &str) -> Problem {
    Problem::not_found(format!(
        "{name}: there is no such file in the policy folder: it was deleted or renamed"
    ))
}

/// Each part with its length in front, so that no two policies run into each other.
fn hash_of(files: &Files) -> String {
    let mut all = Vec::new();
    let mut part = |bytes: &[u8]| {
        all.extend_from_slice(&bytes.len().to_be_bytes());
        all.extend_from_slice(bytes);
    };
    for (name, bytes) in &files.policies {
        part(name.as_bytes());
        part(bytes);
    }
    part(files.settings.1.as_bytes());
    hash(&all)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
