"""What must stay true of the template, each with the harm that follows if it doesn't.

An assertion is a function that yields one line for every place where it is broken. `faults.yaml`
plants a fault for each of them.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace", "x-amazon-apigateway-any-method"}
API_TYPES = {"AWS::ApiGateway::RestApi": "REST", "AWS::ApiGatewayV2::Api": "HTTP"}
# A route made in any of these ways would not be in an API's OpenAPI body, where the guards are checked.
SIDE_DOORS = {"AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route", "AWS::Lambda::Url"}
PARAMETER_ARN = {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ApiKeyParameter}"}
GATEWAY_LIMIT = 10  # seconds API Gateway waits for an authorizer


@dataclass(frozen=True)
class Template:
    """The template as written, as deployed, and the settings that must agree with it."""

    source: dict
    deployed: dict
    settings: dict  # policy/authorizer.yaml
    root: Path  # of the workspace

    def resources(self, kind: str) -> dict:
        return {name: resource["Properties"] for name, resource in self.deployed["Resources"].items()
                if resource["Type"] == kind}

    def api(self, kind: str) -> tuple[str, dict]:
        """The name and the OpenAPI body of the one API of a kind, REST or HTTP."""
        found = [(name, properties["Body"]) for type_name, short in API_TYPES.items() if short == kind
                 for name, properties in self.resources(type_name).items()]
        if len(found) != 1:
            raise LookupError(f"expected one {kind} API, found {len(found)}")
        return found[0]

    def bodies(self) -> Iterator[tuple[str, dict]]:
        return (self.api(kind) for kind in API_TYPES.values())

    def authorizers(self) -> Iterator[tuple[str, dict]]:
        """Every authorizer of every API, with a name for messages. No authorizer at all is a fault too."""
        for api, body in self.bodies():
            schemes = body.get("components", {}).get("securitySchemes", {})
            found = {name: scheme["x-amazon-apigateway-authorizer"] for name, scheme in schemes.items()
                     if "x-amazon-apigateway-authorizer" in scheme}
            if not found:
                raise LookupError(f"{api} has no authorizer")
            yield from ((f"{api}/{name}", authorizer) for name, authorizer in found.items())

    def routes(self) -> Iterator[tuple[str, str, str, list]]:
        """API, path, method, and the names of the authorizers of every route."""
        for api, body in self.bodies():
            for path, operations in body["paths"].items():
                for method in METHODS & operations.keys():
                    names = [name for need in operations[method].get("security", []) for name in need]
                    yield api, path, method, names

    def gateway_responses(self) -> dict:
        return self.api("REST")[1].get("x-amazon-apigateway-gateway-responses", {})

    def function(self, name: str) -> dict:
        return self.resources("AWS::Lambda::Function")[name]

    def key_parameter(self) -> str:
        return self.source["Parameters"]["ApiKeyParameter"]["Default"]

    def settings_that_start(self, prefix: str) -> set[str]:
        return {value.removeprefix(prefix) for value in strings(self.settings) if value.startswith(prefix)}


@dataclass(frozen=True)
class Assertion:
    name: str
    harm: str
    check: Callable[[Template], Iterator[str]]

    def broken(self, template: Template) -> list[str]:
        try:
            return list(self.check(template))
        except (KeyError, LookupError, TypeError, AttributeError, ValueError) as missing:
            # What an assertion looks for isn't there, or has another shape: that breaks it.
            return [f"{type(missing).__name__}: {missing}"]


ASSERTIONS: list[Assertion] = []


def otherwise(harm: str):
    """Register an assertion; its name is the function's, its harm what follows when it is broken."""

    def register(check):
        ASSERTIONS.append(Assertion(check.__name__.replace("_", "-"), harm, check))
        return check

    return register


# --- the authorizers ---

