//! What is wrong at present with what is saved: the last good version of it is in force, and whoever
//! shows that is told of every change.

use std::sync::Arc;

use tokio::sync::watch;

use super::Terminal;

/// What is read again when it is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The `*.policy` files.
    Policy,
    /// `authorizer.yaml`
    Configuration,
    /// The template, and the files it names.
    Template,
    /// The users file.
    Users,
}

/// What is wrong with a saved file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// With which.
    pub saved: Saved,
    /// What, where, and the cure.
    pub message: String,
}

/// All that is wrong; nothing with what is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// With the policy.
    pub policy: Option<String>,
    /// With `authorizer.yaml`.
    pub configuration: Option<String>,
    /// With the template.
    pub template: Option<String>,
    /// With the users.
    pub users: Option<String>,
}

impl Problems {
    fn of(&mut self, saved: Saved) -> &mut Option<String> {
        match saved {
            Saved::Policy => &mut self.policy,
            Saved::Configuration => &mut self.configuration,
            Saved::Template => &mut self.template,
            Saved::Users => &mut self.users,
        }
    }
}

/// The board of problems, which the terminal shows as they come and go.
#[derive(Debug, Clone)]
pub struct Health {
    problems: Arc<watch::Sender<Problems>>,
    terminal: Terminal,
}

impl Health {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self {
            problems: Arc::new(watch::Sender::new(Problems::default())),
            terminal,
        }
    }

    /// What is wrong now.
    pub fn problems(&self) -> Problems {
        self.problems.borrow().clone()
    }

    /// Tells of every change from now on.
    pub fn watch(&self) -> watch::Receiver<Problems> {
        self.problems.subscribe()
    }

    /// These are in force as they are saved; a line says what is.
    pub(super) fn good(&self, saved: &[Saved], line: &str) {
        self.problems.send_if_modified(|problems| {
            let gone = saved.iter().map(|saved| problems.of(*saved).take());
            gone.flatten().count() > 0
        });
        self.terminal.took(line);
    }

    /// One is not in force as it is saved.
    pub(super) fn bad(&self, problem: Problem) {
        let Problem { saved, message } = problem;
        self.terminal.refused(&message);
        self.problems.send_if_modified(|problems| {
            // The configuration is read before the policy is.
            let before = problems.clone();
            if saved == Saved::Policy {
                problems.configuration = None;
            }
            *problems.of(saved) = Some(message);
            *problems != before
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn bad(health: &Health, saved: Saved) {
        let message = format!("{saved:?} is broken");
        health.bad(Problem { saved, message });
    }

    #[test]
    fn a_problem_is_told_once_and_stays_until_it_is_solved() {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let lines = printed.clone();
        let write = move |line: &str| lines.lock().unwrap().push(line.to_owned());
        let health = Health::new(Terminal::to(write));
        let mut told = health.watch();
        health.good(&[Saved::Policy, Saved::Configuration], "as saved");
        assert!(!told.has_changed().unwrap());
        bad(&health, Saved::Template);
        bad(&health, Saved::Users);
        assert!(told.has_changed().unwrap());
        assert_eq!(
            *told.borrow_and_update(),
            Problems {
                template: Some("Template is broken".to_owned()),
                users: Some("Users is broken".to_owned()),
                ..Problems::default()
            }
        );
        bad(&health, Saved::Users);
        assert!(!told.has_changed().unwrap());
        health.good(&[Saved::Template], "template");
        assert_eq!(told.borrow_and_update().template, None);
        assert!(health.problems().users.is_some());
        assert_eq!(
            *printed.lock().unwrap(),
            [
                "✓ as saved",
                "✗ Template is broken",
                "✗ Users is broken",
                "✗ Users is broken",
                "✓ template"
            ]
        );
    }

    #[test]
    fn a_broken_policy_means_that_the_configuration_was_read() {
        let health = Health::new(Terminal::to(|_| {}));
        bad(&health, Saved::Configuration);
        bad(&health, Saved::Policy);
        assert_eq!(health.problems().configuration, None);
        bad(&health, Saved::Configuration);
        assert!(health.problems().policy.is_some());
        health.good(&[Saved::Policy, Saved::Configuration], "");
        assert_eq!(health.problems(), Problems::default());
    }
}
