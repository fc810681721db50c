//! The syntax tree: what a policy says, each part with the place where it says it.
//!
//! The tree is faithful enough to print the policy again (lists stay lists, comments are
//! kept) and plain enough to compile: literals are decoded, dates and networks are parsed.

use std::net::IpAddr;

use crate::span::{Span, Spanned};

/// What all files of one policy say together.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Statements in the order of files and lines.
    pub statements: Vec<Statement>,
    /// Comments in the order of files and lines, `#` included.
    pub comments: Vec<Spanned<String>>,
    /// Names of `let`s whose statement holds a mistake and is therefore not among the statements:
    /// a condition that uses one is no further mistake.
    pub broken_lets: Vec<Spanned<String>>,
    /// The same of tiers.
    pub broken_tiers: Vec<Spanned<String>>,
    /// Some text could not be read as any statement, so that more names may be missing.
    pub incomplete: bool,
}

/// One statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// `route [METHODS] PATTERN is … | requires …`
    Route(Route),
    /// `forbid [METHODS] PATTERN when | unless …`
    Forbid(Forbid),
    /// `let NAME is CONDITION`
    Let(Definition),
    /// `tier NAME is CONDITION`
    Tier(Definition),
    /// `test "NAME" { … }`
    Test(Test),
}

/// `route [METHODS] PATTERN is public | is denied | requires CONDITION [else "HINT"]`
#[derive(Debug, Clone)]
pub struct Route {
    /// The whole statement.
    pub span: Span,
    /// Methods as written (upper case); empty means any.
    pub methods: Vec<Spanned<String>>,
    /// What it covers.
    pub target: Target,
    /// Who gets in.
    pub access: Access,
    /// What a denied client is told.
    pub hint: Option<Spanned<String>>,
}

/// Who a route lets in.
#[derive(Debug, Clone)]
pub enum Access {
    /// Anyone.
    Public,
    /// Nobody.
    Denied,
    /// Those for whom the condition holds.
    Requires(Condition),
}

/// `forbid [METHODS] PATTERN (when | unless) CONDITION [else "HINT"]`
#[derive(Debug, Clone)]
pub struct Forbid {
    /// The whole statement.
    pub span: Span,
    /// Methods as written (upper case); empty means any.
    pub methods: Vec<Spanned<String>>,
    /// What it covers.
    pub target: Target,
    /// `when` or `unless`.
    pub mode: ForbidMode,
    /// The condition.
    pub condition: Condition,
    /// What a denied client is told.
    pub hint: Option<Spanned<String>>,
}

/// When a `forbid` applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForbidMode {
    /// If the condition holds.
    When,
    /// If the condition does not hold.
    Unless,
}

/// `let NAME is CONDITION` or `tier NAME is CONDITION`
#[derive(Debug, Clone)]
pub struct Definition {
    /// The whole statement.
    pub span: Span,
    /// The name it gives.
    pub name: Spanned<String>,
    /// What the name stands for.
    pub condition: Condition,
}

/// What a `route` or `forbid` covers.
#[derive(Debug, Clone)]
pub enum Target {
    /// Paths.
    Path(Pattern),
    /// `$connect`: a WebSocket API's connect route.
    Connect(Span),
    /// `field Type.name`, one field of an AppSync API, or `field *`, every field that no other
    /// route names: the name or `*`, and the place of both words.
    Field(Spanned<String>),
}

impl Target {
    /// The text of the target.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(pattern) => pattern.span,
            Self::Connect(span) => *span,
            Self::Field(field) => field.span,
        }
    }
}

/// A path pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The pattern as written.
    pub span: Span,
    /// Its segments, a trailing slash dropped; empty for `/`.
    pub segments: Vec<Segment>,
}

/// One segment of a pattern.
#[derive(Debug, Clone)]
pub enum Segment {
    /// Exactly this text (percent-decoded).
    Literal(Spanned<String>),
    /// `{name}`: one non-empty segment.
    Parameter(Spanned<String>),
    /// `*` or `{name+}`: one or more segments; only ever last.
    Rest {
        /// The name in `{name+}`.
        name: Option<String>,
        /// Where it stands.
        span: Span,
    },
}

/// A condition.
#[derive(Debug, Clone)]
pub enum Condition {
    /// One fact, or a list after one keyword: `product a or b`.
    Facts {
        /// How several facts are joined; a single fact has `Any`.
        join: Join,
        /// At least one, all of the same keyword.
        facts: Vec<Spanned<Fact>>,
        /// The whole list, keyword included.
        span: Span,
    },
    /// The name of a `let`.
    Name(Spanned<String>),
    /// `not …`
    Not(Box<Condition>, Span),
    /// Two or more conditions joined by `and` or by `or`.
    Join(Join, Vec<Condition>, Span),
}

impl Condition {
    /// The text of the condition.
    pub fn span(&self) -> Span {
        match self {
            Self::Facts { span, .. } | Self::Not(_, span) | Self::Join(_, _, span) => *span,
            Self::Name(name) => name.span,
        }
    }
}

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Join {
    /// `and`: all must hold.
    All,
    /// `or`: one must hold.
    Any,
}

