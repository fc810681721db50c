//! The `test` blocks of a policy: who asks, what should come of it, what does.

pub mod coverage;

use serde_json::{Map, Value};
use tollgate_grammar::Span;
use tollgate_grammar::tree::{
    ClaimTest, Comparison, Expected, Fact as Written, Literal, Name, Reason, Statement, TestFact,
    TestKnowledge, TestRequest, TestTarget, Tree, Who,
};

use self::coverage::{Conditions, Coverage};
use crate::fact::{Bits, UserFact, members_mut};
use crate::policy::{Decision, Policy, Principal};
use crate::products::Products;
use crate::request::{Request, Target};
use crate::truth::Truth;
use crate::user::{Fact, User};

/// The ID of a user in a test that names none.
pub const TEST_USER: &str = "u-test";

/// One request line of a test and what came of it.
#[derive(Debug, Clone)]
pub struct Example<'t> {
    /// The name of the test.
    pub test: &'t str,
    /// The request line.
    pub span: Span,
    /// What the line says must come of it.
    pub expected: &'t Expected,
    /// What came of it.
    pub decision: Decision<'t>,
    /// The facts and names of the deciding rule's condition, and the values they had.
    pub values: Vec<coverage::Value>,
}

impl Example<'_> {
    /// Whether the line holds.
    pub fn holds(&self) -> bool {
        match (self.expected, self.decision.denial()) {
            (Expected::Allowed, None) | (Expected::Denied(None), Some(_)) => true,
            (Expected::Denied(Some(reason)), Some(denial)) => reason.node == denial.reason,
            _ => false,
        }
    }

    /// What came of it, as the line would say it: `allowed`, `denied, no_route`.
    pub fn got(&self) -> String {
        match self.decision.denial() {
            None => "allowed".to_owned(),
            Some(denial) => format!("denied, {}", denial.reason),
        }
    }

    /// The reason of the denial, if it was one.
    pub fn reason(&self) -> Option<Reason> {
        self.decision.denial().map(|denial| denial.reason)
    }
}

/// Runs every request line of every test, in the order they stand.
///
/// `unix_millis` is the time of a line without `at`.
pub fn run<'t>(
    policy: &'t Policy,
    tree: &'t Tree,
    products: &Products,
    unix_millis: i64,
) -> Vec<Example<'t>> {
    run_covered(policy, tree, products, unix_millis).0
}

/// [`run`], and what the lines have seen of the policy.
pub fn run_covered<'t>(
    policy: &'t Policy,
    tree: &'t Tree,
    products: &Products,
    unix_millis: i64,
) -> (Vec<Example<'t>>, Coverage) {
    let conditions = coverage::conditions(tree);
    let mut coverage = Coverage::new(policy, &conditions);
    let mut examples = Vec::new();
    for statement in &tree.statements {
        let Statement::Test(test) = statement else {
            continue;
        };
        for group in &test.groups {
            let principal = policy.who(&group.who.node, products);
            for line in &group.requests {
                let request = request(line, unix_millis);
                let (decision, values) =
                    ask(policy, &request, &principal, &conditions, &mut coverage);
                examples.push(Example {
                    test: &test.name.node,
                    span: line.span,
                    expected: &line.outcome,
                    decision,
                    values,
                });
            }
        }
    }
    (examples, coverage)
}

/// Decides, and writes down what each rule that was asked said.
fn ask<'p>(
    policy: &'p Policy,
    request: &Request<'_>,
    principal: &Principal,
    conditions: &Conditions<'_>,
    coverage: &mut Coverage,
) -> (Decision<'p>, Vec<coverage::Value>) {
    let found = policy.find(request);
    let decision = found.decide(principal);
    let situation = found.situation(principal);
    let mut deciding = Vec::new();
    for rule in found.rules() {
        let mut values = Vec::new();
        let condition = conditions.get(&rule.span);
        if let (Some(condition), Some((expression, _))) = (condition, rule.demand()) {
            coverage::values(condition, expression, &situation, &mut values);
        }
        coverage.met(rule.span, !rule.stops(&situation), &values);
        if decision.rule() == Some(&rule.name) {
            deciding = values;
        }
    }
    (decision, deciding)
}

fn request(line: &TestRequest, unix_millis: i64) -> Request<'_> {
    Request {
        target: match &line.target {
            TestTarget::Path { method, path } => Target::Path {
                method: &method.node,
                path: &path.node,
            },
            TestTarget::Connect(_) => Target::Connect,
            TestTarget::Field(field) => Target::Field(&field.node),
        },
        ip: line.ip,
        unix_millis: line
            .at
            .as_ref()
            .map_or(unix_millis, |date| date.unix_millis),
        headers: Some(&line.headers),
        query: Some(&line.query),
    }
}

