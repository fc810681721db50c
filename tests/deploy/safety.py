"""What must stay true of a deployment, whichever tool wrote it, each with the harm that follows if it
doesn't.

An assertion is a function that yields one line for every place where it is broken. For each tool,
a list of faults plants at least one for each of them.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deployment import Deployment, execution_arn

GATEWAY_LIMIT = 10  # seconds API Gateway waits for an authorizer
WRITE_LOGS = ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@dataclass(frozen=True)
class Assertion:
    name: str
    harm: str
    check: Callable[..., Iterator[str]]

    def broken(self, subject) -> list[str]:
        try:
            return list(self.check(subject))
        except (KeyError, LookupError, TypeError, AttributeError, ValueError) as missing:
            # What an assertion looks for isn't there, or has another shape: that breaks it.
            return [f"{type(missing).__name__}: {missing}"]


def register(assertions: list[Assertion]) -> Callable:
    """The decorator of a list of assertions; a name is the function's, its harm follows when it is broken."""

    def otherwise(harm: str):
        def add(check):
            assertions.append(Assertion(check.__name__.replace("_", "-"), harm, check))
            return check

        return add

    return otherwise


ASSERTIONS: list[Assertion] = []
otherwise = register(ASSERTIONS)


# --- the authorizers ---

@otherwise("an answer made for one route is replayed, by token, for every other one")
def answers_are_never_cached(deployment: Deployment) -> Iterator[str]:
    for api, authorizer in deployment.every_authorizer():
        # A WebSocket API has no such cache, and no setting for it.
        wanted = {None, 0} if api.kind == "WEBSOCKET" else {0}
        if authorizer.ttl not in wanted or isinstance(authorizer.ttl, bool):
            yield f"{authorizer.name}: the TTL is `{authorizer.ttl}` (None means 300 s)"


@otherwise("visitors are refused before the policy is asked, so public routes are not public")
def no_identity_source(deployment: Deployment) -> Iterator[str]:
    for _, authorizer in deployment.every_authorizer():
        if authorizer.identity_source:
            yield f"{authorizer.name}: {authorizer.identity_source}"


@otherwise("the authorizer sees a token but neither method nor headers of the request")
def authorizers_see_the_request(deployment: Deployment) -> Iterator[str]:
    for _, authorizer in deployment.every_authorizer():
        if authorizer.type != "REQUEST":
            yield f"{authorizer.name}: the type is `{authorizer.type}`"


@otherwise("the authorizer is sent another event format than the one it was deployed for")
def http_events_have_format_2(deployment: Deployment) -> Iterator[str]:
    for authorizer in deployment.api("HTTP").authorizers.values():
        if authorizer.payload_version != "2.0":
            yield f"{authorizer.name}: the version is `{authorizer.payload_version}`"


@otherwise("API Gateway expects a bare yes or no, and every IAM answer becomes a 500")
def answers_are_iam_documents(deployment: Deployment) -> Iterator[str]:
    for _, authorizer in deployment.every_authorizer():
        if authorizer.simple_responses:
            yield f"{authorizer.name}: simple responses are on"


@otherwise("another function answers for the authorizer")
def authorizers_are_tollgate(deployment: Deployment) -> Iterator[str]:
    function = deployment.authorizer_function.arn
    for _, authorizer in deployment.every_authorizer():
        if not authorizer.uri or not authorizer.uri.endswith(f"/functions/{function}/invocations"):
            yield f"{authorizer.name}: {authorizer.uri}"


@otherwise("API Gateway may not call the authorizer and answers everything with 500, or anybody may call it")
def only_our_gateways_invoke_the_authorizer(deployment: Deployment) -> Iterator[str]:
    granted = set()
    for permission in deployment.permissions:
        if permission.function != deployment.authorizer_function.arn:
            continue
        api, slash, authorizer = (permission.source or "").partition("/authorizers/")
        if permission.principal != "apigateway.amazonaws.com" or not slash or "*" in api:
            yield f"{permission.name}: open to `{permission.principal}` from {permission.source}"
        else:
            granted.add((api, authorizer))
    for api in deployment.every_api():
        for its in api.authorizers:
            if not granted & {(execution_arn(api.id), "*"), (execution_arn(api.id), its)}:
                yield f"{api.id}: no permission for {its}"


