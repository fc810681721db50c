// Which Chromium the tests drive: the one that CHROMIUM names; or else, on x64 Linux, the one that comes from
// npm, pinned like everything there and unpacked into target/tools; elsewhere the machine's own.

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PACKAGE = path.join(HERE, "node_modules/@sparticuz/chromium");
const TOOLS = path.join(HERE, "../../target/tools");
const OWN = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** @returns {{ executablePath: string, env?: Record<string, string> }} for playwright's `launch` */
export function chromium() {
  if (process.env.CHROMIUM) return { executablePath: process.env.CHROMIUM };
  if (process.platform !== "linux" || process.arch !== "x64") {
    const own = OWN.find((file) => existsSync(file));
    if (!own) throw new Error("no Chromium was found: install one, and say in CHROMIUM where it is");
    return { executablePath: own };
  }
  const folder = unpacked();
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(folder, "lib"), FONTCONFIG_PATH: folder };
  return { executablePath: path.join(folder, "chromium"), env };
}

/** The folder of the browser from npm, with the libraries and fonts that a bare machine lacks. */
function unpacked() {
  const { version } = JSON.parse(readFileSync(path.join(PACKAGE, "package.json"), "utf8"));
  const folder = path.join(TOOLS, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(TOOLS, { recursive: true });
  // Into place in one step: test files run beside each other.
  const making = mkdtempSync(path.join(TOOLS, "chromium-"));
  const read = (name) => brotliDecompressSync(readFileSync(path.join(PACKAGE, "bin", name)));
  writeFileSync(path.join(making, "chromium"), read("chromium.br"));
  chmodSync(path.join(making, "chromium"), 0o755);
  for (const name of ["al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"])
    execFileSync("tar", ["-x", "-C", making], { input: read(name) });
  const dirs = `<dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir>`;
  writeFileSync(path.join(making, "fonts.conf"), `<?xml version="1.0"?><fontconfig>${dirs}</fontconfig>\n`);
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
