//! The events of a REST API.

use serde_json::{Value, json};

use super::{all_values, body_of, headers, last_values, null_if_empty};
use crate::gateway::called::{ACCOUNT, API, Called, DEPLOYMENT, RESOURCE};
use crate::gateway::clock::common_log_time;
use crate::gateway::verdict::Principal;

/// Of a TOKEN authorizer. Its token is the one identity source.
pub(super) fn token_event(called: &Called<'_>, identity: &[String]) -> Value {
    json!({
        "type": "TOKEN",
        "authorizationToken": identity.first(),
        "methodArn": called.arn(),
    })
}

/// Of a REQUEST authorizer.
pub(super) fn request_event(called: &Called<'_>) -> Value {
    let request = called.request;
    let headers = headers(request, called.moment);
    let query = called.query();
    json!({
        "type": "REQUEST",
        "methodArn": called.arn(),
        "resource": called.resource(),
        "path": called.rest_path(),
        "httpMethod": request.method,
        "headers": last_values(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": last_values(&query),
        "multiValueQueryStringParameters": all_values(&query),
        "pathParameters": called.path_parameters(),
        "stageVariables": called.stage_variables(),
        "requestContext": request_context(called),
    })
}

/// Of a Lambda proxy integration.
pub(super) fn proxy_event(
    called: &Called<'_>,
    principal: Option<Principal<'_>>,
    body: &[u8],
) -> Value {
    let request = called.request;
    let headers = headers(request, called.moment);
    let query = called.query();
    let mut request_context = request_context(called);
    if let (Some(principal), Some(members)) = (principal, request_context.as_object_mut()) {
        members.insert("authorizer".to_owned(), principal.authorizer().into());
    }
    let (body, encoded) = body_of(body);
    json!({
        "resource": called.resource(),
        "path": called.rest_path(),
        "httpMethod": request.method,
        "headers": last_values(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": null_if_empty(last_values(&query)),
        "multiValueQueryStringParameters": null_if_empty(all_values(&query)),
        "pathParameters": null_if_empty(called.path_parameters()),
        "stageVariables": null_if_empty(called.stage_variables()),
        "requestContext": request_context,
        "body": body,
        "isBase64Encoded": encoded,
    })
}

fn request_context(called: &Called<'_>) -> Value {
    let (request, moment) = (called.request, called.moment);
    let domain = request.domain_name();
    json!({
        "accountId": ACCOUNT,
        "apiId": API,
        "deploymentId": DEPLOYMENT,
        "domainName": domain,
        "domainPrefix": domain.split('.').next().unwrap_or_default(),
        "extendedRequestId": moment.extended_request_id(),
        "httpMethod": request.method,
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": request.source_ip.to_canonical().to_string(),
            "user": null,
            "userAgent": request.header("user-agent"),
            "userArn": null,
        },
        "path": called.staged_path(),
        "protocol": request.protocol,
        "requestId": moment.request_id,
        "requestTime": common_log_time(moment.epoch_ms),
        "requestTimeEpoch": moment.epoch_ms,
        "resourceId": RESOURCE,
        "resourcePath": called.resource(),
        "stage": called.api.stage(),
    })
}
