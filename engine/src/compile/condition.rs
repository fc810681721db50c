//! One condition of the tree to one expression.

use tollgate_grammar::tree::{Condition, Fact, Join, Name, Pattern, Segment};
use tollgate_grammar::{Code, Diagnostic, Span, suggest};

use super::definition::{Resolved, Scope};
use super::{MAX_CONDITION_DEPTH, MAX_CONDITION_FACTS};
use crate::expression::{Capture, Expression, RequestFact};
use crate::fact::UserFact;

/// How large a condition is with every name written out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weight {
    facts: usize,
    depth: usize,
}

impl Weight {
    const FACT: Self = Self { facts: 1, depth: 1 };

    /// Whether it is over the limits.
    pub(super) fn is_too_large(self) -> bool {
        self.facts > MAX_CONDITION_FACTS || self.depth > MAX_CONDITION_DEPTH
    }

    /// Both side by side.
    pub(super) fn beside(self, other: Self) -> Self {
        Self {
            facts: self.facts.saturating_add(other.facts),
            depth: self.depth.max(other.depth) + 1,
        }
    }
}

/// The mistake of a condition over the limits.
pub(super) fn too_large(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::PolicyTooLarge,
        span,
        "this condition is too large once every name in it is written out",
    )
    .label(format!(
        "more than {MAX_CONDITION_FACTS} facts or {MAX_CONDITION_DEPTH} levels"
    ))
    .help("ask for a role or a product that stands for many cases at once")
}

/// Compiles a condition. Without a pattern (in a `let`) parameters are left to the place of
/// use. `None` if it has a mistake, which is reported.
pub(super) fn compile(
    condition: &Condition,
    pattern: Option<&Pattern>,
    scope: &mut Scope<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Expression, Weight)> {
    scope.room = Some(MAX_CONDITION_FACTS);
    let compiled = part(condition, pattern, scope, findings);
    let too_deep = |(_, weight): &(Expression, Weight)| weight.is_too_large();
    if scope.room.is_none() || compiled.as_ref().is_some_and(too_deep) {
        findings.push(too_large(condition.span()));
        return None;
    }
    compiled
}

impl Scope<'_> {
    /// Counts facts of the condition at hand.
    fn take(&mut self, facts: usize) -> Option<()> {
        self.room = self.room?.checked_sub(facts);
        self.room.map(|_| ())
    }

    /// The mistake of using a name nobody defines, unless it may only seem so for a mistake that
    /// is reported elsewhere.
    fn undefined(&self, is_tier: bool, name: &str, span: Span) -> Option<Diagnostic> {
        if self.left_out(is_tier, name) {
            return None;
        }
        let (code, keyword, known) = if is_tier {
            (Code::UnknownTier, "tier", &self.tiers)
        } else {
            (Code::UnknownName, "let", &self.lets)
        };
        let message = format!("no `{keyword}` gives the name `{name}`");
        let help = match suggest::closest(name, known.keys().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define it: `{keyword} {name} is CONDITION`"),
        };
        Some(
            Diagnostic::new(code, span, message)
                .label("not defined")
                .help(help),
        )
    }
}

fn part(
    condition: &Condition,
    pattern: Option<&Pattern>,
    scope: &mut Scope<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Expression, Weight)> {
    // Over the limit already: whatever follows only costs time.
    scope.room?;
    match condition {
        Condition::Facts { join, facts, .. } => {
            let parts: Vec<_> = facts
                .iter()
                .map(|listed| fact(&listed.node, listed.span, pattern, scope, findings))
                .collect();
            joined(*join, parts)
        }
        Condition::Name(name) => named(&name.node, name.span, pattern, scope, findings),
        Condition::Not(inner, _) => {
            let (inner, weight) = part(inner, pattern, scope, findings)?;
            let weight = weight.beside(Weight::default());
            Some((Expression::Not(Box::new(inner)), weight))
        }
        Condition::Join(join, parts, _) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|inner| part(inner, pattern, scope, findings))
                .collect();
            joined(*join, parts)
        }
    }
}

/// All parts are compiled before one that failed makes the whole fail, so that each is reported.
fn joined(join: Join, parts: Vec<Option<(Expression, Weight)>>) -> Option<(Expression, Weight)> {
    let parts: Option<Vec<_>> = parts.into_iter().collect();
    let mut parts = parts?;
    if parts.len() == 1 {
        return parts.pop();
    }
    let deepest = parts.iter().map(|(_, weight)| weight.depth).max()?;
    let facts = parts
        .iter()
        .fold(0usize, |sum, (_, weight)| sum.saturating_add(weight.facts));
    let weight = Weight {
        facts,
        depth: deepest + 1,
    };
    let parts = parts.into_iter().map(|(part, _)| part).collect();
    Some((Expression::Join(join, parts), weight))
}