@otherwise("an answer made for one route is replayed, by token, for every other one")
def answers_are_never_cached(template: Template) -> Iterator[str]:
    for name, authorizer in template.authorizers():
        ttl = authorizer.get("authorizerResultTtlInSeconds")
        if ttl != 0 or isinstance(ttl, bool):
            yield f"{name}: the TTL is `{ttl}` (absent means 300 s)"


@otherwise("visitors are refused before the policy is asked, so public routes are not public")
def no_identity_source(template: Template) -> Iterator[str]:
    for name, authorizer in template.authorizers():
        if authorizer.get("identitySource"):
            yield f"{name}: {authorizer['identitySource']}"


@otherwise("the authorizer sees a token but neither method nor headers of the request")
def rest_authorizer_sees_the_request(template: Template) -> Iterator[str]:
    for name, authorizer in template.authorizers():
        if authorizer.get("type") != "request":
            yield f"{name}: the type is `{authorizer.get('type')}`"


@otherwise("the authorizer is sent another event format than the one it was deployed for")
def http_events_have_format_2(template: Template) -> Iterator[str]:
    api, _ = template.api("HTTP")
    for name, authorizer in template.authorizers():
        version = authorizer.get("authorizerPayloadFormatVersion")
        if name.startswith(api + "/") and version != "2.0":
            yield f"{name}: the version is `{version}`"


@otherwise("API Gateway expects a bare yes or no, and every IAM answer becomes a 500")
def answers_are_iam_documents(template: Template) -> Iterator[str]:
    for name, authorizer in template.authorizers():
        if authorizer.get("enableSimpleResponses"):
            yield f"{name}: simple responses are on"


@otherwise("another function answers for the authorizer")
def authorizers_are_tollgate(template: Template) -> Iterator[str]:
    for name, authorizer in template.authorizers():
        if "AuthorizerFunction" not in strings(authorizer.get("authorizerUri")):
            yield f"{name}: {json.dumps(authorizer.get('authorizerUri'))}"


@otherwise("API Gateway may not call the authorizer and answers everything with 500, or anybody may call it")
def only_our_gateways_invoke_the_authorizer(template: Template) -> Iterator[str]:
    granted = []
    for name, permission in template.resources("AWS::Lambda::Permission").items():
        if "AuthorizerFunction" not in strings(permission["FunctionName"]):
            continue
        source = permission.get("SourceArn")
        if permission["Principal"] != "apigateway.amazonaws.com" or source is None:
            yield f"{name}: open to `{permission['Principal']}` from {json.dumps(source)}"
        elif not any(text.endswith(":${__ApiId__}/authorizers/*") for text in strings(source)):
            yield f"{name}: granted to more than an API's authorizers: {json.dumps(source)}"
        else:
            granted += strings(source)
    for api, _ in template.bodies():
        if api not in granted:
            yield f"{api}: no permission"


# --- the routes ---

@otherwise("a route reaches the backend without being checked")
def every_route_is_guarded(template: Template) -> Iterator[str]:
    authorizers = {name for name, _ in template.authorizers()}
    for api, path, method, names in template.routes():
        if method != "options" and (not names or any(f"{api}/{name}" not in authorizers for name in names)):
            yield f"{api}: {method} {path} has {names or 'no authorizer'}"


@otherwise("a request that matches no route is answered by something other than the policy")
def every_path_reaches_the_policy(template: Template) -> Iterator[str]:
    routes = {(api, path) for api, path, method, _ in template.routes()
              if method == "x-amazon-apigateway-any-method"}
    wanted = {("REST", "/"), ("REST", "/{proxy+}"), ("HTTP", "$default")}
    for kind, path in sorted(wanted):
        if (template.api(kind)[0], path) not in routes:
            yield f"the {kind} API has no route for any method of `{path}`"


@otherwise("browsers ask without a token whether they may call, are refused, and never call")
def preflight_is_open(template: Template) -> Iterator[str]:
    asked = {(api, path): names for api, path, method, names in template.routes() if method == "options"}
    for kind in API_TYPES.values():
        api, _ = template.api(kind)
        for path in ("/", "/{proxy+}"):
            names = asked.get((api, path))
            if names is None:
                yield f"{api}: no OPTIONS route for {path}"
            elif set(names) - {"NONE"}:
                yield f"{api}: OPTIONS {path} has {names}"


