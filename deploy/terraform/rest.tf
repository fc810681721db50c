# The REST API: one catch-all route behind the authorizer, preflight routes without it, and what a
# refused caller is told. Paths are decided by the policy, so no route can be added that forgets it.

locals {
  rest_stage = "main"
  # The methods of the two places that together are every path. They are written out, each with its
  # place, since a plan says nothing of what goes through a local: so `tollgate doctor` can read them.
  guarded = {
    root       = aws_api_gateway_method.root
    everything = aws_api_gateway_method.everything
  }
  preflight = {
    root       = aws_api_gateway_method.root_preflight
    everything = aws_api_gateway_method.everything_preflight
  }
  preflight_headers = {
    "Access-Control-Allow-Origin"  = "'${var.allowed_origin}'"
    "Access-Control-Allow-Headers" = "'Authorization,Content-Type'"
    "Access-Control-Allow-Methods" = "'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'"
    "Access-Control-Max-Age"       = "'600'"
  }
}

resource "aws_api_gateway_rest_api" "rest" {
  name = "${var.name}-rest"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_authorizer" "rest" {
  name           = "Tollgate"
  rest_api_id    = aws_api_gateway_rest_api.rest.id
  authorizer_uri = aws_lambda_function.authorizer.invoke_arn
  # REQUEST sees method, path and headers; TOKEN sees the token alone.
  type = "REQUEST"
  # Never cached: an answer is right for the one request it was asked about.
  authorizer_result_ttl_in_seconds = 0
  # None, or callers without a token would be refused before a public route is looked up. Left out it
  # would be the header `Authorization`.
  identity_source = ""
}

resource "aws_api_gateway_resource" "everything" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "root" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_rest_api.rest.root_resource_id
  http_method   = "ANY"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.rest.id
}

resource "aws_api_gateway_method" "everything" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.everything.id
  http_method   = "ANY"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.rest.id
}

resource "aws_api_gateway_integration" "backend" {
  for_each = local.guarded

  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = each.value.resource_id
  http_method             = each.value.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.backend.invoke_arn
}

# Browsers send preflight requests without a token: with the authorizer each would be refused.
resource "aws_api_gateway_method" "root_preflight" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_rest_api.rest.root_resource_id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_method" "everything_preflight" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.everything.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "preflight" {
  for_each = local.preflight

  rest_api_id       = aws_api_gateway_rest_api.rest.id
  resource_id       = each.value.resource_id
  http_method       = each.value.http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 204 }) }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each = local.preflight

  rest_api_id         = aws_api_gateway_rest_api.rest.id
  resource_id         = each.value.resource_id
  http_method         = each.value.http_method
  status_code         = "204"
  response_parameters = { for name, value in local.preflight_headers : "method.response.header.${name}" => true }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each = local.preflight

  rest_api_id         = aws_api_gateway_rest_api.rest.id
  resource_id         = each.value.resource_id
  http_method         = aws_api_gateway_integration.preflight[each.key].http_method
  status_code         = aws_api_gateway_method_response.preflight[each.key].status_code
  response_parameters = { for name, value in local.preflight_headers : "method.response.header.${name}" => value }
}

# What a refused caller is told. `$context` values are put in as they are, so they stand in quotes;
# the authorizer makes them safe for that. The headers let a web page read the answer.
resource "aws_api_gateway_gateway_response" "told" {
  for_each = {
    UNAUTHORIZED  = { status = "401", body = "{\"message\":\"sign in to call this\",\"reason\":\"login_required\"}" }
    ACCESS_DENIED = { status = "403", body = "{\"message\":\"you may not call this\",\"reason\":\"$context.authorizer.reason\",\"required\":\"$context.authorizer.required\",\"hint\":\"$context.authorizer.hint\",\"decision\":\"$context.authorizer.decision\"}" }
    # The authorizer failed or answered nonsense. Not the caller's fault, and none of their business.
    AUTHORIZER_FAILURE             = { status = "500", body = "{\"message\":\"access could not be checked; try again\"}" }
    AUTHORIZER_CONFIGURATION_ERROR = { status = "500", body = "{\"message\":\"access could not be checked; try again\"}" }
    # A status here would override those of all types that are not named.
    DEFAULT_4XX = { status = null, body = "{\"message\":$context.error.messageString}" }
    DEFAULT_5XX = { status = null, body = "{\"message\":\"the request could not be answered; try again\"}" }
  }

  rest_api_id        = aws_api_gateway_rest_api.rest.id
  response_type      = each.key
  status_code        = each.value.status
  response_templates = { "application/json" = each.value.body }
  response_parameters = merge(
    { "gatewayresponse.header.Access-Control-Allow-Origin" = "'${var.allowed_origin}'" },
    each.key == "UNAUTHORIZED" ? { "gatewayresponse.header.WWW-Authenticate" = "'Bearer'" } : {},
  )
}

resource "aws_api_gateway_deployment" "rest" {
  rest_api_id = aws_api_gateway_rest_api.rest.id

  # A REST API serves what was deployed last: without this a changed authorizer would not be in force.
  triggers = {
    redeployment = sha1(jsonencode([
      aws_api_gateway_authorizer.rest,
      local.guarded,
      aws_api_gateway_integration.backend,
      local.preflight,
      aws_api_gateway_integration.preflight,
      aws_api_gateway_integration_response.preflight,
      aws_api_gateway_gateway_response.told,
    ]))
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "rest" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  deployment_id = aws_api_gateway_deployment.rest.id
  stage_name    = local.rest_stage
}
