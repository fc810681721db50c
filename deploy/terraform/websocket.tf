# The WebSocket API: the authorizer is asked once a connection, at `$connect`, the only route that can
# have one. What a user may ask for over the connection is up to the backend.

resource "aws_apigatewayv2_api" "websocket" {
  name                       = "${var.name}-websocket"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_authorizer" "websocket" {
  api_id          = aws_apigatewayv2_api.websocket.id
  name            = "Tollgate"
  authorizer_type = "REQUEST"
  authorizer_uri  = aws_lambda_function.authorizer.invoke_arn
  # No identity source: the token may be in the query or in the subprotocol, as `token_from` in
  # policy/authorizer.yaml says. Answers are never cached here.
}

resource "aws_apigatewayv2_integration" "websocket" {
  api_id           = aws_apigatewayv2_api.websocket.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.backend.invoke_arn
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_key          = "$connect"
  target             = "integrations/${aws_apigatewayv2_integration.websocket.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.websocket.id
}

resource "aws_apigatewayv2_route" "disconnect" {
  api_id    = aws_apigatewayv2_api.websocket.id
  route_key = "$disconnect"
  target    = "integrations/${aws_apigatewayv2_integration.websocket.id}"
}

# Send what the backend answers back over the connection.
resource "aws_apigatewayv2_route" "message" {
  api_id                              = aws_apigatewayv2_api.websocket.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.websocket.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "message" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_id           = aws_apigatewayv2_route.message.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_stage" "websocket" {
  api_id      = aws_apigatewayv2_api.websocket.id
  name        = "main"
  auto_deploy = true
}
