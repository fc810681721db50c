//! One fact, and what it is compared with.

use std::net::IpAddr;

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
