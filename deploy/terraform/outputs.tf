output "rest_api_url" {
  description = "The backend behind the REST API"
  value       = aws_api_gateway_stage.rest.invoke_url
}

output "http_api_url" {
  description = "The backend behind the HTTP API"
  value       = aws_apigatewayv2_stage.http.invoke_url
}

output "websocket_api_url" {
  description = "The backend behind the WebSocket API"
  value       = aws_apigatewayv2_stage.websocket.invoke_url
}

output "authorizer_function_arn" {
  description = "To attach the authorizer to further APIs"
  value       = aws_lambda_function.authorizer.arn
}
