//! The ARN of the method that is called, taken apart and checked before any of it is echoed.

/// Longest resource of an IAM statement in an authorizer's answer, in characters (API Gateway
/// developer guide, output of a Lambda authorizer).
pub const MAX_RESOURCE: usize = 512;

/// The key of a WebSocket API's connect route.
const CONNECT: &str = "$connect";

/// `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}`, or
/// `…:{api}/{stage}/$connect` of a WebSocket API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodArn<'a> {
    /// As the event has it.
    pub whole: &'a str,
    /// The stage; `$default` literally.
    pub stage: &'a str,
    /// The HTTP method; `$connect` literally.
    pub method: &'a str,
    /// The path without its leading slash; empty for the root. May hold `:` and `/`.
    pub path: &'a str,
    /// Found out once: several stages ask.
    stands_for_itself: bool,
}

impl<'a> MethodArn<'a> {
    /// Takes an ARN apart: at most five splits on `:` and three on `/`, since the path may hold
    /// both. (Parsers that split further have granted the wrong path.)
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn read(whole: &'a str) -> Result<Self, &'static str> {
        let mut parts = whole.splitn(6, ':');
        if parts.next() != Some("arn") {
            return Err("it does not start with `arn:`");
        }
        let (_partition, service) = (parts.next(), parts.next());
        if service != Some("execute-api") {
            return Err("its service is not `execute-api`");
        }
        let (_region, _account) = (parts.next(), parts.next());
        let resource = parts.next().ok_or("it has fewer than six parts")?;
        let mut parts = resource.splitn(4, '/');
        let _api = parts
            .next()
            .filter(|api| !api.is_empty())
            .ok_or("it names no API")?;
        let stage = parts
            .next()
            .filter(|stage| !stage.is_empty())
            .ok_or("it names no stage")?;
        let method = parts
            .next()
            .filter(|method| !method.is_empty())
            .ok_or("it names no method")?;
        let path = parts.next().unwrap_or_default();
        Ok(Self {
            whole,
            stage,
            method,
            path,
            stands_for_itself: whole.chars().count() <= MAX_RESOURCE && is_literal(whole),
        })
    }

    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &'a str {
        self.whole.split(':').nth(1).unwrap_or_default()
    }

    /// The ARN up to its stage and the slash behind it: what all calls of a stage start with.
    pub fn up_to_stage(&self) -> &'a str {
        let behind = self.method.len() + self.path.len();
        // Between method and path there is a slash, unless the ARN ends with the method.
        let slash = usize::from(self.whole.ends_with('/') || !self.path.is_empty());
        let end = self.whole.len().saturating_sub(behind + slash);
        self.whole.get(..end).unwrap_or_default()
    }

    /// Whether it is that of a WebSocket API's connect route.
    pub fn is_connect(&self) -> bool {
        // With a slash after it, it would be a method and the root.
        self.method == CONNECT && self.path.is_empty() && self.whole.ends_with(CONNECT)
    }

    /// Whether the ARN, as the resource of a statement, stands for itself and nothing else.
    pub fn stands_for_itself(&self) -> bool {
        self.stands_for_itself
    }

    /// Whether what all calls of its stage start with stands for that stage and nothing else. The
    /// console's test sends `*` as the stage.
    pub fn names_stage(&self) -> bool {
        is_literal(self.up_to_stage())
    }
}

/// Whether it holds no wildcard, no policy variable and no control character. Where API Gateway
/// decodes escapes it may hold any other character.
fn is_literal(resource: &str) -> bool {
    // Every event asks this: byte by byte, and by character only where a byte says that it matters.
    let mut last = b' ';
    let is_plain = resource.bytes().all(|byte| {
        let opens = last == b'$' && byte == b'{';
        last = byte;
        !opens && !matches!(byte, b'*' | b'?') && !byte.is_ascii_control()
    });
    is_plain && (resource.is_ascii() || !resource.contains(char::is_control))
}
