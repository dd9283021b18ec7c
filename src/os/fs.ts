/**
 * @module `node:fs`, loaded when somebody first needs it. It is a fifth of what a bare program takes to start, and an agent
 * without configuration files says who it is before it needs any.
 */
import type * as NodeFs from "node:fs";

let loaded: typeof NodeFs | undefined;

/** The module. */
export function fs(): typeof NodeFs {
  loaded ??= process.getBuiltinModule("node:fs");
  return loaded;
}
