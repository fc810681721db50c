"""What people write today: a key from SSM, the token checked by PyJWT, a document out.

The loop at the end stands for Lambda's own Python runtime, and does less than that.
"""

import http.client
import json
import os

import boto3
import jwt

KEY = boto3.client("ssm").get_parameter(Name=os.environ["PARAMETER"], WithDecryption=True)["Parameter"]["Value"]
JWKS = jwt.PyJWKClient(os.environ["JWKS_URI"])
JWKS.get_signing_keys()


def authorize(event):
    token = event["authorizationToken"].removeprefix("Bearer ")
    key = JWKS.get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token, key.key, algorithms=["ES256"], issuer=os.environ["ISSUER"], audience=os.environ["AUDIENCE"]
    )
    effect = "Allow" if "subscriber" in claims.get("roles", []) else "Deny"
    return {
        "principalId": claims["sub"],
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}],
        },
        "context": {"userId": claims["sub"]},
    }


PATH = "/2018-06-01/runtime/invocation"
runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", f"{PATH}/next")
    response = runtime.getresponse()
    request, event = response.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(response.read())
    try:
        outcome, body = "response", authorize(event)
    except jwt.PyJWTError as error:
        outcome, body = "error", {"errorType": type(error).__name__, "errorMessage": "Unauthorized"}
    runtime.request("POST", f"{PATH}/{request}/{outcome}", json.dumps(body))
    runtime.getresponse().read()
