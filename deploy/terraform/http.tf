# The HTTP API: `$default` behind the authorizer, preflight routes without it.

resource "aws_apigatewayv2_api" "http" {
  name          = "${var.name}-http"
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins = [var.allowed_origin]
    allow_headers = ["authorization", "content-type"]
    allow_methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    max_age       = 600
  }
}

resource "aws_apigatewayv2_authorizer" "http" {
  api_id                            = aws_apigatewayv2_api.http.id
  name                              = "Tollgate"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = aws_lambda_function.authorizer.invoke_arn
  authorizer_payload_format_version = "2.0"
  # IAM answers, as on the REST API: a simple answer has no resource it is about.
  enable_simple_responses = false
  # Never cached, and no identity source, as on the REST API.
  authorizer_result_ttl_in_seconds = 0
}

resource "aws_apigatewayv2_integration" "http" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.backend.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "everything" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "$default"
  target             = "integrations/${aws_apigatewayv2_integration.http.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.http.id
}

# `$default` would catch preflight requests too, which carry no token.
resource "aws_apigatewayv2_route" "preflight" {
  for_each = toset(["OPTIONS /", "OPTIONS /{proxy+}"])

  api_id             = aws_apigatewayv2_api.http.id
  route_key          = each.value
  target             = "integrations/${aws_apigatewayv2_integration.http.id}"
  authorization_type = "NONE"
}

resource "aws_apigatewayv2_stage" "http" {
  api_id = aws_apigatewayv2_api.http.id
  # The one stage whose name is not part of the path.
  name        = "$default"
  auto_deploy = true
}
