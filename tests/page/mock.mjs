// A stand-in for the page's server, for states that the real one is hard to bring into: it serves
// `cli/page` and answers by the contract, from a policy language of public, denied, user and product.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../cli/page/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** As the real server has it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

export const ACCESS = `# Who may call what. The most specific route decides; what no route covers is denied.

route GET /health     is public
route GET /articles/* is public

route /account/*     requires user
route /pro/*         requires product p-live-pro or p-live-light
route /pro/reports/* requires product p-live-pro

route /         is denied
route /legacy/* is denied

test "reports are for pro" {
  user with product p-live-light
  GET /pro/reports/1 is denied, upgrade_required
}
`;

const user = (name, products = [], more = {}) => ({
  name,
  id: `u-${name}`,
  email: `${name}@example.com`,
  products,
  session: "active",
  token: "good",
  summary: products.join(", ") || "no product",
  changed: false,
  ...more,
});

export const hashOf = (text) => createHash("sha256").update(text).digest("hex");

/** What a mock starts with; a test changes a copy. */
export const world = () => ({
  files: { "access.policy": ACCESS },
  users: [
    user("free"),
    user("light", ["p-live-light"]),
    user("pro", ["p-live-pro"]),
    user("expired", ["p-live-pro"], { token: "expired" }),
    user("signed-out", ["p-live-pro"], { session: "ended" }),
  ],
  apis: [
    {
      name: "RestApi",
      kind: "REST API",
      stage: "main",
      base_path: "/",
      url: "http://127.0.0.1:3000",
      routes: ["ANY /", "ANY /{proxy+}"],
    },
  ],
  providers: [
    {
      name: "tiun",
      kind: "tiun (live)",
      url: "http://127.0.0.1:3001",
      fault: "none",
      latency_ms: 0,
      tells_products: true,
    },
  ],
  problems: { policy: null, configuration: null, template: null, users: null },
  traffic: [],
});

/** Serves a world on a free port, until the test ends. */
export async function mock(test, it = world()) {
  const listeners = new Set();
  const tell = (event, data) =>
    listeners.forEach((response) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    response.setHeader("Content-Security-Policy", POLICY);
    if (!url.pathname.startsWith("/api/")) return serveFile(url.pathname, response);
    if (url.pathname === "/api/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).write(": here\n\n");
      listeners.add(response);
      return response.on("close", () => listeners.delete(response));
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    const [status, answer] = answerTo(it, request.method, url, body, tell);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    it,
    changed: () => tell("state", stateOf(it)),
    drop: () => listeners.forEach((response) => response.destroy()),
  };
}

async function serveFile(path, response) {
  const file = join(PAGE, normalize(path === "/" ? "/index.html" : path));
  try {
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "text/plain" }).end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
}

function answerTo(it, method, url, body, tell) {
  const name = decodeURIComponent(url.pathname.split("/")[3] ?? "");
  const texts = { ...it.files, ...body.drafts };
  switch (`${method} /${url.pathname.split("/")[2]}`) {
    case "GET /state":
      return [200, stateOf(it)];
    case "GET /policy": {
      const file = url.searchParams.get("file");
      return [200, { name: file, text: it.files[file], hash: hashOf(it.files[file]) }];
    }
    case "PUT /policy": {
      const saved = it.files[body.name];
      if (hashOf(saved) !== body.hash)
        return [409, { message: "the file was saved elsewhere", text: saved, hash: hashOf(saved) }];
      it.files[body.name] = body.text.replace(/ +\n/g, "\n");
      tell("state", stateOf(it));
      return [
        200,
        { text: it.files[body.name], hash: hashOf(it.files[body.name]), formatted: true, problem: problemOf(it.files) },
      ];
    }
    case "POST /matrix":
      return [200, matrixOf(it, texts, body.columns)];
    case "POST /tests":
      return [200, { total: 1, failed: [], problem: problemOf(texts) }];
    case "POST /explain":
      return [200, inspectionOf(it, texts, body)];
    case "POST /send":
      return [200, sentOf(it, body, tell)];
    case "POST /test-block": {
      const block = `test "${body.method} ${body.path} as ${body.user ?? "visitor"}" {\n  ${body.user ? "user" : "visitor"}\n  ${body.method} ${body.path} is allowed\n}\n`;
      const text = `${texts[body.file]}\n${block}`;
      return [200, { text, block, line: texts[body.file].split("\n").length + 1 }];
    }
    case "GET /traffic": {
      const one = it.traffic.find(({ exchange }) => String(exchange.id) === name);
      if (name) return one ? [200, one] : [404, { message: "this request is too long ago: the last 200 are kept" }];
      return [200, { exchanges: it.traffic.map(({ exchange }) => exchange) }];
    }
    case "POST /users":
    case "POST /providers": {
      const one = it[url.pathname.split("/")[2]].find((other) => other.name === name);
      const set = Object.entries(body).filter(([, value]) => value !== null);
      Object.assign(one, Object.fromEntries(set), { changed: set.length > 0 });
      one.summary = one.products?.join(", ");
      return [200, stateOf(it)];
    }
    case "GET /token": {
      const query = url.searchParams;
      const header = query.get("user") ? ` -H 'Authorization: Bearer token-of-${query.get("user")}'` : "";
      return [
        200,
        {
          token: `token-of-${query.get("user")}`,
          header: null,
          query: null,
          curl: `curl -i -X ${query.get("method")}${header} 'http://127.0.0.1:3000${query.get("path")}'`,
        },
      ];
    }
    default:
      return [404, { message: `nothing answers ${method} ${url.pathname}` }];
  }
}

