//! Project Wycheproof's vectors. Their messages are bytes of any kind, which no token is
//! made of, so they enter where [`verify`] has split a token: header and signature are read
//! as ever, and [`check_signature`] decides, by keys from a JWKS.

use wycheproof::TestResult;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;
use crate::jwt::mint::encode;

fn decide(algorithm: Algorithm, keys: &Keys, message: &[u8], signature: &[u8]) -> bool {
    let header = format!(r#"{{"alg":"{algorithm}"}}"#);
    let header = Header::read(header.as_bytes()).ok().unwrap();
    let rules = rules(algorithm);
    Signature::decode(&encode(signature))
        .and_then(|sig| check_signature(&header, message, sig.as_bytes(), &rules, keys))
        .is_ok()
}

/// A set with this key alone, which must be usable.
fn only(jwk: &Value) -> Keys {
    let keys = Keys::parse(&mint::jwks(std::slice::from_ref(jwk))).unwrap();
    assert_eq!(keys.len(), 1, "{jwk}");
    keys
}

/// Counts what was decided, so that an empty file is no success.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    refused: usize,
}

impl Count {
    fn add(&mut self, decided: bool, expected: bool, comment: &str) {
        assert_eq!(decided, expected, "{comment}");
        *if decided {
            &mut self.accepted
        } else {
            &mut self.refused
        } += 1;
    }
}

#[test]
fn ecdsa() {
    use ecdsa::TestName::{
        EcdsaSecp256r1Sha256P1363, EcdsaSecp384r1Sha384P1363, EcdsaSecp521r1Sha512P1363,
    };
    for (name, algorithm, crv, size, total) in [
        (
            EcdsaSecp256r1Sha256P1363,
            Algorithm::Es256,
            "P-256",
            32,
            262,
        ),
        (
            EcdsaSecp384r1Sha384P1363,
            Algorithm::Es384,
            "P-384",
            48,
            280,
        ),
        (
            EcdsaSecp521r1Sha512P1363,
            Algorithm::Es512,
            "P-521",
            66,
            318,
        ),
    ] {
        let mut count = Count::default();
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let (x, y) = group.key.key[1..].split_at(size);
            let jwk = json!({"kty": "EC", "crv": crv, "x": encode(x), "y": encode(y)});
            let keys = only(&jwk);
            for test in group.tests {
                let decided = decide(algorithm, &keys, &test.msg, &test.sig);
                count.add(decided, test.result == TestResult::Valid, &test.comment);
            }
        }
        assert_eq!(count.accepted + count.refused, total, "{crv}");
        assert!(count.accepted > 50 && count.refused > 50, "{count:?}");
    }
}

#[test]
fn ed25519() {
    let mut count = Count::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&group.key.pk)});
        let keys = only(&jwk);
        for test in group.tests {
            let decided = decide(Algorithm::EdDsa, &keys, &test.msg, &test.sig);
            count.add(decided, test.result == TestResult::Valid, &test.comment);
        }
    }
    assert_eq!(count.accepted + count.refused, 151);
    assert!(count.accepted > 50 && count.refused > 50, "{count:?}");
}

#[test]
fn rsa() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha384, Rsa4096Sha512};
    for (name, algorithm) in [
        (Rsa2048Sha256, Algorithm::Rs256),
        (Rsa3072Sha384, Algorithm::Rs384),
        (Rsa4096Sha512, Algorithm::Rs512),
    ] {
        let mut count = Count::default();
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let keys = rsa_keys(&group.key.n, &group.key.e);
            for test in group.tests {
                let decided = decide(algorithm, &keys, &test.msg, &test.sig);
                // What leaves out the parameters of the hash is "acceptable": not here.
                count.add(decided, test.result == TestResult::Valid, &test.comment);
            }
        }
        assert!(count.accepted > 5 && count.refused > 200, "{count:?}");
    }
}

#[test]
fn rsa_pss() {
    use rsa_pss_verify::TestName::{
        RsaPss2048Sha256Mgf1SaltLen32, RsaPss2048Sha384Mgf1SaltLen48, RsaPss4096Sha512Mgf1SaltLen64,
    };
    for (name, algorithm) in [
        (RsaPss2048Sha256Mgf1SaltLen32, Algorithm::Ps256),
        (RsaPss2048Sha384Mgf1SaltLen48, Algorithm::Ps384),
        (RsaPss4096Sha512Mgf1SaltLen64, Algorithm::Ps512),
    ] {
        let mut count = Count::default();
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let keys = rsa_keys(&group.key.n, &group.key.e);
            for test in group.tests {
                let decided = decide(algorithm, &keys, &test.msg, &test.sig);
                count.add(decided, test.result == TestResult::Valid, &test.comment);
            }
        }
        assert!(count.accepted > 5 && count.refused > 30, "{count:?}");
    }
}

fn rsa_keys(n: &[u8], e: &[u8]) -> Keys {
    only(&json!({"kty": "RSA", "n": encode(n), "e": encode(e)}))
}

#[test]
fn hmac() {
    use mac::TestName::{HmacSha256, HmacSha384, HmacSha512};
    for (name, algorithm, size) in [
        (HmacSha256, Algorithm::Hs256, 32),
        (HmacSha384, Algorithm::Hs384, 48),
        (HmacSha512, Algorithm::Hs512, 64),
    ] {
        let mut count = Count::default();
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let decided = Keys::symmetric(&[&test.key])
                    .is_ok_and(|keys| decide(algorithm, &keys, &test.msg, &test.tag));
                // Neither short secrets nor cut tags are JOSE's (RFC 7518 section 3.2).
                let whole = test.key.len() >= size && test.tag.len() == size;
                count.add(
                    decided,
                    whole && test.result == TestResult::Valid,
                    &test.comment,
                );
            }
        }
        assert_eq!(count.accepted + count.refused, 174, "{algorithm}");
        assert!(count.accepted > 20 && count.refused > 50, "{count:?}");
    }
}
