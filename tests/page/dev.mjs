// A running `tollgate dev` with a policy of its own, on free ports, until the test ends.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const TOLLGATE = process.env.TOLLGATE ?? fileURLToPath(new URL("../../target/debug/tollgate", import.meta.url));
const PORTS = ["--port", "--page-port", "--tiun-port"].flatMap((flag) => [flag, "0"]);
const SETTINGS = `providers:
  - tiun: { environment: live, api_key: "env:TIUN_API_KEY" }
answers: { scope: request }
`;
/** A debug build on a busy machine, in milliseconds. */
const PATIENCE = 30_000;

/** The project's own, with an API of each kind. */
export const TEMPLATE = fileURLToPath(new URL("../../template.yaml", import.meta.url));

/** The page's URL, and the policy folder's files as they are on disk. */
export async function dev(test, files, flags = []) {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-page-"));
  const policy = join(folder, "policy");
  mkdirSync(policy);
  for (const [name, text] of Object.entries({ "authorizer.yaml": SETTINGS, ...files }))
    writeFileSync(join(policy, name), text);
  const child = spawn(TOLLGATE, ["dev", "--policy", policy, ...PORTS, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  test.after(() => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const url = await pageOf(child);
  return {
    url,
    read: (name) => readFileSync(join(policy, name), "utf8"),
    write: (name, text) => writeFileSync(join(policy, name), text),
    /** What the page's server says. */
    ask: async (path) => (await fetch(url + path)).json(),
    /** What a line prints in a terminal. */
    shell: (line) => execFileSync("sh", ["-c", line], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  };
}

/** The address that it greets with. */
function pageOf(child) {
  return new Promise((resolve, reject) => {
    const said = [];
    const give = (why) => reject(new Error(`${TOLLGATE} dev: ${why}: run \`make check-page\`\n${said.join("\n")}`));
    const late = setTimeout(() => give("no page in time"), PATIENCE);
    child.on("error", (error) => give(error.message));
    child.on("exit", () => give("it ended"));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const found = /^page\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(line);
        if (!found) return;
        clearTimeout(late);
        resolve(found[1]);
      });
    }
  });
}
