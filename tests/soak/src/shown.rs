//! What clients show for themselves: good tokens, tokens that are over, forged, broken, or nothing; and
//! what each of them proves.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tollgate_engine::User;
use tollgate_tests::counterpart::Jwt;

use crate::forger::Forger;
use crate::knowledge::Knowledge;
use crate::outside::Outside;
use crate::people::{self, USERS};
use crate::random::Random;

/// How much earlier than its `exp` a token of [`Class::Aging`] is made: the rest of the 30 s that clocks
/// may be apart is what it lives.
const AGED: Duration = Duration::from_secs(25);

/// How far the function's clock and an issuer's may be apart (identity/README.md, "Signed tokens").
const SKEW: Duration = Duration::from_secs(30);

/// A kind of thing that a client shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A token of tiun.
    Tiun,
    /// A token of the issuer.
    Issuer,
    /// A token of the issuer that ends while it is used, a few seconds after it was made.
    Aging,
    /// A token of tiun that is over.
    ExpiredTiun,
    /// A token of the issuer that has been over for an hour.
    ExpiredIssuer,
    /// A good token with another signature.
    BadSignature,
    /// Somebody else's claims under a good signature.
    OtherClaims,
    /// Signed with another key under the ID of the issuer's.
    OtherKey,
    /// Signed with a key the issuer never had, under an ID of its own.
    UnknownKey,
    /// `alg: none`
    AlgNone,
    /// HS256 with the issuer's public key as the secret.
    PublicKeyAsSecret,
    /// For somebody else.
    OtherAudience,
    /// Of another issuer, signed by this one.
    OtherIssuer,
    /// A token that is none.
    Malformed,
    /// A field that holds no single token.
    Unreadable,
    /// Two tokens, both good.
    Two,
    /// Nothing.
    Nothing,
}

/// How often each is shown, in a thousand.
const MIX: [(Class, usize); 17] = [
    (Class::Tiun, 380),
    (Class::Issuer, 270),
    (Class::Aging, 20),
    (Class::ExpiredTiun, 20),
    (Class::ExpiredIssuer, 20),
    (Class::BadSignature, 40),
    (Class::OtherClaims, 20),
    (Class::OtherKey, 20),
    (Class::UnknownKey, 30),
    (Class::AlgNone, 20),
    (Class::PublicKeyAsSecret, 20),
    (Class::OtherAudience, 10),
    (Class::OtherIssuer, 10),
    (Class::Malformed, 30),
    (Class::Unreadable, 20),
    (Class::Two, 20),
    (Class::Nothing, 50),
];

/// What a client shows.
#[derive(Clone)]
pub struct Shown {
    /// Of which kind it is.
    pub class: Class,
    /// What is sent.
    pub credential: Credential,
    /// What it proves.
    pub proof: Proof,
}

/// What is sent.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    Nothing,
    /// A token, in a place of the event's choice.
    Token(String),
    /// Tokens in two places.
    Two(String, String),
    /// An `Authorization` header that holds none.
    Header(&'static str),
}

/// What something shown proves, and who must be asked for that.
#[derive(Clone)]
pub enum Proof {
    /// Nobody, and nobody is asked.
    Nobody,
    /// Whoever tiun says the user with this number is.
    Account(usize, Arc<Mutex<Knowledge>>),
    /// Nobody, as tiun says.
    NobodyByTiun,
    /// This user, if the issuer's key with this number is one, until the token ends.
    Signed(Arc<User>, usize, Option<Instant>),
    /// Nobody, as the issuer's keys say.
    NobodyByIssuer,
    /// The same, by a key ID that no key has: the function must look for new keys.
    UnknownKey,
}

/// Makes them, and keeps what clients keep: their tokens.
pub struct Wallet {
    forger: Forger,
    tiun: Vec<Kept>,
    issuer: Vec<Kept>,
    aging: Vec<Kept>,
}

/// A token that a client has, until it gets another one.
struct Kept {
    shown: Shown,
    until: Instant,
}

impl Wallet {
    /// With a token for each user.
    pub fn new(outside: &Outside, random: &mut Random) -> Self {
        Self {
            forger: Forger::new(),
            tiun: (0..USERS).map(|user| tiun(outside, user, random)).collect(),
            issuer: (0..USERS)
                .map(|user| issuer(outside, user, random))
                .collect(),
            aging: vec![aging(outside, random)],
        }
    }

