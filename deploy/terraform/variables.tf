variable "name" {
  description = "What the names of all resources begin with"
  type        = string
  default     = "tollgate"
}

variable "authorizer_zip" {
  description = "The zip with the authorizer's `bootstrap`, built for arm64"
  type        = string
  default     = "../../target/lambda/authorizer/bootstrap.zip"
}

variable "backend_zip" {
  description = "The zip with the `bootstrap` of the function behind the APIs"
  type        = string
  default     = "../../target/lambda/sample-api/bootstrap.zip"
}

variable "api_key_parameter" {
  description = "The SSM parameter (SecureString) with the provider's API key: the name in policy/authorizer.yaml"
  type        = string
  default     = "/tollgate/tiun/api-key"

  validation {
    # The leading slash joins the name to `parameter` in the ARN; without a wildcard the permission is
    # for one parameter and no other.
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.api_key_parameter))
    error_message = "Must be a parameter name that starts with `/`, such as /tollgate/tiun/api-key."
  }
}

variable "tiun_environment" {
  description = "Which tiun verifies the users' tokens"
  type        = string
  default     = "live"

  validation {
    condition     = contains(["live", "sandbox"], var.tiun_environment)
    error_message = "Must be `live` or `sandbox`."
  }
}

variable "allowed_origin" {
  description = "The origin of the web pages that may call the APIs, or `*`"
  type        = string
  default     = "*"

  validation {
    condition     = can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)$", var.allowed_origin))
    error_message = "Must be `*` or one origin, such as https://www.example.com, without a path."
  }
}
