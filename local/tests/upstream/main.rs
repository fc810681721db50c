//! A server behind the gateway (`--upstream`): what reaches it of a request, and what comes back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

mod answers;
mod encryption;
mod failures;
mod functions;
mod requests;
#[path = "../rig/mod.rs"]
mod rig;
mod server;

use tollgate_local::authorizer::AuthorizerFunction;
use tollgate_local::gateway::{Api, Backend};

use self::rig::Rig;

const HTTP_API: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  F: { Type: AWS::Serverless::Function, Properties: {} }
  Backend:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        All: { Type: HttpApi, Properties: { ApiId: !Ref Http, Path: '/{proxy+}', Method: ANY } }
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: A
        Authorizers:
          A:
            FunctionArn: !GetAtt F.Arn
            AuthorizerPayloadFormatVersion: '2.0'
            EnableSimpleResponses: true
            Identity: { ReauthorizeEvery: 0 }
";

/// An HTTP API with simple responses.
fn http_api() -> Api {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    std::fs::write(&template, HTTP_API).unwrap();
    Api::find(&template, None, None).unwrap().unwrap()
}

/// An authorizer of an HTTP API that lets in with a context.
fn yes(context: &serde_json::Value) -> AuthorizerFunction {
    let answer = serde_json::json!({ "isAuthorized": true, "context": context });
    rig::answer(answer)
}

/// A REST API in front of what is at `url`.
async fn rest(url: &str, authorizer: AuthorizerFunction) -> Rig {
    Rig::of(Api::sample(), Backend::at(url).unwrap(), authorizer).await
}

async fn http(url: &str, authorizer: AuthorizerFunction) -> Rig {
    Rig::of(http_api(), Backend::at(url).unwrap(), authorizer).await
}
