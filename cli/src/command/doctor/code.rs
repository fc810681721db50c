//! Every kind of finding of `tollgate doctor` has a code that never changes its meaning: D0xx for
//! what could not be judged, D1xx for policy and API apart, D2xx for answers that are kept or formed
//! wrongly, D3xx for how everything is wired.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Somebody gets in, or is locked out, or every call fails.
    Error,
    /// Probably not as it is meant.
    Warning,
    /// As it is meant, if a person says so.
    SignOff,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// `sign-off`
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::SignOff => "sign-off",
            Self::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $id:literal $name:literal $severity:ident
       $title:literal
       why: $why:literal
       cure: $cure:literal)+) => {
        /// What kind of finding it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// `D101`
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// `uncovered-route`
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// One sentence on what is wrong.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What follows from it.
            pub fn why(self) -> &'static str {
                match self { $(Self::$variant => $why,)+ }
            }

            /// What to do about it.
            pub fn cure(self) -> &'static str {
                match self { $(Self::$variant => $cure,)+ }
            }
        }
    };
}

codes! {
    UnknownValue "D001" "unknown-value" Note
        "a value is known at deployment only"
        why: "A parameter without a default, an import or a condition on a region says nothing before the deployment, and is never guessed. What depends on it was not judged."
        cure: "give the parameter the default that is deployed, or check the value by hand"
    NoAuthorizer "D002" "no-authorizer" Warning
        "no API of this description has a Lambda authorizer"
        why: "There is nothing that Tollgate would be asked about."
        cure: "name the template that attaches the authorizer, or attach it"
    MissingAuthorizer "D003" "missing-authorizer" Error
        "a route names an authorizer that its API does not have"
        why: "The deployment fails, or the route is deployed without an authorizer."
        cure: "define the authorizer under this name, or correct the name"
    NotRead "D004" "not-read" Note
        "a part of the description is elsewhere"
        why: "What is in a bucket or made by another template was not read, so neither its routes nor its authorizers were judged."
        cure: "run the doctor where the file is on disk, named by its relative path"
    NoSettings "D005" "no-settings" Note
        "there is no authorizer.yaml beside the policy"
        why: "Without it nobody knows where tokens are and how long they live, so identity sources and TTLs were judged by the policy alone."
        cure: "name the file with `--config`"

    UncoveredRoute "D101" "uncovered-route" Warning
        "no rule of the policy covers a route of the API"
        why: "What no rule covers is denied, so nobody can ever call this route."
        cure: "add a rule for it, with `is denied` if that is meant, or remove the route"
    UnreachedRule "D102" "unreached-rule" Warning
        "no route of any API takes requests that a rule is about"
        why: "The rule decides nothing. Often the path is misspelt, and the route it was meant for is decided by another rule."
        cure: "compare the path with those of the template, or remove the rule"
    UnguardedRoute "D103" "unguarded-route" Error
        "a route has no authorizer, though a rule protects its path"
        why: "API Gateway sends these requests to the backend without asking anybody: the rule is not enforced."
        cure: "attach the authorizer to the route, best as the API's default"
    PublicRule "D104" "public-rule" SignOff
        "a rule lets everybody in"
        why: "Public is right for some routes and a disaster for others, and only a person knows."
        cure: "look at each of them"
    OpenRoute "D105" "open-route" SignOff
        "a route has no authorizer, and no rule protects its path"
        why: "Everybody reaches the backend there, whatever the policy says later."
        cure: "attach the authorizer, unless the route is public on purpose"
    OtherGuard "D106" "other-guard" Note
        "a route is guarded by something other than a Lambda authorizer"
        why: "The policy is not asked about these requests."
        cure: "attach the authorizer where the policy should decide"

    RequestScopeCached "D201" "request-scope-cached" Error
        "answers for one request are kept and given to others"
        why: "With request scope an answer holds for the one request it was asked about. API Gateway keeps it by the identity sources alone, and gives it to the next request with the same ones: other routes are refused, or decided by the wrong rule."
        cure: "set the TTL to 0, or `scope: token`, or add the request to the key: `$context.routeKey` of routes without parameters (HTTP API), `context.path` and `context.httpMethod` (REST API)"
    RouteKeyMissing "D202" "route-key-missing" Error
        "yes or no for one route is kept for all routes"
        why: "A simple response names no resource. Kept by the token alone, the answer of the first route is given for every other."
        cure: "add `$context.routeKey` to the identity sources, or set the TTL to 0, or use IAM answers"
    RouteKeyCoarse "D203" "route-key-coarse" Error
        "one route key stands for paths that the policy decides differently"
        why: "`$context.routeKey` is the template of the route. Behind `{proxy+}`, `$default` or a parameter many paths share it, and with it a kept answer."
        cure: "set the TTL to 0, use IAM answers, or give each path a route of its own"
    FormMismatch "D204" "form-mismatch" Error
        "the API expects another form of answer than the function gives"
        why: "API Gateway takes an answer of the wrong form for a broken authorizer: every call ends in 500."
        cure: "make EnableSimpleResponses and `answers.http_api` agree; simple responses need payload format 2.0"
    NoIdentitySource "D205" "no-identity-source" Error
        "answers are kept, but nothing says by what"
        why: "A TTL needs at least one identity source. API Gateway refuses such an authorizer, or keeps one answer for everybody."
        cure: "set the TTL to 0, or name where the token is as identity source"
    TokenNotInKey "D206" "token-not-in-key" Error
        "answers are kept by something other than the token"
        why: "Where the place of the token is no identity source, one user's answer is given to the next one with the same key; users whose token is elsewhere are refused with 401."
        cure: "make each place of `token_from` an identity source (they are all required), or set the TTL to 0"
    VisitorsLockedOut "D207" "visitors-locked-out" Error
        "public routes need a token, as identity sources are required"
        why: "API Gateway answers 401 to requests without an identity source and asks nobody, so a public route is not public."
        cure: "set the TTL to 0 without identity sources, or give public paths routes of their own without the authorizer"
    TtlOutlivesToken "D208" "ttl-outlives-token" Warning
        "answers are kept longer than tokens live"
        why: "API Gateway keeps an answer for the TTL whatever the token's expiry: an expired token is let in."
        cure: "lower the TTL to well under the life of a token, or set `bound_by_expiry: true` (for IAM answers, and providers that say when a token expires)"
    LateChanges "D209" "late-changes" SignOff
        "changes take effect only when kept answers are forgotten"
        why: "A sign-out, a purchase or a lost role is unknown to an answer that is kept. An expired token is let in as long, unless `bound_by_expiry` is set."
        cure: "accept the delay, or lower the TTL"
    ConditionNotInKey "D210" "condition-not-in-key" Error
        "a condition asks for what kept answers are not told apart by"
        why: "The answer of the first request is given to the next one with the same identity sources, whose header, query, address or time may be another."
        cure: "set the TTL to 0, or take the condition out of the policy"
    TokenAuthorizerBlind "D211" "token-authorizer-blind" Error
        "a TOKEN authorizer is not told what the policy asks for"
        why: "It is given one header and the method's ARN. Conditions on headers, query and address are unknown and deny, and tokens elsewhere are not found."
        cure: "make it a REQUEST authorizer"
    BrowserSockets "D212" "browser-sockets" Note
        "browsers cannot send the header that the token is taken from"
        why: "A page that opens a WebSocket sets no headers but the protocol."
        cure: "take the token from `protocol NAME` as well, or from `query NAME`, which ends up in access logs"
    NothingKept "D213" "nothing-kept" Note
        "answers for a whole token are not kept"
        why: "With the TTL at 0 and token scope every request is asked about. With `scope: request` each denial would carry the reason of its own route instead of one that is true of all."
        cure: "set `scope: request`, or a TTL with the token's place as identity source"
    UnanchoredValidation "D214" "unanchored-validation" Warning
        "an expression for tokens is not anchored"
        why: "It is not documented whether a match of a part is enough."
        cure: "start it with `^` and end it with `$`"
    NoPayloadFormat "D215" "no-payload-format" Error
        "an authorizer of an HTTP API has no payload format"
        why: "SAM and CloudFormation have no default for it: the deployment fails."
        cure: "set AuthorizerPayloadFormatVersion to \"2.0\", in quotes"
    TtlTooLong "D216" "ttl-too-long" Error
        "a TTL is longer than API Gateway takes"
        why: "The most is 3600 seconds; the deployment fails."
        cure: "set at most 3600"
    NeedlessSource "D217" "needless-source" Warning
        "requests need an identity source that is not where a token is"
        why: "Without it a caller gets 401 and nobody is asked, though nothing is kept by it."
        cure: "remove the identity sources: with the TTL at 0 none is needed"
    AppSyncTtl "D218" "appsync-ttl" Note
        "an AppSync API does not say how long it keeps answers"
        why: "AWS documents two defaults, 300 seconds and off. What the function answers as `ttlOverride` counts before either."
        cure: "set AuthorizerResultTtlInSeconds"

    NoPermission "D301" "no-permission" Error
        "API Gateway may not invoke the authorizer"
        why: "Every call ends in 500. SAM makes the permission for a REST API, but not for an HTTP API unless it is told to."
        cure: "set EnableFunctionDefaultPermissions: true (SAM, HTTP API), or add a Lambda permission with the API's `/authorizers/*` as SourceArn"
    PermissionTooWide "D302" "permission-too-wide" Warning
        "others than this API may invoke the authorizer"
        why: "Who invokes the function makes up the event. Any API of any account may, where a permission has no SourceArn."
        cure: "set SourceArn to the API's `/authorizers/*`, and one permission for each API"
    PermissionOpen "D303" "permission-open" Error
        "everybody may invoke the authorizer"
        why: "With `*` as principal the function can be called from any AWS account, with events that say anything."
        cure: "set Principal to apigateway.amazonaws.com, with a SourceArn, and give the function no URL"
    PreflightGuarded "D304" "preflight-guarded" Error
        "preflight requests need a token"
        why: "Browsers send OPTIONS without credentials. The authorizer refuses them, and no page of another origin can call the API."
        cure: "leave OPTIONS without an authorizer; in SAM set AddDefaultAuthorizerToCorsPreflight: false"
    PreflightSwallowed "D305" "preflight-swallowed" Error
        "a route for any method takes preflight requests too"
        why: "The API answers pages of other origins, but OPTIONS goes to a route with the authorizer and is refused."
        cure: "add an OPTIONS route for the same paths without the authorizer"
    RefusalsUnreadable "D306" "refusals-unreadable" Warning
        "pages of other origins cannot read why they were refused"
        why: "Without Access-Control-Allow-Origin a browser hides status and body of a refusal, and the page sees a network error."
        cure: "set the header in the gateway response, and in DEFAULT_4XX and DEFAULT_5XX"
    RefusalsSilent "D307" "refusals-silent" Warning
        "refused callers are not told why"
        why: "The defaults say `Unauthorized` or `User is not authorized`: a front end cannot tell whether to sign in, to upgrade or to give up."
        cure: "add gateway responses UNAUTHORIZED, ACCESS_DENIED with \"$context.authorizer.reason\", DEFAULT_4XX and DEFAULT_5XX"
    ContextUnquoted "D308" "context-unquoted" Error
        "a value of the authorizer stands in a body without quotes"
        why: "API Gateway puts the value in as it is, so the body is no JSON, or what the value makes of it."
        cure: "put it in quotes: \"$context.authorizer.reason\""
    SecurityIgnored "D309" "security-ignored" Error
        "a REST API ignores `security` of the whole document"
        why: "API Gateway reads `security` of operations alone. Operations that rely on the document's are deployed without an authorizer."
        cure: "write `security` in each operation"
    SilenceAllowed "D310" "silence-allowed" Error
        "the resource policy allows what the authorizer says nothing about"
        why: "In one account an Allow of the resource policy is enough where the authorizer neither allows nor denies (\"API Gateway resource policy evaluation flow\", table A)."
        cure: "leave only Deny statements in the resource policy, or none at all"
    TimeoutTooLong "D311" "timeout-too-long" Error
        "the function may run longer than API Gateway waits"
        why: "An authorizer has 10 seconds. Whoever takes longer is cut off by API Gateway, and the log does not say why."
        cure: "set the function's timeout to 8 seconds or less"
    LittleMemory "D312" "little-memory" Warning
        "the function has little memory, and so little processor time"
        why: "A cold start is all processor time: TLS, keys, policy. With 128 MB callers wait seconds for it."
        cure: "set MemorySize to 256 or more; 512 is a good start"
    TokensInLogs "D313" "tokens-in-logs" Error
        "the log level is TRACE"
        why: "The runtime then logs whole events, tokens included."
        cure: "use INFO; DEBUG while looking for something"
    RefusalsAlarm "D314" "refusals-alarm" Warning
        "an alarm counts callers who must sign in as errors"
        why: "A 401 is a function error named `Unauthorized`, and Lambda's `Errors` metric counts it: anybody can set the alarm off."
        cure: "set the alarm on the authorizer's own metrics, which tell failures from refusals"
    SecondAddress "D315" "second-address" Note
        "the API can be reached past its own domain"
        why: "The execute-api address stays open: what guards the domain (a firewall, mutual TLS) does not guard it."
        cure: "set DisableExecuteApiEndpoint: true"
    SeveralStages "D316" "several-stages" Warning
        "the API has more than one stage"
        why: "Each stage is a way in, and may be an older deployment with other authorizers. SAM makes a stage named `Stage` unless OpenApiVersion is set."
        cure: "keep one stage for each API; in SAM set OpenApiVersion: 3.0.1"
    NotOnConnect "D317" "not-on-connect" Error
        "a WebSocket authorizer is on another route than $connect"
        why: "API Gateway asks an authorizer on $connect alone: the deployment fails."
        cure: "attach it to $connect; the connection keeps its answer"
    NoUsageKeys "D318" "no-usage-keys" Error
        "the API takes its API key from the authorizer, which gives none"
        why: "With AUTHORIZER as key source a route that requires a key refuses every call without one from the authorizer."
        cure: "set `answers.usage_keys` in authorizer.yaml, or ApiKeySourceType to HEADER"
}

impl Code {
    /// The code with this ID or name, in upper or lower case.
    pub fn find(text: &str) -> Option<Self> {
        let matches = |code: &Self| {
            code.id().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text)
        };
        Self::ALL.iter().copied().find(matches)
    }
}
