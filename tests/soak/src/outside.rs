//! All that the function depends on, and what is known of it: tiun, an issuer, SSM.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tollgate_local::fault::Fault;
use tollgate_local::issuer::{Algorithm, IssuerOptions, IssuerStandIn};
use tollgate_local::tiun::{TiunOptions, TiunStandIn};
use tollgate_local::users::{Change, Environment, Session};

use crate::people::{self, AUDIENCE, Account, USERS};
use crate::random::Random;
use crate::ssm::{Mood, Ssm};
use crate::timeline::Timeline;

/// What all keys that tiun knows the function by begin with.
pub const KEY: &str = "soak-key-";

/// The function's surroundings.
pub struct Outside {
    /// The REST provider.
    pub tiun: TiunStandIn,
    /// The issuer of signed tokens.
    pub issuer: IssuerStandIn,
    /// Signs in the issuer's name with a key that the issuer never published.
    pub rogue: IssuerStandIn,
    /// Where tiun's key is kept.
    pub ssm: Ssm,
    /// The issuer's first public key, as its JWKS has it.
    pub public_key: Vec<u8>,
    known: Mutex<Known>,
    numbers: AtomicU64,
}

/// What was so, and when.
pub struct Known {
    /// Whether tiun may have failed to answer, or refused the key that the function has.
    pub tiun_trouble: Timeline<bool>,
    /// Whether the issuer may have failed to answer.
    pub issuer_trouble: Timeline<bool>,
    /// What tiun knew of each user.
    pub accounts: Vec<Timeline<Account>>,
    /// The issuer's keys, the one that signs last.
    pub keys: Vec<SigningKey>,
}

/// A key of the issuer.
#[derive(Debug, Clone, Copy)]
pub struct SigningKey {
    /// Since when it has been published, at the latest.
    pub published: Instant,
    /// Since when the function is known to have it.
    pub learned: Option<Instant>,
    /// When it began to be taken back.
    pub retiring: Option<Instant>,
    /// Since when it has been taken back.
    pub retired: Option<Instant>,
    /// Since when the function is known to have fetched keys without it.
    pub forgotten: Option<Instant>,
}

impl SigningKey {
    fn new() -> Self {
        Self {
            published: Instant::now(),
            learned: None,
            retiring: None,
            retired: None,
            forgotten: None,
        }
    }
}

impl Outside {
    /// Starts everything, well but for SSM, which throttles the first call.
    pub async fn start(random: &mut Random) -> Self {
        let accounts: Vec<Account> = (0..USERS).map(|_| Account::any(random)).collect();
        let tiun = TiunOptions {
            environment: Environment::Live,
            port: 0,
            keys: vec![format!("{KEY}0")],
            users: people::users(&accounts),
        };
        let issuer = issuer(Environment::Live, None).await;
        let rogue = issuer.issuer();
        let jwks = reqwest::get(issuer.jwks_url()).await.unwrap();
        let jwks: Value = serde_json::from_str(&jwks.text().await.unwrap()).unwrap();
        Self {
            tiun: TiunStandIn::start(tiun).await.unwrap(),
            rogue: self::issuer(Environment::Sandbox, Some(rogue)).await,
            issuer,
            ssm: Ssm::start(Mood::ThrottledFirst(1), &format!("{KEY}0")).await,
            public_key: jwks["keys"][0].to_string().into_bytes(),
            numbers: AtomicU64::new(0),
            known: Mutex::new(Known {
                tiun_trouble: Timeline::new(false),
                issuer_trouble: Timeline::new(false),
                accounts: accounts.into_iter().map(Timeline::new).collect(),
                keys: vec![SigningKey {
                    learned: Some(Instant::now()),
                    ..SigningKey::new()
                }],
            }),
        }
    }

    /// A number that was never given before.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// What is known.
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that begins or ends trouble, which `trouble` says; it is known to be there before
    /// it begins, and until after it has ended.
    pub fn trouble(
        &self,
        of: fn(&mut Known) -> &mut Timeline<bool>,
        trouble: bool,
        act: impl FnOnce(),
    ) {
        let begins = trouble && !*of(&mut self.known()).now();
        if begins {
            of(&mut self.known()).change(true);
        }
        act();
        let mut known = self.known();
        let of = of(&mut known);
        if !trouble && *of.now() {
            of.change(false);
        }
        of.changed();
    }

    /// Somebody buys, loses something, signs in or out.
    pub fn change_account(&self, number: usize, account: Account) {
        let change = Change {
            products: Some(account.products.clone()),
            session: Some(if account.active {
                Session::Active
            } else {
                Session::Ended
            }),
            token: None,
        };
        self.known().accounts[number].change(account);
        self.tiun.change_user(&people::id(number), &change).unwrap();
        self.known().accounts[number].changed();
    }

    /// A new key signs the issuer's tokens; the old ones stay published.
    pub fn rotate_keys(&self) {
        // Locked throughout, so that whoever signs knows with which key.
        let mut known = self.known();
        self.issuer.rotate_keys(Algorithm::Es256).unwrap();
        known.keys.push(SigningKey::new());
    }

    /// All keys of the issuer but the one that signs are gone.
    pub fn retire_keys(&self) {
        let now = Instant::now();
        let mut known = self.known();
        let older = known.keys.len() - 1;
        for key in known.keys.iter_mut().take(older) {
            key.retiring.get_or_insert(now);
        }
        self.issuer.retire_keys();
        for key in known.keys.iter_mut().take(older) {
            key.retired.get_or_insert(Instant::now());
        }
    }
}

async fn issuer(environment: Environment, name: Option<String>) -> IssuerStandIn {
    let options = IssuerOptions {
        issuer: name,
        audience: vec![AUDIENCE.to_owned()],
        ..IssuerOptions::development(environment).unwrap()
    };
    IssuerStandIn::start(options).await.unwrap()
}

/// How tiun fails.
pub const TIUN_FAULTS: [fn() -> Fault; 13] = [
    || Fault::Status(500),
    || Fault::Status(502),
    || Fault::Status(503),
    || Fault::Status(429),
    || Fault::Reset,
    || Fault::NoAnswer,
    || Fault::KeyRefused,
    || Fault::Html,
    || Fault::TruncatedJson,
    || Fault::CutOff,
    || Fault::Huge(1 << 20),
    || Fault::Body("no JSON".to_owned()),
    || Fault::Body(r#"{"isAuthenticated":"true","userInfo":{"userId":"u-0"}}"#.to_owned()),
];

/// How tiun is slow, and right.
pub const TIUN_SLOW: [fn() -> Fault; 2] = [
    || Fault::SlowHead(Duration::from_millis(300)),
    || Fault::SlowBody(Duration::from_millis(300)),
];

/// How the issuer fails.
pub const ISSUER_FAULTS: [fn() -> Fault; 7] = [
    || Fault::Status(500),
    || Fault::Status(429),
    || Fault::Reset,
    || Fault::NoAnswer,
    || Fault::Html,
    || Fault::TruncatedJson,
    || Fault::CutOff,
];

/// How SSM fails.
pub const SSM_MOODS: [Mood; 4] = [
    Mood::Throttled,
    Mood::Broken,
    Mood::Slow(Duration::from_millis(700)),
    Mood::Silent,
];
