/** @module Shortening, loaded with the first line that needs it: most agents have none, and it comes with the description of all events. */

/** The line as a text that fits, as `event/fit.ts` makes it; `undefined` when it cannot be. */
export function fitLong(line: string, maxBytes: number): string | undefined {
  return fitSupport().fit(line, maxBytes);
}

function fitSupport(): typeof import("../../event/fit.ts") {
  return require("../../event/fit.ts");
}
