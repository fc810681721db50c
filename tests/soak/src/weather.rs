//! What goes wrong outside, and gets well again: a schedule of its own for each thing, from one seed.
//!
//! | what | well for | then |
//! |---|---|---|
//! | tiun | 9 to 16 s | fails in one of many ways for 0.5 to 2.5 s; one time in five it is only slow |
//! | the issuer | 9 to 16 s | the same |
//! | SSM | 5 to 10 s | throttles, fails, is slow or silent for 1 to 4 s |
//! | tiun's key | 25 to 40 s | is changed there and in SSM: at once, or in one of them 2.5 s before the other |
//! | the issuer's keys | 40 to 60 s | a new one signs; 20 s later the old ones are gone |
//! | somebody's account | 0.4 to 0.9 s | is another one |

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::outside::{ISSUER_FAULTS, KEY, Outside, SSM_MOODS, TIUN_FAULTS, TIUN_SLOW};
use crate::people::{Account, USERS};
use crate::random::Random;
use crate::ssm::Mood;

/// How long SSM must have been well after a change of tiun's key, until nothing of it is left: the
/// function reads a refused key again at most once a second.
const SETTLED: Duration = Duration::from_secs(3);

/// Between the two places where tiun's key is changed.
const APART: Duration = Duration::from_millis(2500);

/// Between a new signing key and the end of the old ones.
const OVERLAP: Duration = Duration::from_secs(20);

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_millis(20);

/// Runs until it is dropped.
pub async fn weather(outside: Arc<Outside>, mut random: Random) {
    let mut weather = Weather::new(outside, &mut random);
    loop {
        weather.step(&mut random);
        tokio::time::sleep(TICK).await;
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "four troubles that come and go by themselves"
)]
struct Weather {
    outside: Arc<Outside>,
    tiun: Due,
    /// Whether tiun fails, and whether it is slow.
    tiun_fails: bool,
    tiun_slow: bool,
    issuer: Due,
    issuer_fails: bool,
    ssm: Due,
    ssm_well_since: Option<Instant>,
    key: Due,
    rotation: Rotation,
    /// The number of the key in use.
    number: u32,
    signing: Due,
    two_signing: bool,
    account: Due,
}

/// How far a change of tiun's key is.
#[derive(Clone, Copy)]
enum Rotation {
    Settled,
    StoredFirst,
    AcceptedFirst,
    Done(Instant),
}

/// When something is due.
struct Due(Instant);

impl Due {
    fn within(random: &mut Random, millis: std::ops::Range<usize>) -> Self {
        let span = millis.start + random.below(millis.len());
        Self(Instant::now() + Duration::from_millis(u64::try_from(span).unwrap()))
    }

    fn is(&self) -> bool {
        Instant::now() >= self.0
    }
}

impl Weather {
    /// The first of everything comes soon, so that a short run has seen it.
    fn new(outside: Arc<Outside>, random: &mut Random) -> Self {
        Self {
            outside,
            tiun: Due::within(random, 2_000..3_000),
            tiun_fails: false,
            tiun_slow: false,
            issuer: Due::within(random, 3_000..5_000),
            issuer_fails: false,
            ssm: Due::within(random, 1_000..2_000),
            ssm_well_since: Some(Instant::now()),
            key: Due::within(random, 4_000..6_000),
            rotation: Rotation::Settled,
            number: 0,
            signing: Due::within(random, 5_000..7_000),
            two_signing: false,
            account: Due::within(random, 100..200),
        }
    }

    fn step(&mut self, random: &mut Random) {
        if self.tiun.is() {
            self.turn_tiun(random);
        }
        if self.issuer.is() {
            self.turn_issuer(random);
        }
        if self.ssm.is() {
            self.turn_ssm(random);
        }
        self.turn_key(random);
        if self.signing.is() {
            self.turn_signing(random);
        }
        if self.account.is() {
            let account = Account::any(random);
            self.outside.change_account(random.below(USERS), account);
            self.account = Due::within(random, 400..900);
        }
    }