@otherwise("the backend can be reached past the gateway, or over a route nobody looked at")
def there_is_no_side_door(template: Template) -> Iterator[str]:
    for name, resource in template.deployed["Resources"].items():
        if resource["Type"] in SIDE_DOORS:
            yield f"{name} is an {resource['Type']}"
    apis = {api for api, _ in template.bodies()}
    for name, permission in template.resources("AWS::Lambda::Permission").items():
        source = permission.get("SourceArn")
        if permission["Principal"] != "apigateway.amazonaws.com" or not apis & set(strings(source)):
            yield f"{name}: open to `{permission['Principal']}` from {json.dumps(source)}"


@otherwise("paths carry a stage that no rule names, or a second stage is a second way in")
def stages_are_out_of_the_way(template: Template) -> Iterator[str]:
    http = [stage["StageName"] for stage in template.resources("AWS::ApiGatewayV2::Stage").values()]
    if http != ["$default"]:
        yield f"the HTTP API's stages are {http}, expected `$default` alone"
    rest = [stage["StageName"] for stage in template.resources("AWS::ApiGateway::Stage").values()]
    if len(rest) != 1:
        yield f"the REST API's stages are {rest}, expected one"
    if any("StageName" in deployment for deployment in template.resources("AWS::ApiGateway::Deployment").values()):
        yield "the REST API's deployment makes a stage of its own"


# --- what a refused caller is told ---

@otherwise("a refused caller cannot tell whether to sign in, to upgrade or to give up")
def refusals_say_why(template: Template) -> Iterator[str]:
    wanted = {
        "UNAUTHORIZED": ("401", {"reason": "login_required"}),
        "ACCESS_DENIED": ("403", {"reason": "$context.authorizer.reason", "required": "$context.authorizer.required",
                                  "hint": "$context.authorizer.hint"}),
    }
    for kind, (status, members) in wanted.items():
        response = template.gateway_responses()[kind]
        if str(response.get("statusCode")) != status:
            yield f"{kind}: the status is `{response.get('statusCode')}`, expected {status}"
        body = json.loads(response["responseTemplates"]["application/json"])
        if not body.get("message"):
            yield f"{kind}: no `message`"
        for member, value in members.items():
            if body.get(member) != value:
                yield f"{kind}: `{member}` is `{body.get(member)}`, expected `{value}`"


@otherwise("a failure of ours reads as a refusal, or shows its inside to the caller")
def failures_are_failures(template: Template) -> Iterator[str]:
    for kind in ("AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR", "DEFAULT_5XX"):
        response = template.gateway_responses()[kind]
        status = response.get("statusCode")
        # A status on a DEFAULT type would override those of every type that isn't named.
        if status != (None if kind.startswith("DEFAULT") else "500"):
            yield f"{kind}: the status is `{status}`"
        body = response["responseTemplates"]["application/json"]
        if "$context" in body or not json.loads(body).get("message"):
            yield f"{kind}: expected a plain message, found {body}"


@otherwise("a value with a quote or a brace in it writes the rest of the body itself")
def context_values_are_quoted(template: Template) -> Iterator[str]:
    for kind, response in template.gateway_responses().items():
        for body in response.get("responseTemplates", {}).values():
            # API Gateway quotes this one, and no other.
            quoted = body.replace("$context.error.messageString", '""')
            for value in re.findall(r"\$[A-Za-z][\w.]*", re.sub(r'"\$context\.[\w.]+"', "", quoted)):
                yield f"{kind}: `{value}` is not in quotes"
            try:
                json.loads(re.sub(r'"?\$context[\w.]*"?', '""', quoted))
            except ValueError as error:
                yield f"{kind}: not JSON: {error}"


