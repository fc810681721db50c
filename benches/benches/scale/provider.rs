//! A provider that is asked about each token (RFC 7662), and takes its time.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tollgate_benches::rules::product;

use crate::server;

/// A token of a user with so many products; each number makes another.
pub fn token(products: usize, number: usize) -> String {
    format!("{products}.{number}")
}

/// Starts one; where it is.
pub async fn start(takes: Duration) -> SocketAddr {
    server::serve(move |asked| async move {
        tokio::time::sleep(takes).await;
        // token=10.4711&token_type_hint=access_token
        let token = asked.body.strip_prefix("token=").unwrap_or_default();
        let products = token
            .split('.')
            .next()
            .and_then(|products| products.parse().ok());
        let products: Vec<_> = (0..products.expect("a token of ours"))
            .map(product)
            .collect();
        let answer = json!({"active": true, "sub": "u-4711", "products": products});
        server::json(answer.to_string())
    })
    .await
}

/// `authorizer.yaml` of a function that asks it; what is known is kept for so long.
pub fn settings(address: SocketAddr, cache_for: &str, scope: &str) -> String {
    format!(
        "providers:\n  - introspection:\n      url: http://{address}/introspect\n      \
         client_id: tollgate\n      client_secret: env:CLIENT_SECRET\n      \
         unchecked: [audience]\n      claims: {{ products: /products }}\n    \
         cache_for: {cache_for}\nanswers: {{ scope: {scope} }}\n"
    )
}
