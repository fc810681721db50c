//! Events of API Gateway.

use serde_json::{Value, json};

const API: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main";

/// A REST API's TOKEN event: `GET` on a path.
pub fn rest(path: &str, token: &str) -> Value {
    json!({
        "type": "TOKEN", "methodArn": format!("{API}/GET{path}"),
        "authorizationToken": format!("Bearer {token}"),
    })
}

/// A WebSocket API's connect event.
pub fn websocket(token: &str) -> Value {
    let header = format!("Bearer {token}");
    json!({
        "type": "REQUEST", "methodArn": format!("{API}/$connect"),
        "headers": {"Authorization": header}, "multiValueHeaders": {"Authorization": [header]},
        "requestContext": {
            "routeKey": "$connect", "eventType": "CONNECT", "stage": "main", "apiId": "a1b2c3d4e5",
            "requestId": "UaBcDEfgFiAFqcQ=", "connectionId": "UaBcDcDgFiACJ6A=",
            "requestTimeEpoch": 1_795_253_425_000_u64, "identity": {"sourceIp": "203.0.113.7"},
        },
    })
}
