//! A function that checks the signature of its event's token with the key in `KEY`, an uncompressed
//! point of P-256 in base64url, and looks at nothing else.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let point = URL_SAFE_NO_PAD.decode(std::env::var("KEY")?)?;
    let key = &UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    let answer = |event: LambdaEvent<Value>| async move {
        let token = event.payload["authorizationToken"].as_str();
        let token = token.and_then(|token| token.strip_prefix("Bearer "));
        let (input, signature) = token.and_then(|it| it.rsplit_once('.')).ok_or("no token")?;
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        key.verify(input.as_bytes(), &signature)
            .map_err(|_| "not signed by the key")?;
        Ok::<_, Error>(
            json!({ "principalId": "u-1", "policyDocument": { "Version": "2012-10-17", "Statement": [] } }),
        )
    };
    run(service_fn(answer)).await
}
