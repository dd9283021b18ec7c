/** @module Options of Tetragon's servers that this version does not have. */
import { text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const serverRows = optionRows(() => ({
  "gops-address": {
    group: "Servers (recognised, not in this version)",
    from: "tetragon",
    support: "server",
    placeholder: "ADDRESS",
    kind: text(),
    default: "",
    description: "Address of the diagnostics agent for Go programs, such as localhost:8118.",
  },
}));
