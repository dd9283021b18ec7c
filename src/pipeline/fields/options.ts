/** @module Which fields events keep. The JSON is checked by the stage. */
import { text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const fieldRows = optionRows(() => ({
  "field-filters": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description:
      'Which fields events keep or lose, such as {"fields":"process.binary,parent.binary","action":"INCLUDE"}. Exclusion wins over inclusion.',
    reloadable: true,
  },
}));