# --- the routes ---

@otherwise("a route reaches the backend without being checked")
def every_route_is_guarded(deployment: Deployment) -> Iterator[str]:
    for api in deployment.every_api():
        for route in api.routes:
            # A WebSocket API is guarded where the connection is made, and can be nowhere else.
            open_by_design = route.path != "$connect" if api.kind == "WEBSOCKET" else route.method == "OPTIONS"
            if not open_by_design and (not route.authorizers or set(route.authorizers) - api.authorizers.keys()):
                yield f"{api.id}: {route.method} {route.path} has {route.authorizers or 'no authorizer'}"


@otherwise("a request that matches no route is answered by something other than the policy")
def every_path_reaches_the_policy(deployment: Deployment) -> Iterator[str]:
    wanted = {"REST": {("/", "ANY"), ("/{proxy+}", "ANY")}, "HTTP": {("$default", "ANY")},
              "WEBSOCKET": {("$connect", "")}}
    for kind, routes in wanted.items():
        for path, method in sorted(routes - {(route.path, route.method) for route in deployment.api(kind).routes}):
            yield f"the {kind} API has no route `{method} {path}`"


@otherwise("browsers ask without a token whether they may call, are refused, and never call")
def preflight_is_open(deployment: Deployment) -> Iterator[str]:
    for api in (deployment.api("REST"), deployment.api("HTTP")):
        asked = {route.path: route.authorizers for route in api.routes if route.method == "OPTIONS"}
        for path in ("/", "/{proxy+}"):
            if path not in asked:
                yield f"{api.id}: no OPTIONS route for {path}"
            elif set(asked[path]) - {"NONE"}:
                yield f"{api.id}: OPTIONS {path} has {asked[path]}"


@otherwise("a message over a WebSocket is taken, and nothing comes back")
def messages_are_answered(deployment: Deployment) -> Iterator[str]:
    answers = {route.path: route.answers for route in deployment.api("WEBSOCKET").routes}
    if not answers.get("$default"):
        yield "the route `$default` has no response"


@otherwise("the backend can be reached past the gateway, or over a route nobody looked at")
def there_is_no_side_door(deployment: Deployment) -> Iterator[str]:
    yield from (f"{name} is a function URL" for name in deployment.side_doors)
    ours = tuple(f"{execution_arn(api.id)}/" for api in deployment.every_api())
    for permission in deployment.permissions:
        if permission.principal != "apigateway.amazonaws.com" or not (permission.source or "").startswith(ours):
            yield f"{permission.name}: open to `{permission.principal}` from {permission.source}"


@otherwise("paths carry a stage that no rule names, or a second stage is a second way in")
def stages_are_out_of_the_way(deployment: Deployment) -> Iterator[str]:
    for api in deployment.every_api():
        if len(api.stages) != 1 or api.kind == "HTTP" and api.stages != ["$default"]:
            yield f"the {api.kind} API's stages are {api.stages}"


# --- what a refused caller is told ---

@otherwise("a refused caller cannot tell whether to sign in, to upgrade or to give up")
def refusals_say_why(deployment: Deployment) -> Iterator[str]:
    told = {key: f"$context.authorizer.{key}" for key in ("reason", "required", "hint", "decision")}
    wanted = {"UNAUTHORIZED": ("401", {"reason": "login_required"}), "ACCESS_DENIED": ("403", told)}
    responses = deployment.api("REST").responses
    for kind, (status, members) in wanted.items():
        response = responses[kind]
        if response.status != status:
            yield f"{kind}: the status is `{response.status}`, expected {status}"
        body = json.loads(response.body)
        if not body.get("message"):
            yield f"{kind}: no `message`"
        for member, value in members.items():
            if body.get(member) != value:
                yield f"{kind}: `{member}` is `{body.get(member)}`, expected `{value}`"
    challenge = responses["UNAUTHORIZED"].headers.get("gatewayresponse.header.WWW-Authenticate")
    if challenge != "'Bearer'":
        yield f"UNAUTHORIZED: WWW-Authenticate is {challenge}; RFC 9110 asks a 401 for a challenge"