/// One fact a condition asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// `user`
    User,
    /// `user u-123`, `user {id}`
    UserId(Name),
    /// `product P`: an ID, or a name from `authorizer.yaml`
    Product(String),
    /// `tier T`
    Tier(String),
    /// `email "a@b.c"`
    Email(String),
    /// `email @b.c`, without the `@`
    EmailDomain(String),
    /// `email verified`
    EmailVerified,
    /// `mfa`
    Mfa,
    /// `mfa totp`
    MfaMethod(String),
    /// `provider github`
    Provider(String),
    /// `role`, `team`, `permission`, `scope`, `group` NAME
    Member(Membership, Name),
    /// `claim a.b = "x"`
    Claim {
        /// Members from the outside in.
        path: Vec<String>,
        /// How it is compared.
        test: ClaimTest,
    },
    /// `ip in CIDR`
    IpIn(Cidr),
    /// `header NAME = "x"`; the name in lower case
    Header(String, String),
    /// `query NAME = "x"`
    Query(String, String),
    /// `before DATE`
    Before(Date),
    /// `after DATE`
    After(Date),
}

/// Text, or the value of a path parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// As written.
    Text(String),
    /// `{param}`: what the path has in that segment.
    Parameter(String),
}

/// What a user can be in, have or hold by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Membership {
    /// `role`
    Role,
    /// `team`
    Team,
    /// `permission`
    Permission,
    /// `scope`
    Scope,
    /// `group`
    Group,
}

/// How a claim is compared. Types are never converted.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimTest {
    /// `= != < <= > >=`; the ordering ones only with a number or text.
    Compare(Comparison, Literal),
    /// `in ("x", "y")`
    In(Vec<Literal>),
    /// `contains "x"`: the claim is an array that holds it
    Contains(Literal),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value to compare a claim with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `"x"`
    Text(String),
    /// A whole number
    Integer(i64),
    /// A number with a fraction or an exponent; finite
    Decimal(f64),
    /// `true`, `false`
    Truth(bool),
}

/// A network: an address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    /// The address, host bits zero.
    pub address: IpAddr,
    /// Leading bits that count: at most 32, or 128 for IPv6.
    pub prefix: u8,
}

/// A moment of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Date {
    /// As written.
    pub text: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_millis: i64,
}

/// `test "NAME" { … }`
#[derive(Debug, Clone)]
pub struct Test {
    /// The whole statement.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// Who asks, then what happens.
    pub groups: Vec<TestGroup>,
}

/// One who-line and the requests under it.
#[derive(Debug, Clone)]
pub struct TestGroup {
    /// Who asks.
    pub who: Spanned<Who>,
    /// What happens; never empty.
    pub requests: Vec<TestRequest>,
}

/// Who asks in a test.
#[derive(Debug, Clone)]
pub enum Who {
    /// `visitor`: no token.
    Visitor,
    /// `user [ID] [with FACT, …]`
    User {
        /// The ID, if it matters.
        id: Option<String>,
        /// What is known of the user.
        facts: Vec<TestFact>,
    },
}

/// One fact of a user in a test.
#[derive(Debug, Clone)]
pub struct TestFact {
    /// How it is known.
    pub known: TestKnowledge,
    /// The fact, as in a condition.
    pub fact: Spanned<Fact>,
}

/// How a fact of a test is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestKnowledge {
    /// `product p`: known to hold.
    Present,
    /// `not mfa`: known not to hold.
    Absent,
    /// `unknown mfa`: the provider cannot say.
    Unknown,
}

/// One request of a test and what must come of it.
#[derive(Debug, Clone)]
pub struct TestRequest {
    /// The whole line.
    pub span: Span,
    /// What is asked for.
    pub target: TestTarget,
    /// `from IP`
    pub ip: Option<IpAddr>,
    /// `at DATE`
    pub at: Option<Date>,
    /// `with header NAME = "x"`; names in lower case
    pub headers: Vec<(String, String)>,
    /// `with query NAME = "x"`
    pub query: Vec<(String, String)>,
    /// What must come of it.
    pub outcome: Expected,
}

/// What a request of a test asks for.
#[derive(Debug, Clone)]
pub enum TestTarget {
    /// A method, and the raw path as a client would send it.
    Path {
        /// The method.
        method: Spanned<String>,
        /// The raw path.
        path: Spanned<String>,
    },
    /// `$connect`
    Connect(Span),
    /// `field Type.name`, or `field *` for a GraphQL request as a whole: the name or `*`, and the
    /// place of both words.
    Field(Spanned<String>),
}

/// What a test expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `is allowed`
    Allowed,
    /// `is denied[, REASON]`
    Denied(Option<Spanned<Reason>>),
}

/// Why a request is denied: one word a client can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No valid token.
    LoginRequired,
    /// Only products or tiers are missing.
    UpgradeRequired,
    /// A second factor is missing.
    MfaRequired,
    /// A verified e-mail address is missing.
    VerificationRequired,
    /// Nothing the user could change would help.
    Forbidden,
    /// No route of the policy covers the request.
    NoRoute,
    /// The request is not well formed.
    MalformedPath,
}

impl Reason {
    /// All reasons, in the order the documentation lists them.
    pub const ALL: [Self; 7] = [
        Self::LoginRequired,
        Self::UpgradeRequired,
        Self::MfaRequired,
        Self::VerificationRequired,
        Self::Forbidden,
        Self::NoRoute,
        Self::MalformedPath,
    ];

    /// The word used in policies, answers and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginRequired => "login_required",
            Self::UpgradeRequired => "upgrade_required",
            Self::MfaRequired => "mfa_required",
            Self::VerificationRequired => "verification_required",
            Self::Forbidden => "forbidden",
            Self::NoRoute => "no_route",
            Self::MalformedPath => "malformed_path",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
