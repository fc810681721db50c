//! Every kind of finding has a code that never changes its meaning: E1xx for what a policy
//! says wrongly, E2xx for what it means wrongly, W3xx for what it probably did not mean.
//!
//! A warning is silenced by its name or code where it is given: `# allow unused-let` on the line
//! above the statement, or at the end of one of its lines. Several names are separated by commas,
//! and a reason may follow a colon: `# allow W302, needless-part: kept for the autumn sale`. A
//! comment that silences nothing is itself reported (W311, W312).

mod page;

pub use page::{Block, Page};

use crate::diagnostic::Severity;

macro_rules! codes {
    ($($variant:ident $id:literal $name:literal $title:literal;)+) => {
        /// What kind of finding a diagnostic is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// `E101`
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// `unknown-statement`
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// One sentence on what is wrong.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

codes! {
    UnknownStatement "E101" "unknown-statement" "a line starts with a word that no statement starts with";
    Syntax "E102" "syntax" "a statement is not written as its form asks";
    FileTooLarge "E103" "file-too-large" "a file is larger than a policy may be";
    NotUtf8 "E104" "not-utf8" "a file is not UTF-8 text";
    StrayCharacter "E105" "stray-character" "a character stands where a reader does not see it or takes it for another";
    NestedTooDeep "E106" "nested-too-deep" "parentheses and `not` nest deeper than a policy may";
    UnclosedText "E107" "unclosed-text" "a text has no closing quote on its line";
    BadEscape "E108" "bad-escape" "a `\\` in a text is followed by something other than a quote or a second one";
    UnbalancedParenthesis "E109" "unbalanced-parenthesis" "a parenthesis has no partner";
    MixedJoins "E110" "mixed-and-or" "`and` and `or` stand side by side, which can be read in two ways";
    NotBeforeList "E111" "not-before-list" "`not` stands before a list, which can be read in two ways";
    AmbiguousItem "E112" "ambiguous-item" "a word in a list can be read as an item or as a condition";
    ReservedWord "E113" "reserved-word" "a word of the language stands where a name is expected";
    BadName "E114" "bad-name" "a name is empty, too long or holds characters it may not";
    UnknownCondition "E115" "unknown-condition" "a word starts no condition, yet something follows it";
    ForeignOperator "E116" "foreign-operator" "an operator of another language";
    BadMethod "E117" "bad-method" "a method is not written as a request would have it";
    DuplicateMethod "E118" "duplicate-method" "a method is listed twice";
    PatternStart "E119" "pattern-start" "a path pattern does not start with `/`";
    MisplacedWildcard "E120" "misplaced-wildcard" "`*` stands elsewhere than as the whole last segment";
    BadParameter "E121" "bad-parameter" "a `{parameter}` of a pattern is not written as it should be";
    DuplicateParameter "E122" "duplicate-parameter" "a pattern names two parameters alike";
    NeverMatches "E123" "never-matches" "a pattern asks for a path that is refused before any rule is looked at";
    TrailingComma "E124" "trailing-comma" "nothing follows a comma";
    UnknownAccess "E125" "unknown-access" "after `is` stands something other than `public` or `denied`";
    BadHint "E126" "bad-hint" "a hint is empty, too long or holds characters that a client could not be sent";
    BadNetwork "E127" "bad-network" "an IP address or network is not one, or says two things";
    BadDate "E128" "bad-date" "a date is not one of RFC 3339";
    BadEmail "E129" "bad-email" "an e-mail address or domain is not one";
    BadClaim "E130" "bad-claim" "the path of a claim is not written as it should be";
    BadValue "E131" "bad-value" "a value to compare with is not text, a number, `true` or `false`";
    BadHeader "E132" "bad-header" "a header name is not one that HTTP knows";
    TooManyErrors "E133" "too-many-errors" "there are more mistakes than are worth listing";
    BadComparison "E134" "bad-comparison" "two things cannot be compared in this way";
    BadField "E135" "bad-field" "a field is not written as `Type.name` or `*`";
    TestBraces "E140" "test-braces" "the braces of a test are missing or do not stand where they should";
    EmptyTest "E141" "empty-test" "a test, or a user in it, has no request line";
    RequestBeforeUser "E142" "request-before-user" "a test has a request before it says who asks";
    DuplicateTest "E143" "duplicate-test" "two tests have the same name";
    BadOutcome "E144" "bad-outcome" "what a test expects is not an outcome or a reason";
    BadTestFact "E145" "bad-test-fact" "a test says of a user what cannot be known of a user";
    UnknownTestLine "E146" "unknown-test-line" "a line of a test is neither about a user nor a request";
    RepeatedClause "E147" "repeated-clause" "a request of a test says the same thing twice";

    UnknownName "E201" "unknown-name" "a condition names a `let` that no file defines";
    UnknownTier "E202" "unknown-tier" "a condition names a tier that no file defines";
    DuplicateName "E203" "duplicate-name" "a `let` or `tier` name is given twice";
    CircularName "E204" "circular-name" "a `let` or `tier` is defined by way of itself";
    DuplicateRoute "E205" "duplicate-route" "two routes cover the same pattern and method";
    UnknownParameter "E206" "unknown-parameter" "a condition uses a parameter that the pattern does not name";
    TiersApart "E207" "tiers-apart" "tiers stand in more than one file, so their order is not defined";
    PolicyTooLarge "E208" "policy-too-large" "the policy goes over a limit of the engine";
    WrongEnvironment "E209" "wrong-environment" "a product ID belongs to the other environment of the provider, so nobody can have it";

    VisitorAllowed "W301" "visitor-allowed" "a condition with `not` also holds for somebody who is not signed in";
    UnusedLet "W302" "unused-let" "a `let` is never used";
    UnreachableRule "W303" "unreachable-rule" "no request reaches a rule";
    NeverHolds "W304" "never-holds" "a condition can never hold";
    AlwaysHolds "W305" "always-holds" "a condition never says no";
    NeedlessPart "W306" "needless-part" "a part of a condition changes nothing beside the others";
    IdleTier "W307" "idle-tier" "nobody is in a tier, as a higher one takes all its users";
    PublicCatchAll "W308" "public-catch-all" "a public route takes paths that differ from protected ones in case only";
    NotSupplied "W309" "not-supplied" "a condition asks for what the identity provider cannot tell";
    NotCacheable "W310" "not-cacheable" "a decision depends on the request, so API Gateway must not cache it by token";
    UnknownAllow "W311" "unknown-allow" "a comment allows a warning that does not exist";
    StaleAllow "W312" "stale-allow" "a comment allows a warning that is not given";
    NearProduct "W313" "near-product" "a product is almost a name of `authorizer.yaml`, but not quite";
    UnreachableFields "W314" "unreachable-fields" "no GraphQL request gets to the fields that have routes";
}

impl Code {
    /// Errors start with `E`, warnings with `W`.
    pub fn severity(self) -> Severity {
        if self.id().starts_with('E') {
            Severity::Error
        } else {
            Severity::Warning
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
