//! Functions, who may invoke them, and what watches over them.

use tollgate_grammar::Span;

use super::node::Node;
use super::setting::Setting;

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// What the description calls it.
    pub name: String,
    /// Where it is described.
    pub span: Span,
    /// Time for one call, in seconds.
    pub timeout: Setting<u64>,
    /// Memory in MB, which is processor time too.
    pub memory: Setting<u64>,
    /// What is logged: `INFO`.
    pub log_level: Setting<String>,
    /// Variables that set what is logged: name, and value.
    pub environment: Vec<(String, Setting<String>)>,
}

/// Who may invoke a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// The function, by its name in the description.
    pub function: Setting<String>,
    /// `apigateway.amazonaws.com`
    pub principal: Setting<String>,
    /// From where; `None` is from anywhere.
    pub source: Option<Node>,
    /// Only by a URL that the function has, which no API calls.
    pub by_url: bool,
    /// Where it is written.
    pub span: Span,
}

/// An alarm on a metric of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Where it is written.
    pub span: Span,
    /// The metric, such as `Errors`.
    pub metric: String,
    /// The function, by its name in the description.
    pub function: Setting<String>,
}
