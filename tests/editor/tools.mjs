// The installed Node packages, from where editors/vscode/tools puts them, and the repository's root.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export const require = createRequire(join(root, "target", "tools", "vscode", "package.json"));
