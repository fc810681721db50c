//! Functions, permissions and alarms, of SAM and of CloudFormation alike.

use super::function::{Alarm, Function, Permission};
use super::node::Node;
use super::resource::{self, Resource};
use super::setting::Setting;

/// Time for a call unless it is set, in seconds (CloudFormation, `AWS::Lambda::Function`).
const DEFAULT_TIMEOUT: u64 = 3;
/// Memory unless it is set, in MB.
const DEFAULT_MEMORY: u64 = 128;

/// `AWS::Lambda::Function` or `AWS::Serverless::Function`
pub(super) fn function(resource: &Resource) -> Function {
    let span = resource.span;
    let level = resource.get("LoggingConfig");
    let level = level.and_then(|config| config.get("ApplicationLogLevel"));
    let environment = resource.get("Environment");
    let variables = environment.and_then(|node| node.get("Variables"));
    let variables = variables.into_iter().flat_map(Node::members);
    Function {
        name: resource.name.clone(),
        span,
        timeout: Setting::number(resource.get("Timeout"), DEFAULT_TIMEOUT, span),
        memory: Setting::number(resource.get("MemorySize"), DEFAULT_MEMORY, span),
        log_level: Setting::text(level, "INFO", span),
        environment: variables
            .filter(|(name, _)| ["RUST_LOG", "AWS_LAMBDA_LOG_LEVEL"].contains(&name.node.as_str()))
            .map(|(name, node)| (name.node.clone(), Setting::text(Some(node), "", span)))
            .collect(),
    }
}

/// The permission that SAM makes for a URL of the function that anybody may call.
pub(super) fn url_permission(resource: &Resource) -> Option<Permission> {
    let kind = resource.get("FunctionUrlConfig")?.get("AuthType")?;
    let span = kind.span;
    (kind.text()? == "NONE").then(|| Permission {
        function: Setting::default_of(resource.name.clone(), span),
        principal: Setting::default_of("*".to_owned(), span),
        source: None,
        by_url: true,
        span,
    })
}

/// `AWS::Lambda::Permission`; one that counts only together with that for a URL is none.
pub(super) fn permission(resource: &Resource) -> Option<Permission> {
    let only_by_url = resource.get("InvokedViaFunctionUrl").and_then(Node::truth);
    if only_by_url == Some(true) {
        return None;
    }
    let action = resource.get("Action").and_then(Node::text);
    Some(Permission {
        function: resource::function(resource.get("FunctionName"), resource.span),
        principal: Setting::text(resource.get("Principal"), "", resource.span),
        source: resource.get("SourceArn").cloned(),
        by_url: action == Some("lambda:InvokeFunctionUrl"),
        span: resource.span,
    })
}

/// `AWS::CloudWatch::Alarm` on a metric of a function.
pub(super) fn alarm(resource: &Resource) -> Option<Alarm> {
    if resource.get("Namespace")?.text()? != "AWS/Lambda" {
        return None;
    }
    let dimensions = resource.get("Dimensions")?.items();
    let function = dimensions.iter().find_map(|dimension| {
        // CloudFormation lists names and values, Terraform has a mapping.
        let listed = dimension.get("Name").and_then(Node::text) == Some("FunctionName");
        dimension.get(if listed { "Value" } else { "FunctionName" })
    })?;
    Some(Alarm {
        span: resource.span,
        metric: resource.get("MetricName")?.text()?.to_owned(),
        function: resource::function(Some(function), resource.span),
    })
}
