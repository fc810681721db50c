//! A run: events through one function, each judged as soon as it is answered.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tollgate_tests::build;

use crate::event::{Event, Shape};
use crate::function::{Answered, Function};
use crate::gauge::{Sample, Usage};
use crate::knowledge::Knowledge;
use crate::model::{Model, When};
use crate::outcome::Outcome;
use crate::outside::Outside;
use crate::random::Random;
use crate::report::Report;
use crate::shown::{Proof, Shown, Wallet};
use crate::weather::weather;
use crate::{POLICY, Setup};

/// How often memory, files and threads are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What a run is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// How the function is configured.
    pub setup: Setup,
    /// How many events it gets.
    pub events: u64,
    /// Over how much time they are spread; zero is as fast as it goes.
    pub pace: Duration,
    /// How many of them come first, as fast as it goes, each with a token of its own: what the function
    /// remembers is at its bounds then, and what grows from there on is a leak.
    pub fill: u64,
    /// How many it gets at once.
    pub concurrency: usize,
    /// What all choices come from.
    pub seed: u64,
    /// How often to print how it goes.
    pub progress: Option<Duration>,
    /// The policy that the function is given; the model's is [`POLICY`].
    pub policy: String,
}

impl Options {
    /// Sixteen events at once under the model's policy, as fast as it goes, in silence.
    pub fn new(setup: Setup, events: u64, seed: u64) -> Self {
        Self {
            setup,
            events,
            pace: Duration::ZERO,
            fill: 0,
            concurrency: 16,
            seed,
            progress: None,
            policy: POLICY.to_owned(),
        }
    }
}

/// Runs to the end, or to the first wrong answer.
///
/// # Panics
/// When the harness itself is broken.
pub async fn run(options: &Options) -> Report {
    // Before anything listens: it may take minutes, in which no connection here would be served.
    let authorizer = build::binary("authorizer");
    let mut random = Random::new(options.seed, u64::from(options.setup == Setup::Token));
    let outside = Arc::new(Outside::start(&mut random).await);
    let wallet = Wallet::new(&outside, &mut random);
    let (function, _folder) = start(&authorizer, options, &outside).await;
    let run = Arc::new(Run {
        model: Model::new(POLICY, options.setup),
        outside: Arc::clone(&outside),
        function,
        options: options.clone(),
        start: Instant::now(),
        next: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        wallet: Mutex::new((wallet, random)),
        report: Mutex::new(Report {
            name: format!("{:?}", options.setup),
            ..Report::default()
        }),
    });
    let weather = tokio::spawn(weather(outside, Random::new(options.seed, 7)));
    let looks = tokio::spawn(Arc::clone(&run).look());
    let workers: Vec<_> = (0..options.concurrency)
        .map(|_| tokio::spawn(Arc::clone(&run).work()))
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert!(!weather.is_finished(), "the weather has ended");
    weather.abort();
    run.stop.store(true, Ordering::Relaxed);
    let samples = looks.await.unwrap();
    run.end(&samples)
}