@otherwise("a web page cannot read why it was refused")
def pages_can_read_refusals(template: Template) -> Iterator[str]:
    responses = template.gateway_responses()
    for kind in {"DEFAULT_4XX", "DEFAULT_5XX", *responses}:
        headers = responses.get(kind, {}).get("responseParameters", {})
        if "gatewayresponse.header.Access-Control-Allow-Origin" not in headers:
            yield f"{kind}: no Access-Control-Allow-Origin"


# --- the functions ---

@otherwise("the function may read or do more than its job needs")
def one_parameter_is_readable(template: Template) -> Iterator[str]:
    roles = template.resources("AWS::IAM::Role")
    role = roles[template.function("AuthorizerFunction")["Role"]["Fn::GetAtt"][0]]
    allowed = {"Sid": "ReadTheApiKey", "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": PARAMETER_ARN}
    statements = [statement for policy in role.get("Policies", [])
                  for statement in policy["PolicyDocument"]["Statement"]]
    plain = [statement for statement in statements if "Fn::If" not in statement]
    if plain != [allowed]:
        yield f"expected exactly {json.dumps(allowed)}, found {json.dumps(plain)}"
    for name, each in roles.items():
        for arn in each.get("ManagedPolicyArns", []):
            if not str(arn).endswith(":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"):
                yield f"{name}: {arn}"
        if each is not role and each.get("Policies"):
            yield f"{name}: has permissions of its own"
    if template.resources("AWS::IAM::Policy") or template.resources("AWS::IAM::ManagedPolicy"):
        yield "permissions stand outside the role, where they are not checked"


@otherwise("the function may decrypt what other people keep under the same key, or nothing at all")
def decryption_is_for_that_parameter(template: Template) -> Iterator[str]:
    if template.deployed["Conditions"]["HasOwnKmsKey"] != {"Fn::Not": [{"Fn::Equals": [{"Ref": "ApiKeyKmsKeyArn"}, ""]}]}:
        yield "the condition is not `a key was given`"
    role = template.resources("AWS::IAM::Role")[template.function("AuthorizerFunction")["Role"]["Fn::GetAtt"][0]]
    conditional = [statement["Fn::If"] for policy in role["Policies"]
                   for statement in policy["PolicyDocument"]["Statement"] if "Fn::If" in statement]
    if len(conditional) != 1:
        yield f"expected one conditional statement, found {len(conditional)}"
    for condition, given, absent in conditional:
        if condition != "HasOwnKmsKey" or absent != {"Ref": "AWS::NoValue"}:
            yield f"it depends on `{condition}`, and is otherwise {json.dumps(absent)}"
        if given["Effect"] != "Allow" or given["Action"] != "kms:Decrypt" or given["Resource"] != {"Ref": "ApiKeyKmsKeyArn"}:
            yield f"it is {json.dumps(given)}"
        equals = given.get("Condition", {}).get("StringEquals", {})
        if equals.get("kms:EncryptionContext:PARAMETER_ARN") != PARAMETER_ARN or "kms:ViaService" not in equals:
            yield f"it is not bound to the parameter and to SSM: {json.dumps(given.get('Condition'))}"


@otherwise("API Gateway gives up first, and nobody can say what went wrong")
def the_authorizer_ends_in_time(template: Template) -> Iterator[str]:
    timeout = template.function("AuthorizerFunction").get("Timeout", 3)
    if not 1 < timeout < GATEWAY_LIMIT:
        yield f"the timeout is {timeout} s, API Gateway's limit {GATEWAY_LIMIT} s"


