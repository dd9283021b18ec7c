/** @module What is replaced in events. The JSON is checked by the stage. */
import { text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const redactRows = optionRows(() => ({
  "redaction-filters": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description:
      'Replace what the capture groups of these patterns match in arguments and environment variables by *****, such as {"redact":["--password=(\\\\S+)"]}. Done before anything else sees the event.',
    reloadable: true,
  },
}));
