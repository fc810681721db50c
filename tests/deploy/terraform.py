"""A Terraform plan (`terraform show -json`) in, a `Deployment` out."""

import json

from cloudformation import function, route
from deployment import Api, Authorizer, Deployment, Function, GatewayResponse, Permission, Route, parameter_arn


def read(plan: dict, authorizer: str, parameter: str) -> Deployment:
    """`authorizer` is the address of the authorizer's function, `parameter` the name of the one
    parameter it may read."""
    return Reader(plan["planned_values"]["root_module"]["resources"]).deployment(authorizer, parameter)


class Reader:
    def __init__(self, resources: list):
        self.resources = resources

    def of(self, kind: str) -> dict:
        return {each["address"]: each["values"] for each in self.resources
                if each["type"] == kind and each["mode"] == "managed"}

    def deployment(self, authorizer: str, parameter: str) -> Deployment:
        roles = {its["name"] for its in self.of("aws_iam_role").values()}
        loose = [address for address, its in self.of("aws_iam_role_policy").items() if its["role"] not in roles]
        return Deployment(apis=self.apis(), functions=self.functions(), permissions=self.permissions(),
                          authorizer=authorizer, key_parameter=parameter_arn(parameter),
                          side_doors=list(self.of("aws_lambda_function_url")),
                          loose_policies=[*loose, *self.of("aws_iam_policy")])

    def apis(self) -> dict:
        apis = {its["id"]: Api(its["id"], "REST") for its in self.of("aws_api_gateway_rest_api").values()}
        apis |= {its["id"]: Api(its["id"], its["protocol_type"]) for its in self.of("aws_apigatewayv2_api").values()}
        self.rest(apis)
        self.v2(apis)
        return apis

    def rest(self, apis: dict) -> None:
        for address, its in self.of("aws_api_gateway_authorizer").items():
            source = its["identity_source"]
            apis[its["rest_api_id"]].authorizers[its["id"]] = Authorizer(
                name=address, uri=its["authorizer_uri"], type=its["type"] or "TOKEN",
                ttl=its["authorizer_result_ttl_in_seconds"],
                identity_source="method.request.header.Authorization" if source is None else source)
        for its in self.of("aws_api_gateway_method").values():
            apis[its["rest_api_id"]].routes.append(
                Route(self.path(its["resource_id"]), its["http_method"], guards(its, its["authorization"])))
        for its in self.of("aws_api_gateway_gateway_response").values():
            apis[its["rest_api_id"]].responses[its["response_type"]] = GatewayResponse(
                its["status_code"], (its["response_templates"] or {}).get("application/json", ""),
                its["response_parameters"] or {})
        for its in self.of("aws_api_gateway_stage").values():
            apis[its["rest_api_id"]].stages.append(its["stage_name"])

    def path(self, resource: str) -> str:
        if any(resource == its["root_resource_id"] for its in self.of("aws_api_gateway_rest_api").values()):
            return "/"
        its, = (its for its in self.of("aws_api_gateway_resource").values() if its["id"] == resource)
        return self.path(its["parent_id"]).rstrip("/") + "/" + its["path_part"]

    def v2(self, apis: dict) -> None:
        for address, its in self.of("aws_apigatewayv2_authorizer").items():
            apis[its["api_id"]].authorizers[its["id"]] = Authorizer(
                name=address, uri=its["authorizer_uri"], type=its["authorizer_type"],
                ttl=its["authorizer_result_ttl_in_seconds"], identity_source=its["identity_sources"],
                payload_version=its["authorizer_payload_format_version"],
                simple_responses=bool(its["enable_simple_responses"]))
        answered = {its["route_id"] for its in self.of("aws_apigatewayv2_route_response").values()}
        for its in self.of("aws_apigatewayv2_route").values():
            api = apis[its["api_id"]]
            answers = its["id"] in answered and its["route_response_selection_expression"] == "$default"
            api.routes.append(route(api, its["route_key"], guards(its, its["authorization_type"]), answers))
        for its in self.of("aws_apigatewayv2_stage").values():
            apis[its["api_id"]].stages.append(its["name"])

    def functions(self) -> dict:
        functions = {}
        for address, its in self.of("aws_lambda_function").items():
            role, = (role["name"] for role in self.of("aws_iam_role").values() if role["arn"] == its["role"])
            logging = (its["logging_config"] or [{}])[0]
            environment = (its["environment"] or [{}])[0]
            functions[address] = Function(
                arn=its["arn"], timeout=its["timeout"] or 3,
                logging={"format": logging.get("log_format"), "level": logging.get("application_log_level")},
                variables=environment.get("variables") or {},
                statements=[statement for policy in self.of("aws_iam_role_policy").values() if policy["role"] == role
                            for statement in json.loads(policy["policy"])["Statement"]],
                managed=[attached["policy_arn"] for attached in self.of("aws_iam_role_policy_attachment").values()
                         if attached["role"] == role])
        return functions

    def permissions(self) -> list:
        return [Permission(address, function(its["function_name"]), its["principal"], its["source_arn"])
                for address, its in self.of("aws_lambda_permission").items()]


def guards(its: dict, kind: str | None) -> list:
    """The authorizer of a route; what kind of authorization it has instead, such as `NONE`."""
    return [its["authorizer_id"] if kind == "CUSTOM" and its["authorizer_id"] else kind or "NONE"]