@otherwise("a failure of ours reads as a refusal, or shows its inside to the caller")
def failures_are_failures(deployment: Deployment) -> Iterator[str]:
    for kind in ("AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR", "DEFAULT_5XX"):
        response = deployment.api("REST").responses[kind]
        # A status on a DEFAULT type would override those of every type that isn't named.
        if response.status != (None if kind.startswith("DEFAULT") else "500"):
            yield f"{kind}: the status is `{response.status}`"
        if "$context" in response.body or not json.loads(response.body).get("message"):
            yield f"{kind}: expected a plain message, found {response.body}"


@otherwise("a value with a quote or a brace in it writes the rest of the body itself")
def context_values_are_quoted(deployment: Deployment) -> Iterator[str]:
    for kind, response in deployment.api("REST").responses.items():
        # API Gateway quotes this one, and no other.
        quoted = response.body.replace("$context.error.messageString", '""')
        for value in re.findall(r"\$[A-Za-z][\w.]*", re.sub(r'"\$context\.[\w.]+"', "", quoted)):
            yield f"{kind}: `{value}` is not in quotes"
        try:
            json.loads(re.sub(r'"?\$context[\w.]*"?', '""', quoted))
        except ValueError as error:
            yield f"{kind}: not JSON: {error}"


@otherwise("a web page cannot read why it was refused")
def pages_can_read_refusals(deployment: Deployment) -> Iterator[str]:
    responses = deployment.api("REST").responses
    for kind in {"DEFAULT_4XX", "DEFAULT_5XX", *responses}:
        if kind not in responses or "gatewayresponse.header.Access-Control-Allow-Origin" not in responses[kind].headers:
            yield f"{kind}: no Access-Control-Allow-Origin"


# --- the functions ---

@otherwise("the function may read or do more than its job needs")
def one_parameter_is_readable(deployment: Deployment) -> Iterator[str]:
    for name, function in deployment.functions.items():
        if name == deployment.authorizer:
            grants = [(one["Effect"], one["Action"], one["Resource"]) for one in function.statements]
            if grants != [("Allow", "ssm:GetParameters", deployment.key_parameter)]:
                yield f"expected `ssm:GetParameters` on {deployment.key_parameter}, found {grants}"
        elif function.statements:
            yield f"{name}: has permissions of its own"
        yield from (f"{name}: {arn}" for arn in function.managed if not str(arn).endswith(WRITE_LOGS))
    yield from (f"{name}: stands outside the roles here, where it is not checked" for name in deployment.loose_policies)


@otherwise("API Gateway gives up first, and nobody can say what went wrong")
def the_authorizer_ends_in_time(deployment: Deployment) -> Iterator[str]:
    timeout = deployment.authorizer_function.timeout
    if not 1 < timeout < GATEWAY_LIMIT:
        yield f"the timeout is {timeout} s, API Gateway's limit {GATEWAY_LIMIT} s"


@otherwise("events, and the tokens in them, are written to the log")
def logs_hold_no_events(deployment: Deployment) -> Iterator[str]:
    for name, function in deployment.functions.items():
        if function.logging["format"] != "JSON" or function.logging["level"] not in {"INFO", "WARN", "ERROR"}:
            yield f"{name}: {function.logging}"
        if "RUST_LOG" in function.variables:
            yield f"{name}: RUST_LOG overrides the level"


@otherwise("the authorizer looks for a variable that nobody sets, and does not start")
def the_environment_of_tiun_is_set(deployment: Deployment) -> Iterator[str]:
    if not deployment.authorizer_function.variables.get("TIUN_ENVIRONMENT"):
        yield f"the variables are {sorted(deployment.authorizer_function.variables)}"
