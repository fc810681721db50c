// What every counterpart is as a process: a server on 127.0.0.1 and the port of the command line that
// prints `ready` when it listens. Beside its own endpoints it has `/control/…`, JSON in and JSON out,
// by which a test drives it.

import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const port = Number(process.argv[2]);
if (!Number.isInteger(port) || port < 1) {
  console.error(`usage: node ${process.argv[1]} PORT`);
  process.exit(2);
}

/** Scheme, host and port of this server. */
export const origin = `http://127.0.0.1:${port}`;

/**
 * Serves until the process is ended.
 *
 * `control` holds a function for each `METHOD name`; it gets the request's JSON and its answer is sent
 * as JSON. All other requests are `handle`'s, and counted: `GET /control/counts` tells them by method
 * and path.
 */
export function serve(control, handle) {
  const counts = Object.create(null);
  const controls = { ...control, "GET counts": () => counts };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, origin);
    const [, name] = pathname.match(/^\/control\/(.+)$/) ?? [];
    if (name) return answer(controls[`${request.method} ${name}`], request, response);
    const target = `${request.method} ${pathname}`;
    counts[target] = (counts[target] ?? 0) + 1;
    return handle(request, response);
  });
  server.listen(port, "127.0.0.1", () => console.log(`ready ${origin}`));
}

async function answer(control, request, response) {
  const send = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (!control) return send(404, { error: `no control ${request.method} ${request.url}` });
  try {
    return send(200, await control(JSON.parse((await text(request)) || "{}")));
  } catch (error) {
    return send(500, { error: error.stack });
  }
}
