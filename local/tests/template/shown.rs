//! What was read of a description, a line a thing.

use std::fmt::Write as _;
use std::path::Path;

use tollgate_grammar::{Sources, Span};
use tollgate_local::template::Deployment;
use tollgate_local::template::api::{Api, ApiKind, Guard};
use tollgate_local::template::authorizer::Authorizer;
use tollgate_local::template::cors::Cors;
use tollgate_local::template::node::Node;
use tollgate_local::template::setting::Setting;

pub fn read(path: &Path) -> String {
    let mut sources = Sources::default();
    match Deployment::read(path, &mut sources) {
        Ok(deployment) => Shown(&sources).deployment(&deployment),
        Err(error) => {
            let folder = format!("{}/", path.parent().unwrap().display());
            format!("error {}\n", error.to_string().replace(&folder, ""))
        }
    }
}

fn shown_cors(cors: &Cors) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "of [{}] methods {} headers {} exposed {} age {} credentials {}",
        cors.origins.join(", "),
        text(&cors.methods),
        text(&cors.headers),
        text(&cors.exposed),
        text(&cors.max_age),
        cors.credentials
    )
}

/// Everything of a model in lines, each with where it is written.
struct Shown<'s>(&'s Sources);

impl Shown<'_> {
    fn deployment(&self, deployment: &Deployment) -> String {
        let mut text = String::new();
        for api in &deployment.apis {
            self.api(&mut text, api);
        }
        for function in &deployment.functions {
            let (timeout, memory) = (setting(&function.timeout), setting(&function.memory));
            let (name, level) = (&function.name, setting(&function.log_level));
            let at = self.place(function.span);
            writeln!(
                text,
                "function {name}: {timeout} s, {memory} MB, logs {level} {at}"
            )
            .unwrap();
            for (name, value) in &function.environment {
                writeln!(text, "  {name}={}", setting(value)).unwrap();
            }
        }
        for permission in &deployment.permissions {
            let (function, principal) = (
                setting(&permission.function),
                setting(&permission.principal),
            );
            let source = permission.source.as_ref();
            let source = source.map_or("anywhere".to_owned(), Node::shown);
            let at = self.place(permission.span);
            writeln!(
                text,
                "permission {function} to {principal} from {source} {at}"
            )
            .unwrap();
        }
        for alarm in &deployment.alarms {
            let (metric, function) = (&alarm.metric, setting(&alarm.function));
            writeln!(
                text,
                "alarm {metric} of {function} {}",
                self.place(alarm.span)
            )
            .unwrap();
        }
        for unread in &deployment.unread {
            writeln!(text, "unread {} {}", unread.what, self.place(unread.span)).unwrap();
        }
        text
    }

    fn api(&self, text: &mut String, api: &Api) {
        let (kind, name) = (api.kind.name(), &api.name);
        writeln!(text, "{kind} {name} {}", self.place(api.span)).unwrap();
        for stage in &api.stages {
            writeln!(text, "  stage {}", setting(stage)).unwrap();
        }
        for variable in &api.variables {
            let (name, value, stage) = (&variable.name, &variable.value, &variable.stage);
            writeln!(text, "  variable {name}={value} of {}", setting(stage)).unwrap();
        }
        for authorizer in &api.authorizers {
            self.authorizer(text, authorizer);
        }
        for route in &api.routes {
            let guard = match &route.guard {
                Guard::Open => "open".to_owned(),
                Guard::Authorizer(name) => format!("by {name}"),
                Guard::Other(name) => format!("by {name} of AWS"),
                Guard::Unknown(text) => format!("unknown {text}"),
            };
            let made = if route.preflight { " preflight" } else { "" };
            let (route, at) = (route.shown(), self.place(route.span));
            writeln!(text, "  route {route} {guard}{made} {at}").unwrap();
        }
        for response in &api.gateway_responses {
            let kind = &response.kind;
            let status = response.status.map_or(String::new(), |it| format!("{it} "));
            let headers = response.headers.iter();
            let headers: Vec<_> = headers.map(|(name, of)| format!("{name}: {of}")).collect();
            let bodies = response.templates.iter();
            let bodies: Vec<_> = bodies.map(|(of, body)| format!("{of} {body}")).collect();
            let (headers, bodies) = (headers.join(", "), bodies.join(" "));
            let at = self.place(response.span);
            writeln!(text, "  response {kind} {status}[{headers}] {bodies} {at}").unwrap();
        }
        let mut place = |what: &str, span: Option<&Span>| {
            if let Some(span) = span {
                writeln!(text, "  {what} {}", self.place(*span)).unwrap();
            }
        };
        if let Some(cors) = &api.cors {
            place(&format!("cors {}", shown_cors(cors)), Some(&cors.span));
        }
        place("security of the document", api.root_security.as_ref());
        for allow in &api.policy_allows {
            place("policy allows", Some(allow));
        }
        if api.key_source.written {
            writeln!(text, "  keys from {}", setting(&api.key_source)).unwrap();
        }
        if api.endpoint_disabled.written {
            writeln!(text, "  endpoint off {}", setting(&api.endpoint_disabled)).unwrap();
        }
        for mapping in &api.mappings {
            let stage = mapping.stage.as_ref();
            let stage = stage.map_or("named by callers".to_owned(), setting);
            let path = setting(&mapping.base_path);
            let at = self.place(mapping.span);
            writeln!(text, "  mapped to /{path}, stage {stage} {at}").unwrap();
        }
        if api.kind == ApiKind::WebSocket {
            let selection = setting(&api.route_selection);
            let answering = api.answering.join(", ");
            writeln!(text, "  messages by {selection}, answered by [{answering}]").unwrap();
        }
    }

    fn authorizer(&self, text: &mut String, authorizer: &Authorizer) {
        let (name, kind) = (&authorizer.name, &authorizer.kind);
        let (function, ttl) = (setting(&authorizer.function), setting(&authorizer.ttl));
        let at = self.place(authorizer.span);
        write!(text, "  authorizer {name} {kind:?} {function} ttl {ttl}").unwrap();
        if authorizer.payload.written {
            write!(text, " payload {}", setting(&authorizer.payload)).unwrap();
        }
        if authorizer.simple.written {
            write!(text, " simple {}", setting(&authorizer.simple)).unwrap();
        }
        let sources = authorizer
            .identity
            .iter()
            .map(|source| source.node.to_string());
        let sources: Vec<String> = sources.collect();
        write!(text, " [{}]", sources.join(", ")).unwrap();
        if let Some(validation) = &authorizer.validation {
            write!(text, " must match {}", setting(validation)).unwrap();
        }
        if authorizer.has_role {
            write!(text, " by a role").unwrap();
        }
        writeln!(text, " {at}").unwrap();
    }

    fn place(&self, span: Span) -> String {
        let file = self.0.file(span.file).unwrap();
        let name = Path::new(file.name()).file_name().unwrap().display();
        let place = file.place(span.start);
        // Of the one line of a plan the column says too much: it moves with every edit.
        match name.to_string() {
            plan if plan == "plan.json" => String::from("@plan"),
            name => format!("@{name}:{}", place.line),
        }
    }
}

/// A value; a default in parentheses, an unknown one after a question mark.
fn setting<T: std::fmt::Display>(setting: &Setting<T>) -> String {
    match &setting.value {
        Ok(value) if setting.written => value.to_string(),
        Ok(value) => format!("({value})"),
        Err(text) => format!("?{text}"),
    }
}
