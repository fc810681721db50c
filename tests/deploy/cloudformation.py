"""CloudFormation in, a `Deployment` out. Reads what SAM expands to (routes in an OpenAPI body) and
what CDK synthesizes (routes as resources of their own)."""

import re

from deployment import (ACCOUNT, PARTITION, REGION, Api, Authorizer, Deployment, Function, GatewayResponse, Permission,
                        Route, function_arn, parameter_arn)

ANY = "x-amazon-apigateway-any-method"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace", ANY}
PSEUDO = {"AWS::Partition": PARTITION, "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::StackName": "stack",
          "AWS::URLSuffix": "amazonaws.com", "AWS::NoValue": None}


def read(template: dict, authorizer: str, parameter: str, values: dict) -> Deployment:
    """`authorizer` is the logical ID of the authorizer's function, `parameter` the name of the one
    parameter it may read, `values` are of the template's own parameters, in the place of defaults."""
    return Reader(template, values).deployment(authorizer, parameter)


class Reader:
    def __init__(self, template: dict, values: dict):
        self.template = template
        defaults = {name: parameter.get("Default") for name, parameter in template.get("Parameters", {}).items()}
        self.parameters = defaults | values
        self.types = {name: resource["Type"] for name, resource in template["Resources"].items()}
        self.properties = {name: self.value(resource.get("Properties", {}))
                           for name, resource in template["Resources"].items()}

    def of(self, kind: str) -> dict:
        return {name: self.properties[name] for name, its in self.types.items() if its == kind}

    # --- intrinsics, with the parameters' defaults ---

    def value(self, raw):
        if isinstance(raw, list):
            return [item for item in map(self.value, raw) if item is not None]
        if not isinstance(raw, dict):
            return raw
        if len(raw) == 1:
            (name, argument), = raw.items()
            if name == "Ref":
                return self.reference(argument)
            if name.startswith("Fn::"):
                return self.intrinsic(name.removeprefix("Fn::"), argument)
        members = {key: self.value(item) for key, item in raw.items()}
        return {key: value for key, value in members.items() if value is not None}

    def reference(self, name: str):
        for known in (PSEUDO, self.parameters):
            if name in known:
                return known[name]
        if name not in self.types:
            raise LookupError(f"there is no `{name}`")
        return name

    def intrinsic(self, name: str, argument):
        if name == "GetAtt":
            return self.attribute(*(argument.split(".", 1) if isinstance(argument, str) else argument))
        if name == "Sub":
            text, own = argument if isinstance(argument, list) else (argument, {})
            own = self.value(own)
            return re.sub(r"\$\{([^!}]+)\}", lambda found: str(self.named(found[1], own)), text)
        if name == "Join":
            return argument[0].join(str(part) for part in self.value(argument[1]))
        if name == "Split":
            return self.value(argument[1]).split(argument[0])
        if name == "Select":
            return self.value(argument[1])[int(argument[0])]
        if name == "If":
            condition, given, otherwise = argument
            return self.value(given if self.condition(self.template["Conditions"][condition]) else otherwise)
        raise LookupError(f"Fn::{name} is not read here")

    def named(self, name: str, own: dict):
        if name in own:
            return own[name]
        return self.attribute(*name.split(".", 1)) if "." in name else self.reference(name)

    def attribute(self, resource: str, name: str) -> str:
        if name == "Arn" and self.types[resource] == "AWS::Lambda::Function":
            return function_arn(resource)
        return resource if name in ("ApiId", "RestApiId") else f"{resource}.{name}"

    def condition(self, raw: dict) -> bool:
        (name, argument), = raw.items()
        if name == "Fn::Not":
            return not self.condition(argument[0])
        if name == "Fn::Equals":
            return self.value(argument[0]) == self.value(argument[1])
        raise LookupError(f"{name} is not read here")

    # --- resources ---

    def deployment(self, authorizer: str, parameter: str) -> Deployment:
        roles = self.of("AWS::IAM::Role")
        loose = [name for name, policy in self.of("AWS::IAM::Policy").items()
                 if not set(policy.get("Roles", [])) & roles.keys()]
        return Deployment(apis=self.apis(), functions=self.functions(roles), permissions=self.permissions(),
                          authorizer=authorizer, key_parameter=parameter_arn(parameter),
                          side_doors=list(self.of("AWS::Lambda::Url")),
                          loose_policies=[*loose, *self.of("AWS::IAM::ManagedPolicy")])

    def apis(self) -> dict:
        apis = {}
        for name, api in self.of("AWS::ApiGateway::RestApi").items():
            apis[name] = Api(name, "REST")
        for name, api in self.of("AWS::ApiGatewayV2::Api").items():
            apis[name] = Api(name, api.get("ProtocolType", "HTTP"))
        for api in apis.values():
            self.openapi(api, self.properties[api.id].get("Body", {}))
        self.rest_resources(apis)
        self.v2_resources(apis)
        return apis

    def openapi(self, api: Api, body: dict) -> None:
        for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
            if its := scheme.get("x-amazon-apigateway-authorizer"):
                api.authorizers[name] = Authorizer(
                    name=f"{api.id}/{name}", uri=its.get("authorizerUri"), type=(its.get("type") or "").upper(),
                    ttl=its.get("authorizerResultTtlInSeconds"), identity_source=its.get("identitySource"),
                    payload_version=its.get("authorizerPayloadFormatVersion"),
                    simple_responses=bool(its.get("enableSimpleResponses")))
        for path, operations in body.get("paths", {}).items():
            for method in METHODS & operations.keys():
                names = [name for need in operations[method].get("security", []) for name in need]
                api.routes.append(Route(path, "ANY" if method == ANY else method.upper(), names))
        for kind, response in body.get("x-amazon-apigateway-gateway-responses", {}).items():
            api.responses[kind] = GatewayResponse(
                str(response["statusCode"]) if "statusCode" in response else None,
                response.get("responseTemplates", {}).get("application/json", ""),
                response.get("responseParameters", {}))

    def rest_resources(self, apis: dict) -> None:
        for name, its in self.of("AWS::ApiGateway::Authorizer").items():
            apis[its["RestApiId"]].authorizers[name] = Authorizer(
                name=name, uri=its.get("AuthorizerUri"), type=its.get("Type"),
                ttl=its.get("AuthorizerResultTtlInSeconds"), identity_source=its.get("IdentitySource"))
        for its in self.of("AWS::ApiGateway::Method").values():
            apis[its["RestApiId"]].routes.append(
                Route(self.path(its["ResourceId"]), its["HttpMethod"], guards(its)))
        for its in self.of("AWS::ApiGateway::GatewayResponse").values():
            apis[its["RestApiId"]].responses[its["ResponseType"]] = GatewayResponse(
                its.get("StatusCode"), its.get("ResponseTemplates", {}).get("application/json", ""),
                its.get("ResponseParameters", {}))
        for kind in ("AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment"):
            for its in self.of(kind).values():
                if "StageName" in its:
                    apis[its["RestApiId"]].stages.append(its["StageName"])

    def path(self, resource: str) -> str:
        if resource.endswith(".RootResourceId"):
            return "/"
        its = self.properties[resource]
        return self.path(its["ParentId"]).rstrip("/") + "/" + its["PathPart"]

    def v2_resources(self, apis: dict) -> None:
        for name, its in self.of("AWS::ApiGatewayV2::Authorizer").items():
            apis[its["ApiId"]].authorizers[name] = Authorizer(
                name=name, uri=its.get("AuthorizerUri"), type=its.get("AuthorizerType"),
                ttl=its.get("AuthorizerResultTtlInSeconds"), identity_source=its.get("IdentitySource"),
                payload_version=its.get("AuthorizerPayloadFormatVersion"),
                simple_responses=bool(its.get("EnableSimpleResponses")))
        answered = {its["RouteId"] for its in self.of("AWS::ApiGatewayV2::RouteResponse").values()}
        for name, its in self.of("AWS::ApiGatewayV2::Route").items():
            api = apis[its["ApiId"]]
            answers = name in answered and its.get("RouteResponseSelectionExpression") == "$default"
            api.routes.append(route(api, its["RouteKey"], guards(its), answers))
        for its in self.of("AWS::ApiGatewayV2::Stage").values():
            apis[its["ApiId"]].stages.append(its["StageName"])

    def functions(self, roles: dict) -> dict:
        functions = {}
        for name, its in self.of("AWS::Lambda::Function").items():
            role = its["Role"].removesuffix(".Arn")
            policies = [*roles[role].get("Policies", []),
                        *(policy for policy in self.of("AWS::IAM::Policy").values() if role in policy.get("Roles", []))]
            logging = its.get("LoggingConfig", {})
            functions[name] = Function(
                arn=function_arn(name), timeout=its.get("Timeout", 3),
                logging={"format": logging.get("LogFormat"), "level": logging.get("ApplicationLogLevel")},
                variables=its.get("Environment", {}).get("Variables", {}),
                statements=[statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]],
                managed=roles[role].get("ManagedPolicyArns", []))
        return functions

    def permissions(self) -> list:
        return [Permission(name, function(its["FunctionName"]), its["Principal"], its.get("SourceArn"))
                for name, its in self.of("AWS::Lambda::Permission").items()]


def guards(its: dict) -> list:
    """The authorizer of a route; what kind of authorization it has instead, such as `NONE`."""
    kind = its.get("AuthorizationType", "NONE")
    return [its["AuthorizerId"] if kind == "CUSTOM" and "AuthorizerId" in its else kind]


def route(api: Api, key: str, authorizers: list, answers: bool) -> Route:
    """A route of an HTTP or WebSocket API by its key: `$default`, `OPTIONS /x`, `$connect`."""
    if api.kind == "WEBSOCKET":
        return Route(key, "", authorizers, answers)
    method, _, path = key.partition(" ")
    return Route(path, method, authorizers) if path else Route(key, "ANY", authorizers)


def function(named: str) -> str:
    return named if named.startswith("arn:") else function_arn(named)
