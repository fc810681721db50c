// What people write today: a key from SSM, the token checked by aws-jwt-verify, a document out.
// The loop at the end stands for Lambda's own Node.js runtime, and does less than that.
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { JwtVerifier } from "aws-jwt-verify";

const { ISSUER, AUDIENCE, JWKS_URI, PARAMETER, AWS_LAMBDA_RUNTIME_API } = process.env;

const ssm = new SSMClient({});
const verifier = JwtVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI });
const [secret] = await Promise.all([
  ssm.send(new GetParameterCommand({ Name: PARAMETER, WithDecryption: true })),
  verifier.hydrate(),
]);
if (!secret.Parameter?.Value) throw new Error("no key");

async function authorize(event) {
  const token = event.authorizationToken.replace(/^Bearer /, "");
  const claims = await verifier.verify(token);
  const pays = claims.roles?.includes("subscriber");
  return {
    principalId: claims.sub,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        { Action: "execute-api:Invoke", Effect: pays ? "Allow" : "Deny", Resource: event.methodArn },
      ],
    },
    context: { userId: claims.sub },
  };
}

const base = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
for (;;) {
  const next = await fetch(`${base}/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const event = await next.json();
  const answer = await authorize(event).then(
    (body) => ["response", body],
    (error) => ["error", { errorType: error.name, errorMessage: "Unauthorized" }],
  );
  const [outcome, body] = answer;
  await (await fetch(`${base}/${id}/${outcome}`, { method: "POST", body: JSON.stringify(body) })).text();
}