/// The function, with a folder of its policy and configuration.
async fn start(authorizer: &Path, options: &Options, outside: &Outside) -> (Function, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = options
        .setup
        .settings(&outside.tiun.url(), &outside.issuer.issuer());
    for (name, text) in [
        ("authorizer.yaml", &settings),
        ("soak.policy", &options.policy),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().display().to_string();
    let variables = [
        ("TOLLGATE_POLICY", path.as_str()),
        ("AWS_ENDPOINT_URL_SSM", outside.ssm.url()),
    ];
    (
        Function::start(authorizer, options.concurrency, &variables).await,
        folder,
    )
}

struct Run {
    model: Model,
    outside: Arc<Outside>,
    function: Function,
    options: Options,
    start: Instant,
    /// The number of the next event.
    next: AtomicU64,
    stop: AtomicBool,
    wallet: Mutex<(Wallet, Random)>,
    report: Mutex<Report>,
}

impl Run {
    /// Sends events, one after the other, until there are enough or one is wrong.
    async fn work(self: Arc<Self>) {
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.options.events {
                return;
            }
            tokio::time::sleep_until(self.due(number).into()).await;
            self.one(number < self.options.fill).await;
        }
    }

    /// When the event with this number is sent.
    fn due(&self, number: u64) -> Instant {
        let Options {
            events, fill, pace, ..
        } = self.options;
        let paced = number.saturating_sub(fill);
        #[expect(clippy::cast_precision_loss, reason = "a pace, not a count")]
        let share = paced as f64 / events.saturating_sub(fill).max(1) as f64;
        self.start + pace.mul_f64(share)
    }

    async fn one(&self, is_new: bool) {
        let (shown, event) = {
            let (wallet, random) = &mut *lock(&self.wallet);
            let shown = if is_new {
                Wallet::unseen(&self.outside, random)
            } else {
                wallet.any(&self.outside, random)
            };
            let event = Event::any(&shown.credential, random);
            (shown, event)
        };
        let knowledge = match &shown.proof {
            Proof::Account(_, knowledge) => Some(knowledge),
            _ => None,
        };
        let sent = match knowledge {
            Some(knowledge) => lock(knowledge).begin(),
            None => Instant::now(),
        };
        let answered = self.function.invoke(&event.value).await;
        let when = When {
            sent,
            answered: Instant::now(),
        };
        let outcome = match &answered {
            Ok(answered) => Outcome::read(answered, &event, self.model.keeps(&event)),
            Err(why) => Outcome::Broken(why.clone()),
        };
        self.judge(&shown, &event, &outcome, when, answered.ok().as_ref());
        if let Some(knowledge) = knowledge {
            self.note(knowledge, &event, &outcome, when);
        }
    }

    fn judge(
        &self,
        shown: &Shown,
        event: &Event,
        outcome: &Outcome,
        when: When,
        answered: Option<&Answered>,
    ) {
        let mut known = self.outside.known();
        let expected = self.model.expected(event, &shown.proof, when, &known);
        // Where nobody is asked about, nobody looks for keys.
        if event.shape != Shape::Foreign && self.model.asks(event) {
            Model::learn(&shown.proof, outcome, when, &mut known);
        }
        let mut report = lock(&self.report);
        report.events += 1;
        report.ambiguous += u64::from(expected.iter().any(|other| *other != expected[0]));
        *report.shapes.entry(event.shape).or_default() += 1;
        let counted = report.outcomes.entry((shown.class, outcome.word()));
        *counted.or_default() += 1;
        if expected.contains(outcome) || report.wrong.is_some() {
            return;
        }
        let Options { seed, setup, .. } = self.options;
        let state = state(&shown.proof, when, &known);
        report.wrong = Some(format!(
            "{:?}, seed {seed}, {setup:?}, {:.3} s after the start, answered after {:?}\nevent: {}\n\
             expected one of: {expected:#?}\ngot: {outcome:#?}\nanswer: {:#?}\nstate:\n{state}\nlog:\n{}",
            shown.class,
            (when.sent - self.start).as_secs_f64(),
            when.answered - when.sent,
            event.value,
            answered.map(|answered| &answered.invoked),
            self.function.log(),
        ));
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Takes note of what an answer tells of what is remembered of a token.
    fn note(&self, knowledge: &Mutex<Knowledge>, event: &Event, outcome: &Outcome, when: When) {
        let proven = match outcome {
            // Whoever is not asked about has no name.
            Outcome::Decision(decision) if decision.user.is_empty() => {
                self.model.asks(event).then_some(false)
            }
            Outcome::Decision(_) => Some(true),
            Outcome::Unauthorized => Some(false),
            _ => None,
        };
        let troubled = Model::tiun_troubled(when, &self.outside.known());
        lock(knowledge).end(when.sent, proven, !troubled);
    }

    /// Looks at what the function takes, until the end.
    async fn look(self: Arc<Self>) -> Vec<Sample> {
        let mut samples = Vec::new();
        let mut printed = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            let sample = self
                .function
                .process()
                .and_then(|id| Sample::take(id, self.start));
            samples.extend(sample);
            if let (Some(progress), Some(sample)) = (self.options.progress, sample)
                && printed.elapsed() >= progress
            {
                printed = Instant::now();
                let report = lock(&self.report);
                let (name, events, seconds) = (&report.name, report.events, sample.at.as_secs());
                println!("{seconds:>5} s {name:<8} {events:>8} events, {sample}");
            }
            tokio::time::sleep(LOOK).await;
        }
        samples
    }

    fn end(&self, samples: &[Sample]) -> Report {
        let mut report = std::mem::take(&mut *lock(&self.report));
        let outside = &self.outside;
        report.took = self.start.elapsed();
        report.calls = [
            outside.tiun.counts().requests,
            outside.issuer.counts().requests,
            outside.ssm.calls(),
        ];
        report.usage = Usage::of(samples);
        match &report.usage {
            Some(usage) => report.leaks = usage.leaks(self.options.concurrency),
            None => report.leaks.push("too short to tell what leaks".to_owned()),
        }
        if let Some(line) = self.function.leak() {
            report.leaks.push(format!("a secret in the log: {line}"));
        }
        report
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was so, in seconds before the event was sent.
fn state(proof: &Proof, when: When, known: &crate::outside::Known) -> String {
    let ago = |then: Instant| {
        when.sent.saturating_duration_since(then).as_secs_f64()
            - then.saturating_duration_since(when.sent).as_secs_f64()
    };
    let from = when
        .sent
        .checked_sub(Duration::from_secs(40))
        .unwrap_or(when.sent);
    let mut state = String::new();
    for (what, timeline) in [
        ("trouble with tiun", &known.tiun_trouble),
        ("trouble with the issuer", &known.issuer_trouble),
    ] {
        for span in timeline
            .between(from, when.answered)
            .filter(|span| span.value)
        {
            let until = span.until.map(ago);
            state += &format!(
                "{what}: from {:.3} s before until {until:?}\n",
                ago(span.from)
            );
        }
    }
    match proof {
        Proof::Account(user, knowledge) => {
            for span in known.accounts[*user].between(from, when.answered) {
                let until = span.until.map(ago);
                let account = &span.value;
                state += &format!(
                    "{account:?}: from {:.3} s before until {until:?}\n",
                    ago(span.from)
                );
            }
            let vouched = lock(knowledge).vouched();
            let vouched = vouched.map(|vouched| (ago(vouched.since), ago(vouched.by)));
            state += &format!("vouched for: {vouched:?} s before\n");
        }
        Proof::Signed(_, key, end) => {
            let key = &known.keys[*key];
            let ago = |then: Option<Instant>| then.map(ago);
            state += &format!(
                "key: published {:?} s before, learned {:?}, retiring {:?}, retired {:?}, forgotten {:?}; token ends {:?}\n",
                ago(Some(key.published)),
                ago(key.learned),
                ago(key.retiring),
                ago(key.retired),
                ago(key.forgotten),
                ago(*end),
            );
        }
        _ => {}
    }
    state
}
