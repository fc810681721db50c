export * from "./parts/preact.js";
