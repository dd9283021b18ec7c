/** @module Options that decide which events leave. Their JSON is checked by the stage. */
import { boolean, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const filterRows = optionRows(() => ({
  "export-allowlist": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description:
      'Export only events that match one of these filters: JSON objects one after another, such as {"event_set":["PROCESS_EXEC"],"namespace":["default"]}. Within one object every key must match. Empty: all events.',
    reloadable: true,
  },
  "export-denylist": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description: "Drop events that match one of these filters, even when the allowlist has them.",
    reloadable: true,
  },
  "enable-pid-set-filter": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Allow the pid_set key in filters: a process and all its descendants. It has to remember processes, so it costs memory.",
  },
}));
