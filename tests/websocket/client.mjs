// One WebSocket conversation with `tollgate dev`, as other people's clients have it:
//
//   node client.mjs URL [TOKEN]
//
// It prints a line of JSON: the status of a handshake that is refused, or what came back for a message,
// what AWS's management client could do with the connection, and how it ended.
import { ApiGatewayManagementApi, GoneException } from "@aws-sdk/client-apigatewaymanagementapi";
import { once } from "node:events";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const socket = new WebSocket(url, { headers });

const status = await new Promise((resolve, reject) => {
  socket.once("open", () => resolve(101));
  socket.once("unexpected-response", (_, response) => resolve(response.statusCode));
  socket.once("error", reject);
});
if (status !== 101) {
  console.log(JSON.stringify({ status }));
  process.exit(0);
}

const message = async () => String((await once(socket, "message"))[0]);
const ended = once(socket, "close");
const told = { status };
const first = message();
socket.send("hello");
told.answer = JSON.parse(await first);

// As a backend makes it of an event's `domainName` and `stage`. Nobody checks the signature.
const management = new ApiGatewayManagementApi({
  endpoint: `http://${new URL(url).host}/main`,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const ConnectionId = told.answer.connectionId ?? "L0SM9cOFvHcCIhw=";
if (told.answer.connectionId) {
  const pushed = message();
  await management.postToConnection({ ConnectionId, Data: "from AWS's client" });
  told.pushed = await pushed;
  told.source = (await management.getConnection({ ConnectionId })).Identity.SourceIp;
  await management.deleteConnection({ ConnectionId });
} else {
  socket.close(1000, "done");
}
[told.code] = await ended;
told.gone = await management.postToConnection({ ConnectionId, Data: "late" }).then(
  () => false,
  (error) => error instanceof GoneException,
);
console.log(JSON.stringify(told));