@otherwise("the functions do not build, or build and do not start")
def functions_build_and_start(template: Template) -> Iterator[str]:
    packages = {tomllib.loads(manifest.read_text())["package"]["name"]
                for manifest in template.root.glob("functions/*/Cargo.toml")}
    built = {}
    for name, function in template.resources("AWS::Lambda::Function").items():
        for member, wanted in {"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": ["arm64"]}.items():
            if function.get(member) != wanted:
                yield f"{name}: {member} is `{function.get(member)}`, expected `{wanted}`"
        metadata = template.deployed["Resources"][name].get("Metadata", {})
        if metadata.get("BuildMethod") != "rust-cargolambda":
            yield f"{name}: BuildMethod is `{metadata.get('BuildMethod')}`, expected `rust-cargolambda`"
        built[name] = metadata.get("BuildProperties", {}).get("Binary")
        if built[name] not in packages:
            yield f"{name}: there is no function `{built[name]}` in the workspace, only {sorted(packages)}"
        code = template.source["Resources"][name]["Properties"].get("CodeUri", template.source["Globals"]["Function"].get("CodeUri"))
        if code != ".":
            yield f"{name}: CodeUri is `{code}`, expected `.`, the workspace"
    if built.get("AuthorizerFunction") != "authorizer":
        yield f"AuthorizerFunction runs `{built.get('AuthorizerFunction')}`"


@otherwise("events, and the tokens in them, are written to the log")
def logs_hold_no_events(template: Template) -> Iterator[str]:
    for name, function in template.resources("AWS::Lambda::Function").items():
        logging = function.get("LoggingConfig", {})
        if logging.get("LogFormat") != "JSON" or logging.get("ApplicationLogLevel") not in {"INFO", "WARN", "ERROR"}:
            yield f"{name}: {json.dumps(logging)}"
        if "RUST_LOG" in function.get("Environment", {}).get("Variables", {}):
            yield f"{name}: RUST_LOG overrides the level"


# --- the settings beside it ---

@otherwise("the authorizer asks for a parameter that it may not read, and does not start")
def settings_name_the_same_parameter(template: Template) -> Iterator[str]:
    named = template.settings_that_start("ssm:")
    if named != {template.key_parameter()}:
        yield f"policy/authorizer.yaml names {sorted(named)}, the template `{template.key_parameter()}`"
    pattern = template.source["Parameters"]["ApiKeyParameter"]["AllowedPattern"]
    for name in (template.key_parameter(), "/a", "/a/b.c-d_e"):
        if not re.fullmatch(pattern, name):
            yield f"the template refuses the name `{name}`"
    for name in ("", "a", "a/b", "/", "/*", "/a/*", "/a?", "/a/${b}", "/a//b", "/a/"):
        if re.search(pattern, name):
            yield f"the template accepts the name `{name}`"


@otherwise("the authorizer looks for a variable that nobody sets, and does not start")
def variables_are_set(template: Template) -> Iterator[str]:
    variables = template.function("AuthorizerFunction").get("Environment", {}).get("Variables", {})
    if variables.get("TIUN_ENVIRONMENT") != {"Ref": "TiunEnvironment"}:
        yield f"TIUN_ENVIRONMENT is {json.dumps(variables.get('TIUN_ENVIRONMENT'))}"
    for name in sorted(template.settings_that_start("env:") - variables.keys()):
        yield f"policy/authorizer.yaml reads `{name}`, the template does not set it"


@otherwise("a choice made at deployment has no effect: sandbox is chosen, live is asked")
def variables_are_read(template: Template) -> Iterator[str]:
    variables = template.function("AuthorizerFunction").get("Environment", {}).get("Variables", {})
    # Those the function reads by itself begin with TOLLGATE_.
    for name in sorted(variables.keys() - template.settings_that_start("env:")):
        if not name.startswith(("TOLLGATE_", "AWS_")):
            yield f"the template sets `{name}`, policy/authorizer.yaml has no `env:{name}`"


@otherwise("the function is pointed at an environment the provider doesn't have")
def environments_are_those_of_tiun(template: Template) -> Iterator[str]:
    values = template.source["Parameters"]["TiunEnvironment"].get("AllowedValues")
    if sorted(values) != ["live", "sandbox"]:
        yield f"the values are {values}"


def strings(value) -> list[str]:
    """Every string inside a JSON value, keys left out."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for member in value.values() for text in strings(member)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return []
