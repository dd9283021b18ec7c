/** @module Options of aggregation. */
import { boolean, duration, integer } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const aggregateRows = optionRows(() => ({
  "enable-export-aggregation": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Let identical events within a window leave as one that carries aggregation_info.count.",
  },
  "export-aggregation-window-size": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 1, max: 24 * 3_600_000 }),
    default: "15s",
    description: "Length of the aggregation window, which is also how long an event may wait.",
  },
  "export-aggregation-buffer-size": {
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 10_000_000 }),
    default: "10000",
    description:
      "How many different events one aggregation window may hold. When it is full, further ones leave at once, each by itself.",
  },
}));