impl Policy {
    /// The principal a who-line of a test describes.
    pub fn who(&self, who: &Who, products: &Products) -> Principal {
        let Who::User { id, facts } = who else {
            return self.visitor();
        };
        let user = user(id.as_deref(), facts, products);
        let mut bits = Bits::new(self.bits());
        self.facts().look_up(&user, &mut bits);
        for fact in facts {
            // Unknown by itself, whatever is known of others of its kind.
            let number =
                user_fact(&fact.fact.node, products).and_then(|fact| self.facts().find(&fact));
            if let Some(number) = number.filter(|_| fact.known == TestKnowledge::Unknown) {
                bits.set(number, Truth::Unknown);
            }
        }
        self.with_bits(Some(user.into()), bits)
    }
}

/// A user of whom everything is known: what is listed holds, nothing else does.
fn user(id: Option<&str>, facts: &[TestFact], products: &Products) -> User {
    let mut user = User {
        id: id.unwrap_or(TEST_USER).to_owned(),
        email: Fact::Known(None),
        email_verified: Fact::Known(false),
        products: Fact::Known(Vec::new()),
        mfa: Fact::Known(Vec::new()),
        provider: Fact::Known(None),
        roles: Fact::Known(Vec::new()),
        teams: Fact::Known(Vec::new()),
        permissions: Fact::Known(Vec::new()),
        scopes: Fact::Known(Vec::new()),
        groups: Fact::Known(Vec::new()),
        claims: Fact::Known(Value::Object(Map::new())),
    };
    for fact in facts {
        match fact.known {
            TestKnowledge::Present => give(&mut user, &fact.fact.node, products),
            TestKnowledge::Absent => {}
            TestKnowledge::Unknown => forget(&mut user, &fact.fact.node),
        }
    }
    user
}

/// A user has an address, not only a domain: the parser refuses that.
fn give(user: &mut User, fact: &Written, products: &Products) {
    match fact {
        Written::Product(word) => push(&mut user.products, products.id(word)),
        Written::Email(address) => user.email = Fact::Known(Some(address.clone())),
        Written::EmailVerified => user.email_verified = Fact::Known(true),
        Written::Mfa => push(&mut user.mfa, "any"),
        Written::MfaMethod(method) => push(&mut user.mfa, method),
        Written::Provider(name) => user.provider = Fact::Known(Some(name.clone())),
        Written::Member(membership, Name::Text(name)) => push(members_mut(user, *membership), name),
        Written::Claim { path, test } => claim(user, path, test),
        _ => {}
    }
}

/// Facts that stand for a whole part of the user.
fn forget(user: &mut User, fact: &Written) {
    match fact {
        Written::Email(_) => user.email = Fact::Unknown,
        Written::EmailVerified => user.email_verified = Fact::Unknown,
        Written::Mfa => user.mfa = Fact::Unknown,
        Written::Provider(_) => user.provider = Fact::Unknown,
        _ => {}
    }
}

fn push(list: &mut Fact<Vec<String>>, name: &str) {
    if let Fact::Known(names) = list {
        names.push(name.to_owned());
    }
}

/// Makes the claims pass `=`, `in` and `contains`; other comparisons describe no single value.
fn claim(user: &mut User, path: &[String], test: &ClaimTest) {
    let Fact::Known(claims) = &mut user.claims else {
        return;
    };
    let mut at = claims;
    for name in path {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(members) = at else { return };
        at = members.entry(name.clone()).or_insert(Value::Null);
    }
    match test {
        ClaimTest::Compare(Comparison::Equal, literal) => *at = json(literal),
        ClaimTest::In(literals) => *at = literals.first().map_or(Value::Null, json),
        ClaimTest::Contains(literal) => match at {
            Value::Array(values) => values.push(json(literal)),
            _ => *at = Value::Array(vec![json(literal)]),
        },
        ClaimTest::Compare(..) => {}
    }
}

fn json(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::from(text.as_str()),
        Literal::Integer(integer) => Value::from(*integer),
        Literal::Decimal(decimal) => Value::from(*decimal),
        Literal::Truth(truth) => Value::from(*truth),
    }
}

/// The numbered fact a written one compiles to; `None` for those of the request and for what [`forget`] makes
/// unknown as it is.
fn user_fact(fact: &Written, products: &Products) -> Option<UserFact> {
    Some(match fact {
        Written::Product(word) => UserFact::Product(products.id(word).to_owned()),
        Written::MfaMethod(method) => UserFact::MfaMethod(method.clone()),
        Written::Member(membership, Name::Text(name)) => {
            UserFact::Member(*membership, name.clone())
        }
        Written::Claim { path, test } => UserFact::Claim(path.clone(), test.clone()),
        Written::Email(address) => UserFact::Email(address.clone()),
        Written::Provider(name) => UserFact::Provider(name.clone()),
        _ => return None,
    })
}
