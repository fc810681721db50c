// A policy, open in an editor.

import { CAPABILITIES, editor, folder } from "./editor.mjs";

export const SETTINGS = `providers:
  - tiun: { environment: live, api_key: "env:TIUN_API_KEY" }
products:
  pro: { live: p-live-pro, sandbox: p-test-pro }
`;

export const ACCESS = `# Wer darf was: 😀
tier gold   is product pro
tier silver is product p-live-silver

let staff is email @example.com and claim employee = true

route GET /health is public
route /users/{id}/* requires user {id} # allow not-cacheable
route /admin/* requires staff
route /admin/reports requires staff and tier gold
route /silver requires tier silver
forbid DELETE /* unless staff # 😀 staff
`;

export const OTHER = `route /other requires not staff and user\n`;

/** An editor with the policy above open, `other.policy` beside it on the disk alone. */
export async function opened(t, text = ACCESS, capabilities = CAPABILITIES) {
  const files = folder(t, { "access.policy": text, "other.policy": OTHER, "authorizer.yaml": SETTINGS });
  const it = await editor(t, capabilities);
  const uri = files.uri("access.policy");
  await it.open(uri, text);
  return { it, uri, files, other: files.uri("other.policy") };
}
