//! Which resources and attributes of Terraform's AWS provider are which of CloudFormation's.

/// An attribute and the property it amounts to.
pub(super) struct Attribute {
    /// `logging_config.application_log_level`: a block, then its attribute.
    pub from: &'static str,
    /// `LoggingConfig.ApplicationLogLevel`
    pub to: &'static str,
    /// It names another resource, so that what it refers to counts before its value.
    pub refers: bool,
}

const fn value(from: &'static str, to: &'static str) -> Attribute {
    let refers = false;
    Attribute { from, to, refers }
}

const fn refers(from: &'static str, to: &'static str) -> Attribute {
    let refers = true;
    Attribute { from, to, refers }
}

type Kind = (&'static str, &'static str, &'static [Attribute]);

/// Terraform's type, CloudFormation's, and the attributes that matter.
pub(super) const KINDS: &[Kind] = &[
    (
        "aws_api_gateway_rest_api",
        "AWS::ApiGateway::RestApi",
        &[
            value("api_key_source", "ApiKeySourceType"),
            value("body", "Body"),
            value("disable_execute_api_endpoint", "DisableExecuteApiEndpoint"),
            value("policy", "Policy"),
        ],
    ),
    (
        "aws_api_gateway_rest_api_policy",
        "AWS::ApiGateway::RestApiPolicy",
        &[
            refers("rest_api_id", "RestApiId"),
            value("policy", "Policy"),
        ],
    ),
    (
        "aws_api_gateway_resource",
        "AWS::ApiGateway::Resource",
        &[
            refers("rest_api_id", "RestApiId"),
            refers("parent_id", "ParentId"),
            value("path_part", "PathPart"),
        ],
    ),
    (
        "aws_api_gateway_method",
        "AWS::ApiGateway::Method",
        &[
            refers("rest_api_id", "RestApiId"),
            refers("resource_id", "ResourceId"),
            value("http_method", "HttpMethod"),
            value("authorization", "AuthorizationType"),
            refers("authorizer_id", "AuthorizerId"),
        ],
    ),
    (
        "aws_api_gateway_authorizer",
        "AWS::ApiGateway::Authorizer",
        &[
            refers("rest_api_id", "RestApiId"),
            refers("authorizer_uri", "AuthorizerUri"),
            refers("authorizer_credentials", "AuthorizerCredentials"),
            value(
                "authorizer_result_ttl_in_seconds",
                "AuthorizerResultTtlInSeconds",
            ),
            value("identity_source", "IdentitySource"),
            value(
                "identity_validation_expression",
                "IdentityValidationExpression",
            ),
            value("type", "Type"),
        ],
    ),
    (
        "aws_api_gateway_gateway_response",
        "AWS::ApiGateway::GatewayResponse",
        &[
            refers("rest_api_id", "RestApiId"),
            value("response_type", "ResponseType"),
            value("response_parameters", "ResponseParameters"),
            value("response_templates", "ResponseTemplates"),
        ],
    ),
    (
        "aws_api_gateway_stage",
        "AWS::ApiGateway::Stage",
        &[
            refers("rest_api_id", "RestApiId"),
            value("stage_name", "StageName"),
        ],
    ),
    (
        "aws_api_gateway_deployment",
        "AWS::ApiGateway::Deployment",
        &[
            refers("rest_api_id", "RestApiId"),
            value("stage_name", "StageName"),
        ],
    ),
    (
        "aws_api_gateway_base_path_mapping",
        "AWS::ApiGateway::BasePathMapping",
        &[
            refers("api_id", "RestApiId"),
            value("base_path", "BasePath"),
            value("stage_name", "Stage"),
        ],
    ),
    (
        "aws_apigatewayv2_api",
        "AWS::ApiGatewayV2::Api",
        &[
            value("body", "Body"),
            value("cors_configuration", "CorsConfiguration"),
            value("disable_execute_api_endpoint", "DisableExecuteApiEndpoint"),
            value("protocol_type", "ProtocolType"),
            value("route_key", "RouteKey"),
            value("route_selection_expression", "RouteSelectionExpression"),
            refers("target", "Target"),
        ],
    ),
    (
        "aws_apigatewayv2_route",
        "AWS::ApiGatewayV2::Route",
        &[
            refers("api_id", "ApiId"),
            value("authorization_type", "AuthorizationType"),
            refers("authorizer_id", "AuthorizerId"),
            value("route_key", "RouteKey"),
            value(
                "route_response_selection_expression",
                "RouteResponseSelectionExpression",
            ),
        ],
    ),
    (
        "aws_apigatewayv2_authorizer",
        "AWS::ApiGatewayV2::Authorizer",
        &[
            refers("api_id", "ApiId"),
            refers("authorizer_uri", "AuthorizerUri"),
            refers("authorizer_credentials_arn", "AuthorizerCredentialsArn"),
            value(
                "authorizer_payload_format_version",
                "AuthorizerPayloadFormatVersion",
            ),
            value(
                "authorizer_result_ttl_in_seconds",
                "AuthorizerResultTtlInSeconds",
            ),
            value("authorizer_type", "AuthorizerType"),
            value("enable_simple_responses", "EnableSimpleResponses"),
            value("identity_sources", "IdentitySource"),
        ],
    ),
    (
        "aws_apigatewayv2_stage",
        "AWS::ApiGatewayV2::Stage",
        &[refers("api_id", "ApiId"), value("name", "StageName")],
    ),
    (
        "aws_apigatewayv2_api_mapping",
        "AWS::ApiGatewayV2::ApiMapping",
        &[
            refers("api_id", "ApiId"),
            value("api_mapping_key", "ApiMappingKey"),
            value("stage", "Stage"),
        ],
    ),
    (
        "aws_appsync_graphql_api",
        "AWS::AppSync::GraphQLApi",
        &[
            refers(
                "lambda_authorizer_config.authorizer_uri",
                "LambdaAuthorizerConfig.AuthorizerUri",
            ),
            value(
                "lambda_authorizer_config.authorizer_result_ttl_in_seconds",
                "LambdaAuthorizerConfig.AuthorizerResultTtlInSeconds",
            ),
            value(
                "lambda_authorizer_config.identity_validation_expression",
                "LambdaAuthorizerConfig.IdentityValidationExpression",
            ),
        ],
    ),
    (
        "aws_lambda_function",
        "AWS::Lambda::Function",
        &[
            value("function_name", "FunctionName"),
            value("environment.variables", "Environment.Variables"),
            value(
                "logging_config.application_log_level",
                "LoggingConfig.ApplicationLogLevel",
            ),
            value("memory_size", "MemorySize"),
            value("timeout", "Timeout"),
        ],
    ),
    (
        "aws_lambda_alias",
        "AWS::Lambda::Alias",
        &[refers("function_name", "FunctionName")],
    ),
    (
        "aws_lambda_permission",
        "AWS::Lambda::Permission",
        &[
            refers("function_name", "FunctionName"),
            value("principal", "Principal"),
            refers("source_arn", "SourceArn"),
        ],
    ),
    (
        "aws_cloudwatch_metric_alarm",
        "AWS::CloudWatch::Alarm",
        &[
            value("namespace", "Namespace"),
            value("metric_name", "MetricName"),
            refers("dimensions", "Dimensions.FunctionName"),
        ],
    ),
];