const stateOf = (it) => ({
  version: "0.1.0",
  gateway: { url: it.apis[0].url, apis: it.apis },
  policy: {
    folder: "policy",
    root_uri: "file:///policy",
    files: Object.keys(it.files),
    saved: hashOf(JSON.stringify(it.files)),
    version: hashOf(JSON.stringify(it.files)),
  },
  problems: it.problems,
  function: null,
  providers: it.providers,
  faults: [
    { value: "none", label: "answers as ever" },
    { value: "down", label: "refuses connections" },
  ],
  users: it.users,
  products: ["p-live-light", "p-live-pro"],
});

/** The only mistake that is known here. */
function problemOf(texts) {
  for (const [name, text] of Object.entries(texts)) {
    const line = text.split("\n").findIndex((one) => one.startsWith("rout "));
    if (line >= 0) {
      return `error[E101]: no statement starts with \`rout\`\n --> policy/${name}:${line + 1}:1\n  |\n${line + 1} | ${text.split("\n")[line]}\n  | ^^^^ did you mean \`route\`?\n`;
    }
  }
  return null;
}

function routesOf(texts) {
  return Object.entries(texts).flatMap(([file, text]) =>
    text.split("\n").flatMap((source, at) => {
      const [, methods, pattern, access] = /^route +(?:([A-Z, ]+) )? *(\S+) +(is \w+|requires .+)$/.exec(source) ?? [];
      const method = methods?.trim().split(",")[0];
      return pattern
        ? [
            {
              file,
              line: at + 1,
              source,
              method: method ?? "GET",
              rule: ["route", methods?.trim(), pattern].filter(Boolean).join(" "),
              pattern,
              access,
            },
          ]
        : [];
    }),
  );
}

function outcome(access, who) {
  if (access === "is public") return "allowed";
  if (access === "is denied") return "forbidden";
  if (!who || who.token === "expired" || who.session === "ended") return "login_required";
  const products = access.match(/p-[\w-]+/g) ?? [];
  return products.length === 0 || products.some((one) => who.products.includes(one)) ? "allowed" : "upgrade_required";
}

function matrixOf(it, texts, columns) {
  const problem = problemOf(texts);
  const typical = [user("user", [], { id: "u-test" }), user("user with product p-live-pro", ["p-live-pro"])];
  const users = [null, ...(columns === "typical" ? typical : it.users)];
  const rows = routesOf(problem ? it.files : texts).map((route) => ({
    ...route,
    place: `policy/${route.file}:${route.line}`,
    path: route.pattern.replace("*", "example"),
    call: `${route.method} ${route.pattern.replace("*", "example")}`,
    cells: users.map((one) => outcome(route.access, one)),
  }));
  return {
    columns: users.map((one) => ({
      name: one?.name ?? "visitor",
      user: columns === "typical" ? null : (one?.name ?? null),
      who: one
        ? `user ${one.id}${one.products.length > 0 ? ` with product ${one.products.join(", ")}` : ""}`
        : "visitor",
    })),
    rows,
    left_out: 0,
    problem,
  };
}

