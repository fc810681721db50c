//! The function behind the authorizer, what watches over it, and the ways into the APIs.

use tollgate_local::template::api::{Api, ApiKind};
use tollgate_local::template::authorizer::Authorizer;
use tollgate_local::template::function::Function;

use super::code::Code;
use super::finding::Finding;
use super::subject::Subject;

/// Time API Gateway gives an authorizer, in seconds ("Quotas for HTTP APIs": 10 000 ms; nothing is
/// documented of REST APIs).
const LONGEST: u64 = 10;

/// Memory below which a cold start takes seconds, in MB.
const LITTLE: u64 = 256;

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for function in &subject.deployment.functions {
        let mut authorizers = subject.authorizers();
        if authorizers.any(|(_, authorizer)| authorizer.function.is(&function.name)) {
            settings(function, findings);
            alarms(subject, function, findings);
        }
    }
    for api in &subject.deployment.apis {
        if api.authorizers.iter().any(Authorizer::is_lambda) {
            ways_in(subject, api, findings);
        }
    }
}

fn settings(function: &Function, findings: &mut Vec<Finding>) {
    let Function {
        name,
        timeout,
        memory,
        ..
    } = function;
    for (what, setting) in [("timeout", timeout), ("memory", memory)] {
        if let Some(text) = setting.unknown() {
            let message = format!("the {what} of {name} is not known: {text}");
            findings.push(Finding::new(Code::UnknownValue, setting.span, message));
        }
    }
    if let Some(seconds) = timeout.known().filter(|seconds| **seconds >= LONGEST) {
        let message = format!("{name} may take {seconds} s");
        findings.push(Finding::new(Code::TimeoutTooLong, timeout.span, message));
    }
    if let Some(megabytes) = memory.known().filter(|megabytes| **megabytes < LITTLE) {
        let message = format!("{name} has {megabytes} MB");
        findings.push(Finding::new(Code::LittleMemory, memory.span, message));
    }
    let levels = function.environment.iter().map(|(_, setting)| setting);
    for level in std::iter::once(&function.log_level).chain(levels) {
        let traces = |text: &String| text.to_ascii_lowercase().contains("trace");
        if level.known().is_some_and(traces) {
            let message = format!("{name} logs whole events, tokens included");
            findings.push(Finding::new(Code::TokensInLogs, level.span, message));
        }
    }
}

fn alarms(subject: &Subject<'_>, function: &Function, findings: &mut Vec<Finding>) {
    let alarms = subject.deployment.alarms.iter();
    let counting =
        alarms.filter(|alarm| alarm.metric == "Errors" && alarm.function.is(&function.name));
    findings.extend(counting.map(|alarm| {
        let message = format!("this alarm counts every 401 of {}", function.name);
        Finding::new(Code::RefusalsAlarm, alarm.span, message)
    }));
}

fn ways_in(subject: &Subject<'_>, api: &Api, findings: &mut Vec<Finding>) {
    let mut stages: Vec<String> = Vec::new();
    for stage in &api.stages {
        let name = match &stage.value {
            Ok(name) | Err(name) => name.clone(),
        };
        if !stages.contains(&name) {
            stages.push(name);
        }
    }
    if stages.len() > 1 {
        let message = format!("{} has the stages {}", api.name, stages.join(", "));
        findings.push(Finding::new(Code::SeveralStages, api.span, message));
    }
    if api.has_domain() && api.endpoint_disabled.is(&false) {
        let message = format!("{} has a domain, and its execute-api address too", api.name);
        findings.push(Finding::new(
            Code::SecondAddress,
            api.endpoint_disabled.span,
            message,
        ));
    }
    let from_authorizer = api
        .key_source
        .known()
        .is_some_and(|source| source == "AUTHORIZER");
    if api.kind == ApiKind::Rest && from_authorizer && !subject.answers.usage_keys {
        let message = "API keys are expected from the authorizer";
        findings.push(Finding::new(
            Code::NoUsageKeys,
            api.key_source.span,
            message,
        ));
    }
}
