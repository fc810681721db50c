//! Reads policy, users and template again when they are saved, and puts what is good in force.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::health::{Health, Problem, Saved};
use super::{DevOptions, Provider, Reload, welcome};
use crate::gateway::{Gateway, Served, Template};
use crate::users::Users;
use crate::watch::{FileList, INTERVAL, Watch, Watched};

/// Also empties the cache, which a deployment on AWS does not: the next request is to obey.
pub(super) async fn policy(
    folder: PathBuf,
    mut reload: Reload,
    flush: impl Fn() + Send + Sync + 'static,
    health: Health,
) -> Watch {
    let flush = Arc::new(flush);
    Watch::start(
        vec![Watched::PolicyFolder(folder)],
        INTERVAL,
        move |paths| {
            let reloading = reload(paths);
            let (flush, health) = (Arc::clone(&flush), health.clone());
            async move {
                let outcome = reloading.await;
                flush();
                match outcome {
                    Ok(line) => health.good(&[Saved::Policy, Saved::Configuration], &line),
                    Err(problem) => health.bad(problem),
                }
            }
        },
    )
    .await
}

pub(super) async fn users(
    path: &Path,
    options: &DevOptions,
    providers: Arc<[Provider]>,
    health: Health,
) -> Watch {
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
                health.good(
                    &[Saved::Users],
                    &format!("{}: {count} users", path.display()),
                );
                welcome::print_new_tokens(&terminal, &providers);
            }
            Err(error) => health.bad(Problem {
                saved: Saved::Users,
                message: format!("{error}\nthe users of before stay"),
            }),
        }
        std::future::ready(())
    })
    .await
}

/// Also watches the files that the template names, which may be others each time.
pub(super) async fn template(
    template: Template,
    served: &Served,
    gateway: &Arc<Gateway>,
    health: Health,
) -> Watch {
    let files = FileList::new(vec![template.path.clone()]);
    let watched = vec![Watched::Listed(files.clone())];
    let reader = Arc::new(Reader {
        template,
        read: Mutex::new((served.digest().to_vec(), None)),
        files,
        gateway: Arc::downgrade(gateway),
        health,
    });
    let later = Arc::clone(&reader);
    let watch = Watch::start(watched, INTERVAL, move |_| {
        let reader = Arc::clone(&later);
        async move { reader.read_aside().await }
    })
    .await;
    // What was saved between the first reading and the first look of the watch.
    reader.read_aside().await;
    watch
}

struct Reader {
    template: Template,
    /// The digest of what was read last, and why it was not served: of what cannot be read at all
    /// nothing else tells one reading from another.
    read: Mutex<(Vec<u8>, Option<String>)>,
    files: FileList,
    /// Whose end need not wait for a file to be read.
    gateway: Weak<Gateway>,
    health: Health,
}

impl Reader {
    /// In a thread where a large template holds nobody up.
    async fn read_aside(self: Arc<Self>) {
        // One that panics has changed nothing.
        let _ = tokio::task::spawn_blocking(move || self.read()).await;
    }

    fn read(&self) {
        let reading = self.template.read();
        self.files.set(reading.files);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let error = reading.served.as_ref().err().map(ToString::to_string);
        let now = (reading.digest, error);
        if *read == now {
            return;
        }
        *read = now;
        let Some(gateway) = self.gateway.upgrade() else {
            return;
        };
        match reading.served {
            Ok(served) => {
                gateway.serve(served);
                let lines = welcome::served(&gateway, ToOwned::to_owned).join("\n");
                let path = self.template.path.display();
                let line = format!("{path}, from now on:\n{lines}");
                self.health.good(&[Saved::Template], &line);
            }
            Err(error) => self.health.bad(Problem {
                saved: Saved::Template,
                message: format!("{error}\nwhat was served before still is"),
            }),
        }
    }
}
