// The outside judge: another's IAM evaluator, asked what a policy document says about calls of an API.
//
// A line on standard input is a question, the line on standard output its answer:
//   {"document": …, "calls": [{"arn": …, "unixMillis": …, "ip": …}]}
//   {"verdicts": ["Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied"]} | {"error": …}
// It ends with its input.

import { createInterface } from "node:readline";
import { runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

// Without validation: what is validated (that actions and resources exist, that an identity's policy
// has no wildcard in the API's place) is none of what API Gateway asks of an authorizer's document.
function judge(document, { arn, unixMillis, ip }) {
  const [, , , , accountId] = arn.split(":");
  const contextVariables = {
    "aws:CurrentTime": new Date(unixMillis).toISOString(),
    "aws:EpochTime": String(Math.floor(unixMillis / 1000)),
    ...(ip === null ? {} : { "aws:SourceIp": ip }),
  };
  return runUnsafeSimulation(
    {
      request: {
        // Somebody of the account, since there it is the document alone that decides.
        principal: `arn:aws:iam::${accountId}:user/caller`,
        action: "execute-api:Invoke",
        resource: { resource: arn, accountId },
        contextVariables,
      },
      identityPolicies: [{ name: "authorizer", policy: document }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { document, calls } = JSON.parse(line);
    answer = { verdicts: calls.map((call) => judge(document, call)) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
