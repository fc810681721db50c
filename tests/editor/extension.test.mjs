// The packaged VS Code extension: what is in it, and that its client starts `tollgate lsp`.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./tools.mjs";

const built = join(root, "target/vscode/extension");
const manifest = JSON.parse(readFileSync(join(built, "package.json"), "utf8"));

test("the package is there and holds every file its manifest names", () => {
  const packages = readdirSync(join(root, "target/vscode")).filter((name) => name.endsWith(".vsix"));
  assert.deepEqual(packages, [`tollgate-policy-${manifest.version}.vsix`]);
  const listing = readFileSync(join(root, "target/vscode", packages[0]), "latin1");
  const { languages, grammars } = manifest.contributes;
  for (const path of [manifest.main, languages[0].configuration, grammars[0].path, "LICENSE.txt"]) {
    assert.ok(existsSync(join(built, path)), path);
    assert.ok(listing.includes(`extension/${path.replace("./", "")}`), `${path} is not in the package`);
  }
  assert.ok(!listing.includes("node_modules"), "the client is bundled");
  assert.deepEqual(languages[0].extensions, [".policy"]);
  assert.equal(grammars[0].scopeName, "source.tollgate-policy");
});

test("its version is that of the command", () => {
  const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
  const [, version] = cargo.match(/\[workspace\.package\]\s+version = "([^"]+)"/);
  assert.equal(manifest.version, version);
});

test("the lock file names no registry", () => {
  const lock = JSON.parse(readFileSync(join(root, "editors/vscode/package-lock.json"), "utf8"));
  const packages = Object.entries(lock.packages).filter(([path]) => path);
  assert.ok(packages.length > 100);
  for (const [path, entry] of packages) {
    assert.equal(entry.resolved, undefined, path);
    assert.match(entry.integrity, /^sha512-/, path);
  }
});

/** Anything VS Code could be asked for, so that the bundle loads without it. */
function stub(overrides = {}) {
  const anything = new Proxy(function () {}, {
    get: (target, key) => {
      if (key in overrides) return overrides[key];
      if (key === "prototype") return target.prototype;
      if (key === Symbol.toPrimitive) return () => "";
      if (key === "then" || key === Symbol.iterator) return undefined;
      return stub();
    },
    apply: () => stub(),
    construct: () => stub(),
  });
  return anything;
}

/** The bundled extension, started with this as `tollgate.path`; what the user was told. */
async function activated(path) {
  const told = [];
  const vscode = stub({
    version: "1.91.0",
    env: stub({ appName: "a test", language: "en" }),
    window: stub({
      showErrorMessage: async (text) => {
        told.push(text);
      },
    }),
    workspace: stub({ getConfiguration: () => ({ get: () => path }), workspaceFolders: undefined }),
  });
  const original = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? vscode : original(name, ...rest));
  const main = join(built, manifest.main);
  try {
    const require = Module.createRequire(import.meta.url);
    delete require.cache[require.resolve(main)];
    const extension = require(main);
    await extension.activate({ subscriptions: [] });
    return { extension, told };
  } finally {
    Module._load = original;
  }
}

test("with the command the extension talks to it, and stops it", async () => {
  const { extension, told } = await activated(process.env.TOLLGATE ?? join(root, "target/debug/tollgate"));
  assert.deepEqual(told, []);
  await extension.deactivate();
});

test("without the command the extension says what to do, and stops quietly", async () => {
  const { extension, told } = await activated("/nowhere/tollgate");
  assert.match(told.at(-1), /`\/nowhere\/tollgate lsp` did not start .*tollgate\.path/s);
  await extension.deactivate();
});
