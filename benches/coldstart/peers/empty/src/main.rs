//! A function that looks at nothing and answers the same each time.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let answer = |_: LambdaEvent<Value>| async {
        Ok::<_, Error>(
            json!({ "principalId": "u-1", "policyDocument": { "Version": "2012-10-17", "Statement": [] } }),
        )
    };
    run(service_fn(answer)).await
}
