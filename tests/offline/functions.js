// The functions behind serverless-offline: the authorizer forwards its event to one that runs elsewhere,
// the backend tells what it was told.

/** Lambda's invoke API of the authorizer: an error is an answer with `errorMessage`. */
exports.authorizer = async (event) => {
  // A REST API's event has none of these; they are what tells an HTTP API's with payload format 1.0.
  const { version, identitySource, ...rest } = event;
  const sent = version === "1.0" ? rest : event;
  const response = await fetch(process.env.AUTHORIZER_URL, {
    method: "POST",
    body: JSON.stringify(sent),
  });
  const answer = await response.json();
  if (answer.errorMessage) throw new Error(answer.errorMessage);
  return answer;
};

exports.backend = async (event) => ({
  statusCode: 200,
  body: JSON.stringify(event.requestContext.authorizer),
});
