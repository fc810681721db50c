//! A deployment description into one plain model: the APIs, their routes and authorizers, the
//! functions behind them. Read are SAM, CloudFormation (YAML and JSON), the OpenAPI documents in or
//! beside them, and the plan of Terraform as JSON.
//!
//! ```text
//! file ─► yaml (places) ─► include ─► intrinsic ─► resources ─┐
//!                      └─► terraform ────────────► resources ─┴─► apis, functions, permissions
//! ```

pub mod api;
pub mod authorizer;
pub mod cors;
pub mod function;
pub mod mapping;
pub mod node;
pub mod setting;
pub mod yaml;

mod include;
mod intrinsic;
mod lambda;
mod link;
mod openapi;
mod resource;
mod rest;
mod sam;
mod terraform;
mod v2;

use std::fmt;
use std::path::Path;

use tollgate_grammar::{Place, Sources, Span};

use api::Api;
use function::{Alarm, Function, Permission};
use include::Files;
use node::{Node, Value};
use resource::Resource;
use sam::SamApi;

/// Longest file, in bytes: a plan of a large Terraform project.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What a description deploys, as far as it matters to an authorizer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deployment {
    /// The APIs.
    pub apis: Vec<Api>,
    /// The functions.
    pub functions: Vec<Function>,
    /// Who may invoke which function.
    pub permissions: Vec<Permission>,
    /// Alarms on metrics of functions.
    pub alarms: Vec<Alarm>,
    /// What is described elsewhere, or in a way that is not understood.
    pub unread: Vec<Unread>,
}

/// Something that could not be read, so that nothing is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where it is named.
    pub span: Span,
    /// What it is.
    pub what: String,
}

/// A description that cannot be read: file, place, reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    file: String,
    place: Option<Place>,
    message: String,
}

impl ReadError {
    /// The file that cannot be read.
    pub fn file(&self) -> &str {
        &self.file
    }

    fn new(file: &str, place: Option<Place>, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            place,
            message: message.into(),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(Place { line, column }) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ReadError {}

impl Deployment {
    /// Reads a description. It and the files it names are added to the sources, which all places
    /// are in.
    ///
    /// # Errors
    /// What cannot be read and why.
    pub fn read(path: &Path, sources: &mut Sources) -> Result<Self, ReadError> {
        let tree = include::open(path, sources)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.display().to_string();
        let is = |member: &str| tree.get(member).is_some();
        if is("planned_values") {
            return Ok(Self::of(&terraform::resources(&tree), Vec::new()));
        }
        if !matches!(
            tree.get("Resources").map(|node| &node.value),
            Some(Value::Map(_))
        ) {
            return Err(ReadError::new(&name, None, unlike(&tree)));
        }
        let mut files = Files::new(folder, sources);
        let tree = files.put_in(tree)?;
        let mut unread = files.unread;
        let made = tree.get("Resources").into_iter().flat_map(Node::members);
        let made = made.filter(|(name, _)| name.node.starts_with("Fn::"));
        unread.extend(made.map(|(name, _)| Unread {
            span: name.span,
            what: format!("what {} makes", name.node),
        }));
        let mut resources = resource::of_template(&tree);
        sam::with_globals(&tree, &mut resources);
        Ok(Self::of(&resources, unread))
    }

    fn of(resources: &[Resource], unread: Vec<Unread>) -> Self {
        let mut deployment = Self {
            unread,
            ..Self::default()
        };
        let sam_apis = deployment.add_apis(resources);
        deployment.add_sam(resources, sam_apis);
        rest::attach(resources, &mut deployment);
        v2::attach(resources, &mut deployment);
        for resource in resources {
            match resource.kind.as_str() {
                "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
                    deployment.functions.push(lambda::function(resource));
                    let by_url = lambda::url_permission(resource);
                    deployment.permissions.extend(by_url);
                }
                "AWS::Lambda::Permission" => {
                    let permission = lambda::permission(resource);
                    deployment.permissions.extend(permission);
                }
                "AWS::CloudWatch::Alarm" => deployment.alarms.extend(lambda::alarm(resource)),
                _ => {}
            }
        }
        link::functions(resources, &mut deployment);
        deployment
    }

    /// Adds the plain APIs; those of SAM are not complete yet.
    fn add_apis(&mut self, resources: &[Resource]) -> Vec<SamApi> {
        let mut sam_apis = Vec::new();
        for resource in resources {
            match resource.kind.as_str() {
                "AWS::Serverless::Api" => sam_apis.push(sam::rest(resource)),
                "AWS::Serverless::HttpApi" => sam_apis.push(sam::http(resource)),
                "AWS::Serverless::WebSocketApi" => sam_apis.push(sam::websocket(resource)),
                "AWS::ApiGateway::RestApi" => self.apis.push(rest::api(resource)),
                "AWS::ApiGatewayV2::Api" => self.apis.push(v2::api(resource)),
                "AWS::AppSync::GraphQLApi" => self.apis.extend(v2::appsync(resource)),
                "AWS::CloudFormation::Stack"
                | "AWS::Serverless::Application"
                | "AWS::Serverless::GraphQLApi" => self.unread.push(Unread {
                    span: resource.span,
                    what: format!("{}, an {}", resource.name, resource.kind),
                }),
                _ => {}
            }
        }
        sam_apis
    }

    /// Adds SAM's APIs with the routes that events make of them.
    fn add_sam(&mut self, resources: &[Resource], mut apis: Vec<SamApi>) {
        let having = resources
            .iter()
            .filter(|resource| sam::event::has_events(resource));
        for event in having.flat_map(sam::event::events) {
            match apis.iter_mut().find(|sam| sam.api.name == event.api) {
                Some(sam) => sam::event::add(&event, sam),
                None => self.unread.push(Unread {
                    span: event.span,
                    what: format!("the {} `{}` of this event", event.kind.name(), event.api),
                }),
            }
        }
        for mut sam in apis {
            sam::add_preflight(&mut sam);
            self.permissions.extend(sam.permissions);
            self.apis.push(sam.api);
        }
    }
}

/// What a file is that is no description.
fn unlike(tree: &Node) -> &'static str {
    let is = |member: &str| tree.get(member).is_some();
    if is("openapi") || is("swagger") {
        "this is an OpenAPI document: name the template that deploys it"
    } else if is("resource_changes") || is("format_version") {
        "this is no plan: give the output of `terraform show -json PLAN`"
    } else {
        "there are no `Resources`, and it is no plan of Terraform either: name a SAM or \
         CloudFormation template, or the output of `terraform show -json PLAN`"
    }
}

/// A value that may stand as JSON in a text, as Terraform and policies of CloudFormation have it.
fn embedded(node: &Node) -> Node {
    let Some(text) = node.text() else {
        return node.clone();
    };
    let read = yaml::read(node.span.file, text);
    read.map_or_else(|_| node.clone(), |tree| tree.placed(node.span))
}