    /// Something to show.
    pub fn any(&mut self, outside: &Outside, random: &mut Random) -> Shown {
        let mut left = random.below(MIX.iter().map(|(_, share)| share).sum());
        let class = MIX.iter().find(|(_, share)| {
            let is = left < *share;
            left = left.saturating_sub(*share);
            is
        });
        let (class, _) = *class.unwrap();
        self.of(class, outside, random)
    }

    /// A good token that was never shown, and never will be again.
    pub fn unseen(outside: &Outside, random: &mut Random) -> Shown {
        let user = random.below(USERS);
        issuer(outside, user, random).shown
    }

    fn of(&mut self, class: Class, outside: &Outside, random: &mut Random) -> Shown {
        let user = random.below(USERS);
        match class {
            Class::Tiun => renew(&mut self.tiun[user], || tiun(outside, user, random)),
            Class::Issuer => renew(&mut self.issuer[user], || issuer(outside, user, random)),
            Class::Aging => renew(&mut self.aging[0], || aging(outside, random)),
            Class::Two => {
                let one = self.of(Class::Tiun, outside, random).token();
                let two = self.of(Class::Issuer, outside, random).token();
                Shown {
                    class,
                    credential: Credential::Two(one, two),
                    proof: Proof::Nobody,
                }
            }
            Class::Nothing => Shown {
                class,
                credential: Credential::Nothing,
                proof: Proof::Nobody,
            },
            Class::Unreadable => Shown {
                class,
                credential: Credential::Header(UNREADABLE[random.below(UNREADABLE.len())]),
                proof: Proof::Nobody,
            },
            forged => self.forged(forged, user, outside, random),
        }
    }

    fn forged(
        &mut self,
        class: Class,
        user: usize,
        outside: &Outside,
        random: &mut Random,
    ) -> Shown {
        let now = now();
        let claims = |iat: u64, exp: u64| timed(outside, user, iat, exp);
        let fresh = || claims(now, now + 600);
        let sign = |claims: &Value| outside.issuer.sign(claims).unwrap();
        let (token, proof) = match class {
            Class::ExpiredTiun => (
                outside.tiun.token(people::LATE).unwrap(),
                Proof::NobodyByTiun,
            ),
            Class::ExpiredIssuer => (sign(&claims(now - 7200, now - 3600)), Proof::NobodyByIssuer),
            Class::BadSignature if random.percent(50) => (
                bent(&self.of(Class::Tiun, outside, random).token(), 2, random),
                Proof::NobodyByTiun,
            ),
            Class::BadSignature => (bent(&sign(&fresh()), 2, random), Proof::NobodyByIssuer),
            Class::OtherClaims => {
                let own = sign(&fresh());
                let other = sign(&timed(outside, (user + 1) % USERS, now, now + 600));
                (mixed(&own, &other), Proof::NobodyByIssuer)
            }
            Class::OtherKey => {
                let header = Value::Object(Jwt::read(&sign(&fresh())).header);
                let token = self.forger.es256(&header, &fresh());
                (token, Proof::NobodyByIssuer)
            }
            Class::UnknownKey => (outside.rogue.sign(&fresh()).unwrap(), Proof::UnknownKey),
            // Three parts, the last of them empty, are no token of the issuer's, and so go to tiun.
            Class::AlgNone if random.percent(50) => {
                (Forger::unsigned(&fresh(), b""), Proof::NobodyByTiun)
            }
            Class::AlgNone => (Forger::unsigned(&fresh(), b"none"), Proof::NobodyByIssuer),
            Class::PublicKeyAsSecret => {
                let header = Jwt::read(&sign(&fresh())).header;
                let header = json!({"alg": "HS256", "typ": "JWT", "kid": header["kid"]});
                let token = Forger::hs256(&outside.public_key, &header, &fresh());
                (token, Proof::NobodyByIssuer)
            }
            Class::OtherAudience => {
                let mut claims = fresh();
                claims["aud"] = "https://api.example.net".into();
                (sign(&claims), Proof::NobodyByIssuer)
            }
            Class::OtherIssuer => {
                let mut claims = fresh();
                claims["iss"] = "https://id.example.net".into();
                (sign(&claims), Proof::NobodyByTiun)
            }
            _ => {
                let (token, asks) = random.of(&MALFORMED);
                let proof = if *asks {
                    Proof::NobodyByTiun
                } else {
                    Proof::Nobody
                };
                (token.replace("LONG", &"x".repeat(9000)), proof)
            }
        };
        Shown {
            class,
            credential: Credential::Token(token),
            proof,
        }
    }
}

