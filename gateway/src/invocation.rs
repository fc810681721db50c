//! One call of the function: what Lambda says of it beside the event.

/// One call of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation<'a> {
    /// Lambda's request ID. It names the decision: in the log, and in what the backend is told.
    pub id: &'a str,
    /// The X-Ray trace header, `Root=…;Parent=…;Sampled=…`, where Lambda gives one.
    pub trace: Option<&'a str>,
}

impl<'a> Invocation<'a> {
    /// A call that nobody traces.
    pub fn new(id: &'a str) -> Self {
        Self { id, trace: None }
    }
}
