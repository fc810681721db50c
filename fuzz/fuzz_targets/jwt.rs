//! Tokens. One is verified only if it is one of those truly signed, to the letter; and what is truly
//! signed only if its claims hold.
//!
//! The bytes are a token as it stands; or, where the first is a small number, changes to a signed one;
//! or a header and a payload with a zero between, which are signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use tollgate_fuzz::token::{self, AUDIENCE, ISSUER, NOW, SECRET};
use tollgate_identity::jwk::Keys;
use tollgate_identity::jwt::{self, DEFAULT_SKEW, Rules};

struct Issuer {
    public: Keys,
    secret: Keys,
    /// Each public key, as bytes that could be taken for a secret.
    confusing: Vec<Vec<u8>>,
    rules: Rules,
    tokens: Vec<String>,
}

static ISSUED: LazyLock<Issuer> = LazyLock::new(|| {
    let issuer = Issuer {
        public: token::public_keys(),
        secret: token::secret_keys(),
        confusing: token::jwks()
            .iter()
            .flat_map(|key| [key["x"].as_str(), key["n"].as_str()])
            .filter_map(|text| token::integer(text?))
            .collect(),
        rules: token::rules(),
        tokens: token::all(),
    };
    for token in &issuer.tokens {
        assert!(issuer.verified(token).is_some(), "not taken: {token}");
    }
    issuer
});

impl Issuer {
    /// The claims of a token that either kind of key verifies.
    fn verified(&self, token: &str) -> Option<Map<String, Value>> {
        let verify = |keys| jwt::verify(token, &self.rules, keys, token::now()).ok();
        let (public, secret) = (verify(&self.public), verify(&self.secret));
        assert!(public.is_none() || secret.is_none(), "two keys: {token}");
        public.or(secret).map(|verified| verified.claims)
    }

    /// Whether this is one of the tokens. Of ECDSA's signatures everybody can make a second one.
    fn issued(&self, token: &str) -> bool {
        let signed = |token: &'_ str| token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
        let mut tokens = self.tokens.iter();
        tokens.any(|own| own == token || (own.starts_with(ECDSA) && signed(own) == signed(token)))
    }
}

/// How a header starts that says `{"alg":"ES`.
const ECDSA: &str = "eyJhbGciOiJFU";

fuzz_target!(|bytes: &[u8]| {
    match bytes {
        [first, changes @ ..] if *first < 0x09 => {
            let number = usize::from(*first) % ISSUED.tokens.len();
            as_it_stands(&changed(&ISSUED.tokens[number], changes));
        }
        _ => match bytes.iter().position(|byte| *byte == 0) {
            Some(zero) => signed(&bytes[..zero], &bytes[zero + 1..]),
            None => as_it_stands(bytes),
        },
    }
});

fn as_it_stands(token: &[u8]) {
    let Ok(token) = str::from_utf8(token) else {
        return;
    };
    jwt::unverified_issuer(token);
    if ISSUED.verified(token).is_some() {
        assert!(ISSUED.issued(token), "forged: {token}");
    }
}

/// Longest token that is made longer, in bytes: several times what is read of one.
const LONGEST: usize = 64 * 1024;

/// A token with some of its bytes changed: three bytes of a change say how, and where.
fn changed(token: &str, changes: &[u8]) -> Vec<u8> {
    let mut token = token.as_bytes().to_vec();
    for change in changes.chunks_exact(3) {
        let [how, high, low] = *change else {
            return token;
        };
        let place = usize::from(u16::from_be_bytes([high, low])) % token.len().max(1);
        match how {
            0..0x20 if !token.is_empty() => drop(token.remove(place)),
            0x20..0x80 => token.insert(place, how),
            0x80..0xa0 => token.truncate(place),
            // Twice as long each time, were there no end to it.
            0xa0..0xc0 if token.len() <= LONGEST => token.extend_from_within(place..),
            _ if !token.is_empty() => token[place] ^= 1 << (how % 7),
            _ => {}
        }
    }
    token
}

/// A header and a payload, signed with all there is.
fn signed(header: &[u8], payload: &[u8]) {
    let (Ok(header), Ok(payload)) = (str::from_utf8(header), str::from_utf8(payload)) else {
        return;
    };
    for secret in &ISSUED.confusing {
        let token = token::hs256(header, payload, secret);
        assert!(
            ISSUED.verified(&token).is_none(),
            "a public key as a secret: {token}"
        );
    }
    let signed: [(_, &[_]); 2] = [
        (token::eddsa(header, payload), &["EdDSA", "Ed25519"]),
        (token::hs256(header, payload, SECRET.as_bytes()), &["HS256"]),
    ];
    for (token, names) in signed {
        if let Some(claims) = ISSUED.verified(&token) {
            assert!(is_plain(header, names), "header taken: {header}");
            let read: Value = serde_json::from_str(payload).expect("a payload");
            assert_eq!(read.as_object(), Some(&claims), "other claims: {payload}");
            assert!(hold(&claims), "claims taken: {payload}");
        }
    }
}

/// Whether a header asks for the algorithm of these names and for nothing that changes what it means.
fn is_plain(header: &str, names: &[&str]) -> bool {
    let header: Value = serde_json::from_str(header).expect("a header");
    let refused = ["crit", "b64", "zip", "enc"];
    names.iter().any(|name| header["alg"] == *name)
        && refused.iter().all(|name| header.get(name).is_none())
}

/// RFC 7519, section 4.1.
fn hold(claims: &Map<String, Value>) -> bool {
    let (now, skew) = (NOW as f64, DEFAULT_SKEW.as_secs_f64());
    let time = |name| {
        claims
            .get(name)
            .map(|time| time.as_f64().unwrap_or(f64::NAN))
    };
    let audience = match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().any(|one| one == AUDIENCE),
        one => one.is_some_and(|one| one == AUDIENCE),
    };
    let subject = claims.get("sub").and_then(Value::as_str);
    claims.get("iss").is_some_and(|issuer| issuer == ISSUER)
        && audience
        && subject.is_some_and(|subject| !subject.is_empty() && subject.len() <= jwt::MAX_SUBJECT)
        && time("exp").is_some_and(|exp| exp + skew > now)
        && time("nbf").is_none_or(|nbf| nbf < now + skew + 1.0)
        && time("iat").is_none_or(|iat| iat < now + skew + 1.0)
}
