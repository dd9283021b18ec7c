/** @module The option of what a full queue does, but for the words that each exporter has for it. */
import { choice } from "../config/kind.ts";

/** What all rows of this option have in common; the values are those of `WhenFull`. */
export const WHEN_FULL = {
  from: "tetrad",
  support: "used",
  placeholder: "block|drop",
  kind: choice(["block", "drop"]),
  default: "block",
} as const;
