# The authorizer and the backend: how they run, and what they may do.

locals {
  assume = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
  write_logs = "arn:${data.aws_partition.here.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_partition" "here" {}
data "aws_region" "here" {}
data "aws_caller_identity" "here" {}

resource "aws_iam_role" "authorizer" {
  name               = "${var.name}-authorizer"
  assume_role_policy = local.assume
}

resource "aws_iam_role_policy_attachment" "authorizer_logs" {
  role       = aws_iam_role.authorizer.name
  policy_arn = local.write_logs
}

# A parameter encrypted with a KMS key of your own needs `kms:Decrypt` too: template.yaml has it.
resource "aws_iam_role_policy" "read_the_api_key" {
  name = "read-the-api-key"
  role = aws_iam_role.authorizer.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "ssm:GetParameters"
      # The name's own leading slash is the one after `parameter`.
      Resource = "arn:${data.aws_partition.here.partition}:ssm:${data.aws_region.here.region}:${data.aws_caller_identity.here.account_id}:parameter${var.api_key_parameter}"
    }]
  })
}

resource "aws_lambda_function" "authorizer" {
  function_name    = "${var.name}-authorizer"
  description      = "Verifies the caller's token and answers with an IAM allow or deny"
  role             = aws_iam_role.authorizer.arn
  filename         = var.authorizer_zip
  source_code_hash = filebase64sha256(var.authorizer_zip)
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  handler          = "bootstrap"
  # Memory buys processor time, and a cold start is all processor time.
  memory_size = 512
  # API Gateway gives up after 10 s. Ending sooner keeps the log line on this side.
  timeout = 8

  environment {
    variables = { TIUN_ENVIRONMENT = var.tiun_environment }
  }

  logging_config {
    log_format = "JSON"
    # Never TRACE: the runtime would log whole events, tokens included.
    application_log_level = "INFO"
  }
}

# One permission for the authorizers of each API, and for nobody else.
resource "aws_lambda_permission" "authorizer" {
  for_each = {
    rest      = "${aws_api_gateway_rest_api.rest.execution_arn}/authorizers/${aws_api_gateway_authorizer.rest.id}"
    http      = "${aws_apigatewayv2_api.http.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.http.id}"
    websocket = "${aws_apigatewayv2_api.websocket.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.websocket.id}"
  }

  function_name = aws_lambda_function.authorizer.function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = each.value
}

resource "aws_iam_role" "backend" {
  name               = "${var.name}-backend"
  assume_role_policy = local.assume
}

resource "aws_iam_role_policy_attachment" "backend_logs" {
  role       = aws_iam_role.backend.name
  policy_arn = local.write_logs
}

resource "aws_lambda_function" "backend" {
  function_name    = "${var.name}-backend"
  role             = aws_iam_role.backend.arn
  filename         = var.backend_zip
  source_code_hash = filebase64sha256(var.backend_zip)
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  handler          = "bootstrap"
  timeout          = 10

  environment {
    # On a REST API the backend itself must let web pages read its answers.
    variables = { ALLOWED_ORIGIN = var.allowed_origin }
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
  }
}

resource "aws_lambda_permission" "backend" {
  for_each = {
    rest      = "${aws_api_gateway_rest_api.rest.execution_arn}/${local.rest_stage}/*/*"
    http      = "${aws_apigatewayv2_api.http.execution_arn}/*/*"
    websocket = "${aws_apigatewayv2_api.websocket.execution_arn}/*/*"
  }

  function_name = aws_lambda_function.backend.function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = each.value
}