/// `Authorization` headers without a single token after `Bearer`.
const UNREADABLE: [&str; 6] = [
    "Basic dTpw",
    "Bearer",
    "Bearer ",
    "Bearer  two.blanks.x",
    "Bearer a.b.c d.e.f",
    "Bearer a.b.c, Bearer d.e.f",
];

/// Tokens that nobody made, and whether tiun could have made them, so that it is asked.
const MALFORMED: [(&str, bool); 8] = [
    ("x", true),
    ("a.b.c", true),
    ("...", true),
    ("eyJhbGciOiJub25lIn0.e30.", true),
    ("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOjF9.AAAA", true),
    ("a+b/c==", false),
    ("~", false),
    ("LONG", false),
];

impl Shown {
    fn token(self) -> String {
        match self.credential {
            Credential::Token(token) => token,
            other => panic!("not a token: {other:?}"),
        }
    }
}

fn renew(kept: &mut Kept, make: impl FnOnce() -> Kept) -> Shown {
    if Instant::now() >= kept.until {
        *kept = make();
    }
    kept.shown.clone()
}

/// Kept for two minutes at most: what is known of it ends five after it was first seen.
fn tiun(outside: &Outside, user: usize, random: &mut Random) -> Kept {
    let token = outside.tiun.token(&people::id(user)).unwrap();
    Kept {
        shown: Shown {
            class: Class::Tiun,
            credential: Credential::Token(token),
            proof: Proof::Account(user, Arc::default()),
        },
        until: after(random, 40, 120),
    }
}

/// Kept for longer than old keys are published beside a new one.
fn issuer(outside: &Outside, user: usize, random: &mut Random) -> Kept {
    let now = now();
    let (token, key, claims) = signed(outside, user, now, now + 600);
    Kept {
        shown: Shown {
            class: Class::Issuer,
            credential: Credential::Token(token),
            proof: Proof::Signed(Arc::new(people::signed(&claims)), key, None),
        },
        until: after(random, 20, 60),
    }
}

fn aging(outside: &Outside, random: &mut Random) -> Kept {
    let exp = now() - AGED.as_secs();
    let (token, key, claims) = signed(outside, random.below(USERS), exp - 600, exp);
    // To the second that `exp` is in.
    let end = UNIX_EPOCH + Duration::from_secs(exp) + SKEW;
    let left = end.duration_since(SystemTime::now()).unwrap_or_default();
    let end = Instant::now() + left;
    Kept {
        shown: Shown {
            class: Class::Aging,
            credential: Credential::Token(token),
            proof: Proof::Signed(Arc::new(people::signed(&claims)), key, Some(end)),
        },
        until: end + Duration::from_secs(4),
    }
}

/// A token of the issuer, the number of its key, its claims.
fn signed(outside: &Outside, user: usize, iat: u64, exp: u64) -> (String, usize, Value) {
    let claims = timed(outside, user, iat, exp);
    // Locked, so that the key that signs is the last.
    let known = outside.known();
    let token = outside.issuer.sign(&claims).unwrap();
    (token, known.keys.len() - 1, claims)
}

/// The claims of a user, with issuer and times; no two are alike.
fn timed(outside: &Outside, user: usize, iat: u64, exp: u64) -> Value {
    let mut claims = people::claims(user);
    claims["iss"] = outside.issuer.issuer().into();
    claims["iat"] = iat.into();
    claims["exp"] = exp.into();
    claims["jti"] = outside.number().into();
    claims
}

/// A token with another character in the middle of one of its parts.
fn bent(token: &str, part: usize, random: &mut Random) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let at = 8 + random.below(16);
    let new = if parts[part].as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    parts[part].replace_range(at..=at, new);
    parts.join(".")
}

/// The header and the signature of one token around the claims of another.
fn mixed(own: &str, other: &str) -> String {
    let own: Vec<&str> = own.split('.').collect();
    let claims = other.split('.').nth(1).unwrap();
    [own[0], claims, own[2]].join(".")
}

fn after(random: &mut Random, least: usize, most: usize) -> Instant {
    let seconds = least + random.below(most - least);
    Instant::now() + Duration::from_secs(u64::try_from(seconds).unwrap())
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
