"""What a template deploys, in one form for every tool: APIs with their authorizers and routes, the
functions, and who may call them.

`cloudformation.py` and `terraform.py` read it. All values are those a deployment would have, with
invented IDs in the place of those AWS would give.
"""

from dataclasses import dataclass, field

PARTITION, REGION, ACCOUNT = "aws", "eu-central-1", "123456789012"


@dataclass
class Authorizer:
    name: str  # for messages
    uri: str | None
    type: str | None  # REQUEST or TOKEN
    ttl: int | None  # seconds; None is API Gateway's default
    identity_source: str | list | None
    payload_version: str | None = None  # of an HTTP API
    simple_responses: bool = False


@dataclass
class Route:
    path: str  # `/`, `/{proxy+}`; `$default`, and of a WebSocket API `$connect`
    method: str  # in capitals; `ANY`; empty for a WebSocket API
    authorizers: list  # IDs, keys of `Api.authorizers`
    answers: bool = False  # a WebSocket API: whether what the backend says is sent back


@dataclass
class GatewayResponse:
    status: str | None
    body: str
    headers: dict


@dataclass
class Api:
    id: str
    kind: str  # REST, HTTP or WEBSOCKET
    authorizers: dict = field(default_factory=dict)
    routes: list = field(default_factory=list)
    stages: list = field(default_factory=list)
    responses: dict = field(default_factory=dict)


@dataclass
class Function:
    arn: str
    timeout: int
    logging: dict  # `format` and `level`
    variables: dict
    statements: list  # of the policies its role has, `Action` and `Resource` as written
    managed: list  # ARNs of managed policies


@dataclass
class Permission:
    name: str  # for messages
    function: str  # its ARN
    principal: str
    source: str | None


@dataclass
class Deployment:
    apis: dict
    functions: dict
    permissions: list
    authorizer: str  # which of `functions` is the authorizer
    key_parameter: str  # the ARN of the one parameter it may read
    side_doors: list  # ways to a function that are no API: function URLs
    loose_policies: list  # permissions that belong to no role here

    def api(self, kind: str) -> Api:
        found = [api for api in self.apis.values() if api.kind == kind]
        if len(found) != 1:
            raise LookupError(f"expected one {kind} API, found {len(found)}")
        return found[0]

    def every_api(self) -> list:
        return [self.api(kind) for kind in ("REST", "HTTP", "WEBSOCKET")]

    def every_authorizer(self) -> list:
        """Each authorizer with its API. No authorizer at all is a fault too."""
        for api in self.every_api():
            if not api.authorizers:
                raise LookupError(f"{api.id} has no authorizer")
        return [(api, authorizer) for api in self.every_api() for authorizer in api.authorizers.values()]

    @property
    def authorizer_function(self) -> Function:
        return self.functions[self.authorizer]


def function_arn(name: str) -> str:
    return f"arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:function:{name}"


def execution_arn(api: str) -> str:
    return f"arn:{PARTITION}:execute-api:{REGION}:{ACCOUNT}:{api}"


def parameter_arn(name: str) -> str:
    return f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT}:parameter{name}"