function inspectionOf(it, texts, scenario) {
  const who = it.users.find(({ name }) => name === scenario.user);
  const matches = ({ pattern }) =>
    scenario.path === pattern || (pattern.endsWith("*") && scenario.path.startsWith(pattern.slice(0, -1)));
  const routes = routesOf(texts)
    .filter(matches)
    .sort((one, other) => other.pattern.length - one.pattern.length);
  const reason = routes[0] ? outcome(routes[0].access, who) : "no_route";
  const isAllowed = reason === "allowed";
  const products = routes[0]?.access.match(/p-[\w-]+/g) ?? [];
  const holds = (product) => String(Boolean(who?.products.includes(product)));
  const parts = products.map((product) => ({
    text: `product ${product}`,
    value: holds(product),
    note: null,
    parts: [],
  }));
  const all = { text: "any of", value: String(isAllowed), note: null, parts };
  const required = reason === "upgrade_required" ? products.map((product) => [product]) : [];
  const context = {
    userId: who?.id ?? "",
    email: who?.email ?? "",
    products: who?.products.join(",") ?? "",
    reason: isAllowed ? "" : reason,
    required: required.join(","),
    provider: who ? "tiun" : "",
  };
  const arn = `arn:aws:execute-api:eu-central-1:123456789012:local/main/${scenario.method}${scenario.path}`;
  return {
    admission: { ok: true, message: null },
    route: { api: "RestApi", template: "ANY /{proxy+}", arn, authorizer: "Tollgate" },
    event: {
      type: "REQUEST",
      methodArn: arn,
      httpMethod: scenario.method,
      path: scenario.path,
      headers: who ? { Authorization: "•••" } : {},
    },
    token: who
      ? {
          found_in: "header Authorization",
          provider: "tiun",
          outcome: "verified",
          message: null,
          origin: "verified",
          verification: "rest",
          ms: 1.2,
        }
      : {
          found_in: null,
          provider: null,
          outcome: "visitor",
          message: null,
          origin: null,
          verification: null,
          ms: null,
        },
    facts: products.map((product) => ({ fact: `product ${product}`, value: holds(product) })),
    user: who ? { id: who.id } : null,
    decision: {
      outcome: isAllowed ? "allowed" : "denied",
      reason: isAllowed ? null : reason,
      required,
      hint: null,
      tier: null,
      message: null,
      explanation: {
        call: `${scenario.method} ${scenario.path}`,
        asker: who?.name ?? "visitor",
        outcome: isAllowed ? "allowed" : "denied",
        reason: isAllowed ? null : reason,
        required,
        hint: null,
        malformed: null,
        tier: null,
        whole_request: null,
        segments: [],
        decided_by: routes[0] ? { rule: routes[0].rule, place: `policy/${routes[0].file}:${routes[0].line}` } : null,
        routes: routes.map((route, at) => ({
          rule: route.rule,
          place: `policy/${route.file}:${route.line}`,
          source: route.source,
          part: at === 0 ? "asked" : "less-specific",
          because:
            at === 0
              ? "it is the most specific route that matches"
              : "`*` is less specific than `reports` of the route that was asked",
          decides: at === 0,
          condition: at === 0 && parts.length > 0 ? (parts.length === 1 ? parts[0] : all) : null,
        })),
        forbids: [],
        more_rules: 0,
        changes: isAllowed
          ? []
          : products.map((product) => ({
              steps: [
                ...(who ? [] : [{ fact: "user", holds: true, by: "user" }]),
                { fact: `product ${product}`, holds: true, by: "user" },
              ],
              up_to_the_user: true,
            })),
      },
    },
    answer: {
      scope: "request",
      why_not_token: null,
      json: {
        principalId: who?.id ?? "visitor",
        policyDocument: {
          Version: "2012-10-17",
          Statement: [{ Action: "execute-api:Invoke", Effect: isAllowed ? "Allow" : "Deny", Resource: arn }],
        },
        context,
      },
      error: null,
    },
    policy_version: "3f2a",
  };
}

let last = 0;

function sentOf(it, scenario, tell) {
  const inspection = inspectionOf(it, it.files, scenario);
  const { outcome: judged, reason, required } = inspection.decision;
  const isAllowed = judged === "allowed";
  const status = isAllowed ? 200 : reason === "login_required" ? 401 : 403;
  const body = JSON.stringify(
    isAllowed
      ? { user: inspection.user?.id ?? null, path: scenario.path }
      : { message: "you may not call this", reason, required: required.join(",") },
  );
  const step = (stage, ok, message, ms) => ({ stage, ok, message, ms });
  last += 1;
  const exchange = {
    id: last,
    time: new Date(0).toISOString(),
    api: "RestApi",
    method: scenario.method,
    path: scenario.path,
    status,
    outcome: judged,
    cached: false,
    reason,
    rule: inspection.decision.explanation.decided_by?.rule ?? null,
    user: inspection.user?.id ?? null,
    ms: 1.4,
    steps: [
      step("admission", true, "can be read in one way only", 0),
      step("route", true, "ANY /{proxy+} of RestApi", 0.1),
      step("identity", true, "not asked for", 0),
      step("cache", true, "answers are not kept", 0),
      step("authorizer", true, "an IAM document", 1.1),
      step("document", isAllowed, isAllowed ? "allows this call" : "denies this call", 0.1),
      ...(isAllowed ? [step("backend", true, "200 from the sample API", 0.1)] : []),
      step("reply", true, isAllowed ? "the backend's" : "gateway response ACCESS_DENIED", 0),
    ],
    query: null,
    request_headers: [
      ["Host", "127.0.0.1:3000"],
      ["X-Client", "app"],
      ["Authorization", "•••"],
    ],
    event: inspection.event,
    answer: inspection.answer.json,
    error: null,
    backend_context: null,
    response: {
      status,
      headers: [
        ["Content-Type", "application/json"],
        ["x-amzn-RequestId", "8b1d"],
      ],
      body,
    },
  };
  it.traffic.unshift({ exchange, inspection });
  tell("traffic", exchange);
  return { exchange, response: { ...exchange.response, truncated: false }, inspection };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await mock({ after() {} });
  console.log(url);
}
