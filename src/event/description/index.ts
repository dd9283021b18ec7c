/** @module The description of every message: one place to import it from. */
export * from "./additions.ts";
export { type Annotation, annotationOf, fieldsWithRole } from "./annotations.ts";
export * from "./descriptor.ts";
export * from "./generated/bpf.ts";
export * from "./generated/capabilities.ts";
export * from "./generated/events.ts";
export * from "./generated/tetragon.ts";
export * from "./metadata.ts";
export * from "./reach.ts";
