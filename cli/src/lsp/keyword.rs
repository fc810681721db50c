//! What each word of the language means, in a sentence or two: for hover and completion.

/// Where a word stands; some mean one thing in one place and another in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The first word of a statement.
    Statement,
    /// In a rule or a definition.
    Rule,
    /// In a line of a test.
    Test,
}

/// A word's form and meaning, as Markdown; `None` if it is no word of the language there.
pub fn meaning(word: &str, role: Role) -> Option<String> {
    let find = |role| {
        MEANINGS
            .iter()
            .find(|entry| entry.0 == role && entry.1 == word)
    };
    // What a test says of a user is written as in a condition.
    let (_, _, form, text) = find(role).or_else(|| match role {
        Role::Test => find(Role::Rule),
        _ => None,
    })?;
    Some(format!("`{form}`\n\n{text}"))
}

/// The words and reasons of the language: place, word, form, meaning.
const MEANINGS: &[(Role, &str, &str, &str)] = &[
    (
        Role::Statement,
        "route",
        "route [METHODS] PATTERN is public | is denied | requires CONDITION [else \"HINT\"]",
        "Who may call these paths. The most specific route decides alone; a path no route covers is denied.",
    ),
    (
        Role::Statement,
        "forbid",
        "forbid [METHODS] PATTERN when | unless CONDITION [else \"HINT\"]",
        "Takes access away, whatever a route grants. Every `forbid` that matches is asked, and one that applies denies.",
    ),
    (
        Role::Statement,
        "let",
        "let NAME is CONDITION",
        "Gives a condition a name to use in rules.",
    ),
    (
        Role::Statement,
        "tier",
        "tier NAME is CONDITION",
        "A named, ordered condition, highest first: a user's tier is the first that holds. The backend is told the tier.",
    ),
    (
        Role::Statement,
        "test",
        "test \"NAME\" { … }",
        "Examples that `tollgate test` runs. They are never part of what is deployed.",
    ),
    (
        Role::Rule,
        "is",
        "is public | is denied | NAME is CONDITION",
        "Says what holds of the pattern or the name before it.",
    ),
    (
        Role::Rule,
        "public",
        "route PATTERN is public",
        "Anyone may call it; a token is not needed.",
    ),
    (
        Role::Rule,
        "denied",
        "route PATTERN is denied",
        "Nobody may call it.",
    ),
    (
        Role::Rule,
        "requires",
        "route PATTERN requires CONDITION",
        "Lets in those for whom the condition holds. A condition that ends unknown denies.",
    ),
    (
        Role::Rule,
        "when",
        "forbid PATTERN when CONDITION",
        "Denies where the condition holds, or where it ends unknown.",
    ),
    (
        Role::Rule,
        "unless",
        "forbid PATTERN unless CONDITION",
        "Denies where the condition does not hold, or where it ends unknown.",
    ),
    (
        Role::Rule,
        "else",
        "else \"HINT\"",
        "A sentence or a URL that a denied client is told.",
    ),
    (
        Role::Rule,
        "and",
        "A and B",
        "Both must hold. Beside `or` it needs parentheses.",
    ),
    (
        Role::Rule,
        "or",
        "A or B",
        "One must hold. Beside `and` it needs parentheses. After an item it continues the list: `product a or b`.",
    ),
    (
        Role::Rule,
        "not",
        "not CONDITION",
        "Holds where the condition is known not to hold; the opposite of unknown is unknown.",
    ),
    (
        Role::Rule,
        "user",
        "user | user ID | user {param}",
        "Signed in; with an ID or a parameter of the path, signed in as that user.",
    ),
    (
        Role::Rule,
        "product",
        "product P [or P …]",
        "The user has the product: an ID, or a name from `products:` in `authorizer.yaml`.",
    ),
    (
        Role::Rule,
        "tier",
        "tier NAME",
        "The user's tier is this one or one above it.",
    ),
    (
        Role::Rule,
        "email",
        "email \"a@b.c\" | email @b.c | email verified",
        "The user's address, its exact domain, or that the provider says it is verified. The domain is compared without case.",
    ),
    (
        Role::Rule,
        "verified",
        "email verified",
        "The provider says that the user's e-mail address is verified.",
    ),
    (
        Role::Rule,
        "mfa",
        "mfa | mfa METHOD",
        "Enrolled in any second factor, or in this method.",
    ),
    (
        Role::Rule,
        "provider",
        "provider NAME",
        "Signed in through this OAuth provider.",
    ),
    (
        Role::Rule,
        "role",
        "role NAME | role {param}",
        "The user has the role.",
    ),
    (
        Role::Rule,
        "team",
        "team NAME | team {param}",
        "The user is in the team.",
    ),
    (
        Role::Rule,
        "permission",
        "permission NAME | permission {param}",
        "The user has the permission.",
    ),
    (
        Role::Rule,
        "scope",
        "scope NAME | scope {param}",
        "The token has the scope.",
    ),
    (
        Role::Rule,
        "group",
        "group NAME | group {param}",
        "The user is in the group.",
    ),
    (
        Role::Rule,
        "claim",
        "claim a.b = \"x\"",
        "Compares a member of the verified claims or of the provider's user object: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in (…)`, `contains`. Types are never converted.",
    ),
    (
        Role::Rule,
        "ip",
        "ip in CIDR [or CIDR]",
        "The caller's address as API Gateway gives it, never a header.",
    ),
    (
        Role::Rule,
        "in",
        "ip in CIDR | claim PATH in (\"x\", \"y\")",
        "The address lies in the network; the claim is one of the values.",
    ),
    (
        Role::Rule,
        "contains",
        "claim PATH contains \"x\"",
        "The claim is an array that holds the value.",
    ),
    (
        Role::Rule,
        "header",
        "header NAME = \"x\"",
        "The request has this header with this value.",
    ),
    (
        Role::Rule,
        "query",
        "query NAME = \"x\"",
        "The request has this query parameter with this value.",
    ),
    (
        Role::Rule,
        "before",
        "before DATE",
        "The request comes before this date or date-time (RFC 3339; UTC when no offset is given).",
    ),
    (
        Role::Rule,
        "after",
        "after DATE",
        "The request comes after this date or date-time (RFC 3339; UTC when no offset is given).",
    ),
    (
        Role::Rule,
        "$connect",
        "route $connect …",
        "The connect route of a WebSocket API.",
    ),
    (
        Role::Rule,
        "field",
        "field Type.name | field *",
        "A field of an AppSync API. AppSync asks once for a GraphQL request: `field *` decides whether it may run, and a single field that is denied is null in the answer.",
    ),
    (
        Role::Rule,
        "*",
        "field *",
        "Every field that no other route names, and so what a GraphQL request as a whole must meet.",
    ),
    (
        Role::Test,
        "visitor",
        "visitor",
        "Somebody without a token. The requests under the line are theirs.",
    ),
    (
        Role::Test,
        "user",
        "user [ID] [with FACT, …]",
        "A signed-in user. The requests under the line are theirs; a fact that is not named is known to be absent.",
    ),
    (
        Role::Test,
        "with",
        "with FACT, … | with header NAME = \"x\", query NAME = \"x\"",
        "What is known of the user, or what the request has.",
    ),
    (
        Role::Test,
        "not",
        "not FACT",
        "The fact is known to be absent.",
    ),
    (
        Role::Test,
        "unknown",
        "unknown FACT",
        "The provider cannot supply the fact.",
    ),
    (
        Role::Test,
        "from",
        "from IP",
        "The address the request comes from.",
    ),
    (Role::Test, "at", "at DATE", "When the request comes."),
    (
        Role::Test,
        "is",
        "is allowed | is denied[, REASON]",
        "What must come of the request.",
    ),
    (
        Role::Test,
        "allowed",
        "is allowed",
        "The request must pass.",
    ),
    (
        Role::Test,
        "denied",
        "is denied[, REASON]",
        "The request must be refused, for this reason if one is given.",
    ),
    (
        Role::Test,
        "login_required",
        "is denied, login_required",
        "There is no valid token (HTTP 401).",
    ),
    (
        Role::Test,
        "upgrade_required",
        "is denied, upgrade_required",
        "Only products or tiers are missing.",
    ),
    (
        Role::Test,
        "mfa_required",
        "is denied, mfa_required",
        "A second factor is missing.",
    ),
    (
        Role::Test,
        "verification_required",
        "is denied, verification_required",
        "A verified e-mail address is missing.",
    ),
    (
        Role::Test,
        "forbidden",
        "is denied, forbidden",
        "Nothing the user could change would help.",
    ),
    (
        Role::Test,
        "no_route",
        "is denied, no_route",
        "No route covers the request.",
    ),
    (
        Role::Test,
        "malformed_path",
        "is denied, malformed_path",
        "The request is not well formed.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_grammar::{tree::Reason, words};

    #[test]
    fn every_word_a_reader_meets_has_a_meaning() {
        let statements = words::STATEMENTS
            .iter()
            .map(|word| (*word, Role::Statement));
        let rule = words::CONDITIONS.iter().chain(words::CONTINUATIONS);
        let rule = rule.map(|word| (*word, Role::Rule));
        let reasons = Reason::ALL
            .iter()
            .map(|reason| (reason.as_str(), Role::Test));
        for (word, role) in statements.chain(rule).chain(reasons) {
            assert!(meaning(word, role).is_some(), "{word} as {role:?}");
        }
    }
}
