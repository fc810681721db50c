//! A signed token, and everything it can be verified with: this project's verifier, the bare
//! signature check of the same library, and `jsonwebtoken` on that library.

use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RsaKeyPair,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use tollgate_identity::jwk::Keys;
use tollgate_identity::jwt::{self, Algorithm, Audience, Rules, Typ};

const ISSUER: &str = "https://issuer.example/api/v1/projects/4711";
const KID: &str = "VXl8kQ3TvNzE";
const AUDIENCE: &str = "4711";

/// The algorithms that are measured.
pub const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::EdDsa,
    Algorithm::Rs256,
    Algorithm::Hs256,
];

/// One token and its verifiers.
pub struct Token {
    text: String,
    signature: Vec<u8>,
    now: SystemTime,
    keys: Keys,
    rules: Rules,
    bare: Bare,
    other: jsonwebtoken::DecodingKey,
    other_rules: jsonwebtoken::Validation,
}

/// A key of the crypto library.
enum Bare {
    Public(ParsedPublicKey),
    Secret(hmac::Key),
}

impl Token {
    /// Signed by a new key.
    pub fn new(algorithm: Algorithm) -> Self {
        let now = SystemTime::now();
        let header = json!({"alg": algorithm.to_string(), "kid": KID, "typ": "JWT"}).to_string();
        let signed = format!("{}.{}", encode(header), encode(claims(now).to_string()));
        let Signed {
            signature,
            bare,
            keys,
            other,
        } = sign(algorithm, signed.as_bytes());
        let name = algorithm.to_string().parse().expect("a name of JOSE");
        let mut other_rules = jsonwebtoken::Validation::new(name);
        other_rules.set_issuer(&[ISSUER]);
        other_rules.set_audience(&[AUDIENCE]);
        other_rules.validate_nbf = true;
        Self {
            text: format!("{signed}.{}", encode(&signature)),
            signature,
            now,
            keys,
            rules: rules(algorithm),
            bare,
            other,
            other_rules,
        }
    }

    /// The whole verification, as this project does it.
    pub fn verify(&self) -> bool {
        jwt::verify(&self.text, &self.rules, &self.keys, self.now).is_ok()
    }

    /// The signature check alone: decoded signature, prepared key.
    pub fn verify_bare(&self) -> bool {
        let signed = self.text.rsplit_once('.').map_or("", |(signed, _)| signed);
        match &self.bare {
            Bare::Public(key) => key.verify_sig(signed.as_bytes(), &self.signature).is_ok(),
            Bare::Secret(key) => hmac::verify(key, signed.as_bytes(), &self.signature).is_ok(),
        }
    }

    /// The whole verification by `jsonwebtoken`, its key made once.
    pub fn verify_other(&self) -> bool {
        jsonwebtoken::decode::<Map<String, Value>>(&self.text, &self.other, &self.other_rules)
            .is_ok()
    }
}

fn rules(algorithm: Algorithm) -> Rules {
    Rules {
        issuers: vec![ISSUER.to_owned()],
        audience: Some(Audience {
            accepted: vec![AUDIENCE.to_owned()],
            claims: vec!["aud".to_owned()],
        }),
        algorithms: vec![algorithm],
        typ: Typ::Any,
        skew: jwt::DEFAULT_SKEW,
        max_lifetime: None,
    }
}

/// As many claims as a session token of an authentication service has.
fn claims(now: SystemTime) -> Value {
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |age| age.as_secs());
    let lifetime = Duration::from_mins(10).as_secs();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "9b2f7c1e-4a0d-4e53-9f6a-2d1c7be0f3a8",
        "iat": now, "nbf": now, "exp": now + lifetime, "role": "authenticated",
        "name": "Ada Lovelace", "email": "ada@example.com", "email_verified": true,
        "refresh_token_id": "5d0a3f86-71be-4c1b-8a94-e6c3b2f1d907", "is_anonymous": false,
        "selected_team_id": null, "branch_id": "main",
    })
}

struct Signed {
    signature: Vec<u8>,
    bare: Bare,
    keys: Keys,
    other: jsonwebtoken::DecodingKey,
}

fn sign(algorithm: Algorithm, message: &[u8]) -> Signed {
    let random = SystemRandom::new();
    match algorithm {
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
            let pair = pair.expect("a key");
            let point = pair.public_key().as_ref();
            let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
            public(
                pair.sign(&random, message).expect("a signature").as_ref(),
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).expect("a key"),
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
            )
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().expect("a key");
            let key = pair.public_key();
            public(
                pair.sign(message).as_ref(),
                ParsedPublicKey::new(&signature::ED25519, key).expect("a key"),
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(key)}),
            )
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
            let mut signed = vec![0; pair.public_modulus_len()];
            pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signed)
                .expect("a signature");
            // RSAPublicKey of RFC 8017: nine bytes before the modulus, and the exponent 65537.
            let n = &pair.public_key().as_ref()[9..9 + 256];
            let key = PublicKeyComponents {
                n,
                e: &[1, 0, 1][..],
            };
            let key = key.to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256);
            public(
                &signed,
                key.expect("a key"),
                json!({"kty": "RSA", "n": encode(n), "e": "AQAB"}),
            )
        }
        _ => {
            let mut secret = [0; 32];
            rand::fill(&mut secret).expect("random bytes");
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            Signed {
                signature: hmac::sign(&key, message).as_ref().to_vec(),
                bare: Bare::Secret(key),
                keys: Keys::symmetric(&[&secret]).expect("a secret"),
                other: jsonwebtoken::DecodingKey::from_secret(&secret),
            }
        }
    }
}

fn public(signature: &[u8], key: ParsedPublicKey, mut jwk: Value) -> Signed {
    jwk["kid"] = json!(KID);
    let document = json!({ "keys": [&jwk] }).to_string();
    let jwk = serde_json::from_value(jwk).expect("a JWK");
    Signed {
        signature: signature.to_vec(),
        bare: Bare::Public(key),
        keys: Keys::parse(document.as_bytes()).expect("a JWKS"),
        other: jsonwebtoken::DecodingKey::from_jwk(&jwk).expect("a key"),
    }
}

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}