    fn turn_tiun(&mut self, random: &mut Random) {
        if self.tiun_fails || self.tiun_slow {
            (self.tiun_fails, self.tiun_slow) = (false, false);
            self.tiun_trouble(|outside| outside.tiun.recover());
            self.tiun = Due::within(random, 9_000..16_000);
            return;
        }
        self.tiun_slow = random.percent(20);
        self.tiun_fails = !self.tiun_slow;
        let faults: &[_] = if self.tiun_slow {
            &TIUN_SLOW
        } else {
            &TIUN_FAULTS
        };
        let fault = random.of(faults)();
        self.tiun_trouble(|outside| outside.tiun.fail(fault));
        self.tiun = Due::within(random, 500..2_500);
    }

    fn turn_issuer(&mut self, random: &mut Random) {
        self.issuer_fails = !self.issuer_fails;
        let outside = &self.outside;
        if self.issuer_fails {
            let fault = random.of(&ISSUER_FAULTS)();
            outside.trouble(
                |known| &mut known.issuer_trouble,
                true,
                || {
                    outside.issuer.fail(fault);
                },
            );
            self.issuer = Due::within(random, 500..2_500);
        } else {
            outside.trouble(
                |known| &mut known.issuer_trouble,
                false,
                || {
                    outside.issuer.recover();
                },
            );
            self.issuer = Due::within(random, 9_000..16_000);
        }
    }

    fn turn_ssm(&mut self, random: &mut Random) {
        if self.ssm_well_since.take().is_some() {
            let mood = *random.of(&SSM_MOODS);
            self.tiun_trouble(|outside| outside.ssm.set(mood));
            self.ssm = Due::within(random, 1_000..4_000);
        } else {
            self.ssm_well_since = Some(Instant::now());
            self.tiun_trouble(|outside| outside.ssm.set(Mood::Well));
            self.ssm = Due::within(random, 5_000..10_000);
        }
    }

    fn turn_key(&mut self, random: &mut Random) {
        let (old, new) = (
            format!("{KEY}{}", self.number),
            format!("{KEY}{}", self.number + 1),
        );
        match self.rotation {
            Rotation::Settled if self.key.is() => {
                self.rotation = *random.of(&[
                    Rotation::StoredFirst,
                    Rotation::AcceptedFirst,
                    Rotation::Done(Instant::now()),
                ]);
                let rotation = self.rotation;
                self.tiun_trouble(|outside| {
                    if !matches!(rotation, Rotation::AcceptedFirst) {
                        outside.ssm.put(&new);
                    }
                    match rotation {
                        Rotation::AcceptedFirst => outside.tiun.set_keys([old, new]),
                        Rotation::Done(_) => outside.tiun.set_keys([new]),
                        Rotation::StoredFirst | Rotation::Settled => {}
                    }
                });
                if matches!(rotation, Rotation::Done(_)) {
                    self.number += 1;
                } else {
                    self.key = Due(Instant::now() + APART);
                }
            }
            Rotation::StoredFirst | Rotation::AcceptedFirst if self.key.is() => {
                self.outside.ssm.put(&new);
                self.outside.tiun.set_keys([new]);
                self.rotation = Rotation::Done(Instant::now());
                self.number += 1;
            }
            Rotation::Done(then) => {
                let well = self.ssm_well_since.map(|since| since.max(then).elapsed());
                if well.is_some_and(|well| well >= SETTLED) {
                    self.rotation = Rotation::Settled;
                    self.tiun_trouble(|_| {});
                    self.key = Due::within(random, 25_000..40_000);
                }
            }
            _ => {}
        }
    }

    fn turn_signing(&mut self, random: &mut Random) {
        if self.two_signing {
            self.outside.retire_keys();
            self.signing = Due::within(random, 20_000..40_000);
        } else {
            self.outside.rotate_keys();
            self.signing = Due(Instant::now() + OVERLAP);
        }
        self.two_signing = !self.two_signing;
    }

    /// Does something after which there is trouble with tiun, or none.
    ///
    /// SSM alone is none: the key at hand serves. With tiun slow as well there may be too little time
    /// for both.
    fn tiun_trouble(&self, act: impl FnOnce(&Outside)) {
        let is_settled = matches!(self.rotation, Rotation::Settled);
        let both_slow = self.tiun_slow && self.ssm_well_since.is_none();
        let trouble = self.tiun_fails || both_slow || !is_settled;
        let outside = &self.outside;
        outside.trouble(|known| &mut known.tiun_trouble, trouble, || act(outside));
    }
}
