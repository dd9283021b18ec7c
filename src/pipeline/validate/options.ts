/** @module Options of the check that every event passes. */
import { choice } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const validateRows = optionRows(() => ({
  validate: {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "full|syntax|off",
    kind: choice(["full", "syntax", "off"]),
    default: "full",
    description:
      "How closely events from outside are checked before they leave. full: against the schema of their event type; syntax: that they are JSON; off: lines are split but not examined.",
  },
}));