fn named(
    name: &str,
    span: Span,
    pattern: Option<&Pattern>,
    scope: &mut Scope<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Expression, Weight)> {
    let Some(known) = scope.lets.get(name) else {
        findings.extend(scope.undefined(false, name, span));
        return None;
    };
    match known.resolved {
        // Its own mistake is reported where it is defined.
        Resolved::Not => None,
        Resolved::OfUser(number, weight) => {
            scope.take(weight.facts)?;
            Some((Expression::Named(number), weight.beside(Weight::default())))
        }
        Resolved::OfRequest => {
            let definition = known.definition;
            // What was wrong with it was said when it was defined; only parameters can still fail.
            let (written_out, weight) = part(&definition.condition, pattern, scope, findings)?;
            Some((written_out, weight.beside(Weight::default())))
        }
    }
}

fn fact(
    fact: &Fact,
    span: Span,
    pattern: Option<&Pattern>,
    scope: &mut Scope<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Expression, Weight)> {
    let user = |fact: UserFact, scope: &mut Scope<'_>| Expression::User(scope.facts.number(fact));
    let expression = match fact {
        Fact::Tier(name) => return tier(name, span, scope, findings),
        Fact::User => user(UserFact::SignedIn, scope),
        Fact::UserId(Name::Text(id)) => user(UserFact::Id(id.clone()), scope),
        Fact::UserId(Name::Parameter(name)) => {
            let capture = capture(name, span, pattern, findings)?;
            Expression::Request(RequestFact::UserIs(capture))
        }
        Fact::Product(word) => {
            let id = scope.products.id(word).to_owned();
            if let Some(words) = scope.products.foreign(&id) {
                findings.push(
                    Diagnostic::new(Code::WrongEnvironment, span, format!("nobody can have product `{id}` here: it {words}"))
                        .label("can never hold")
                        .help("name the product of this environment, or give it a name with an ID for each in authorizer.yaml"),
                );
                return None;
            }
            user(UserFact::Product(id), scope)
        }
        Fact::Email(address) => user(UserFact::Email(address.clone()), scope),
        Fact::EmailDomain(domain) => {
            user(UserFact::EmailDomain(domain.to_ascii_lowercase()), scope)
        }
        Fact::EmailVerified => user(UserFact::EmailVerified, scope),
        Fact::Mfa => user(UserFact::Mfa, scope),
        Fact::MfaMethod(method) => user(UserFact::MfaMethod(method.clone()), scope),
        Fact::Provider(name) => user(UserFact::Provider(name.clone()), scope),
        Fact::Member(membership, Name::Text(name)) => {
            user(UserFact::Member(*membership, name.clone()), scope)
        }
        Fact::Member(membership, Name::Parameter(name)) => {
            let capture = capture(name, span, pattern, findings)?;
            Expression::Request(RequestFact::Member(*membership, capture))
        }
        Fact::Claim { path, test } => user(UserFact::Claim(path.clone(), test.clone()), scope),
        Fact::IpIn(network) => Expression::Request(RequestFact::IpIn(*network)),
        Fact::Header(name, value) => {
            Expression::Request(RequestFact::Header(name.clone(), value.clone()))
        }
        Fact::Query(name, value) => {
            Expression::Request(RequestFact::Query(name.clone(), value.clone()))
        }
        Fact::Before(date) => Expression::Request(RequestFact::Before(date.clone())),
        Fact::After(date) => Expression::Request(RequestFact::After(date.clone())),
    };
    scope.take(1)?;
    Some((expression, Weight::FACT))
}

fn tier(
    name: &str,
    span: Span,
    scope: &mut Scope<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Expression, Weight)> {
    if !scope.tiers.contains_key(name) {
        findings.extend(scope.undefined(true, name, span));
        return None;
    }
    // `None` if its own condition has a mistake, which is reported there.
    let (expression, weight) = scope.tier_expressions.get(name).cloned()?;
    scope.take(weight.facts)?;
    Some((expression, weight.beside(Weight::default())))
}

/// Which part of the path a parameter names. In a `let` (no pattern) any will do: the place of
/// use decides.
fn capture(
    name: &str,
    span: Span,
    pattern: Option<&Pattern>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Capture> {
    let Some(pattern) = pattern else {
        return Some(Capture::Segment(0));
    };
    let found = parameter(pattern, name);
    if found.is_none() {
        let names = pattern.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(parameter) => Some(parameter.node.as_str()),
            Segment::Rest { name, .. } => name.as_deref(),
            Segment::Literal(_) => None,
        });
        let finding = Diagnostic::new(
            Code::UnknownParameter,
            span,
            format!("the pattern does not name `{{{name}}}`"),
        )
        .label("not in the pattern")
        .related(pattern.span, "this pattern");
        findings.push(match suggest::closest(name, names) {
            Some(near) => finding.help(format!("did you mean `{{{near}}}`?")),
            None if pattern.segments.is_empty() => {
                finding.help("only a path has parameters, such as `/users/{id}`")
            }
            None => finding.help(format!("name a segment of the pattern `{{{name}}}`")),
        });
    }
    found
}

/// Which part of the path a parameter of a pattern names.
pub(crate) fn parameter(pattern: &Pattern, name: &str) -> Option<Capture> {
    let mut segments = pattern.segments.iter().enumerate();
    segments.find_map(|(index, segment)| match segment {
        Segment::Parameter(parameter) if parameter.node == name => Some(Capture::Segment(index)),
        Segment::Rest {
            name: Some(rest), ..
        } if rest == name => Some(Capture::Rest(index)),
        _ => None,
    })
}
