//! The examples of the RFCs. Their payloads lack `sub`, or are not claims at all: what is
//! asked is that the refusal is for that, and comes after a right signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// RFC 7515 appendix A.1.1, and RFC 7519 section 3.1.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// Before the `exp` of the claims above, and after it.
const IN_TIME: u64 = 1_300_819_379;
const TOO_LATE: u64 = 1_300_819_380;

fn at(token: &str, algorithm: Algorithm, keys: &Keys, now: u64) -> Refusal {
    let rules = Rules {
        issuers: vec!["joe".into()],
        audience: None,
        ..rules(algorithm)
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    verify(token, &rules, keys, now).unwrap_err()
}

fn jwks(jwk: &str) -> Keys {
    let keys = Keys::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).unwrap();
    assert_eq!((keys.len(), keys.skipped()), (1, 0));
    keys
}

/// The refusals of a token whose signature is right, in and out of time, and of the same
/// with a character of its payload changed.
fn check(header: &str, payload: &str, signature: &str, algorithm: Algorithm, keys: &Keys) {
    let token = format!("{header}.{payload}.{signature}");
    let (in_time, too_late) = if payload == CLAIMS {
        (Refusal::Subject, Refusal::Expired)
    } else {
        (Refusal::Payload, Refusal::Payload)
    };
    assert_eq!(at(&token, algorithm, keys, IN_TIME), in_time, "{algorithm}");
    assert_eq!(
        at(&token, algorithm, keys, TOO_LATE),
        too_late,
        "{algorithm}"
    );
    let changed = format!("{header}.f{}.{signature}", &payload[1..]);
    // Without a `kid` a newer key of the issuer could be the one.
    let wrong = if algorithm.is_symmetric() {
        Refusal::Signature
    } else {
        Refusal::UnknownKey
    };
    assert_eq!(at(&changed, algorithm, keys, IN_TIME), wrong, "{algorithm}");
}

#[test]
fn rfc_7515_appendix_a_1_hs256() {
    let secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let secret = URL_SAFE_NO_PAD.decode(secret).unwrap();
    check(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        CLAIMS,
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        Algorithm::Hs256,
        &Keys::symmetric(&[&secret]).unwrap(),
    );
}

#[test]
fn rfc_7515_appendix_a_2_rs256() {
    let jwk = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
    check(
        "eyJhbGciOiJSUzI1NiJ9",
        CLAIMS,
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        Algorithm::Rs256,
        &jwks(jwk),
    );
}

#[test]
fn rfc_7515_appendix_a_3_es256() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    check(
        "eyJhbGciOiJFUzI1NiJ9",
        CLAIMS,
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        Algorithm::Es256,
        &jwks(jwk),
    );
}

#[test]
fn rfc_7515_appendix_a_4_es512() {
    let jwk = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#;
    check(
        "eyJhbGciOiJFUzUxMiJ9",
        "UGF5bG9hZA",
        "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        Algorithm::Es512,
        &jwks(jwk),
    );
}

/// Also RFC 7519 section 6.1.
#[test]
fn rfc_7515_appendix_a_5_none() {
    let keys = Keys::parse(br#"{"keys":[]}"#).unwrap();
    let token = format!("eyJhbGciOiJub25lIn0.{CLAIMS}.");
    let refusal = at(&token, Algorithm::Es256, &keys, IN_TIME);
    assert_eq!(refusal, Refusal::NotCompact);
    let refusal = at(&format!("{token}AAAA"), Algorithm::Es256, &keys, IN_TIME);
    assert_eq!(refusal, Refusal::Algorithm);
}

#[test]
fn rfc_8037_appendix_a_4_ed25519() {
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    check(
        "eyJhbGciOiJFZERTQSJ9",
        "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        Algorithm::EdDsa,
        &jwks(jwk),
    );
}
