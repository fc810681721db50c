export * from "./parts/codemirror.js";
export type { LSPClientExtension, WorkspaceFile } from "@codemirror/lsp-client";
