/** @module Options that decide which events leave and what they contain. Their JSON is checked by the pipeline. */
import { boolean, cgroupRate, duration, integer, text } from "../kind.ts";
import type { Option } from "../option.ts";

export const FILTER_OPTIONS = {
  "export-allowlist": {
    group: "filter",
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
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description: "Drop events that match one of these filters, also when the allowlist has them.",
    reloadable: true,
  },
  "field-filters": {
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description:
      'Which fields events keep or lose, such as {"fields":"process.binary,parent.binary","action":"INCLUDE"}. Exclusion wins over inclusion.',
    reloadable: true,
  },
  "redaction-filters": {
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "JSON",
    kind: text(),
    default: "",
    description:
      'Replace what the capture groups of these patterns match in arguments and environment variables by *****, such as {"redact":["--password=(\\\\S+)"]}. Done before anything else sees the event.',
    reloadable: true,
  },
  "export-rate-limit": {
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer(),
    default: "-1",
    description:
      "Events a minute that may leave; the rest is counted and reported by a rate_limit_info event. -1: no limit; 0: nothing leaves.",
    reloadable: true,
  },
  "cgroup-rate": {
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "EVENTS,INTERVAL",
    kind: cgroupRate(),
    default: "",
    description:
      "Events that the cgroup of one container may cause in an interval, such as 1000,1s. One that causes more is throttled: its events are dropped until it has kept the rate for five seconds, and process_throttle events say so. Empty: no limit.",
  },
  "enable-pid-set-filter": {
    group: "filter",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Allow the pid_set key in filters: a process and all its descendants. It has to remember processes, so it costs memory.",
  },
  "enable-export-aggregation": {
    group: "filter",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Let identical events within a window leave as one that carries aggregation_info.count.",
  },
  "export-aggregation-window-size": {
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 1, max: 24 * 3_600_000 }),
    default: "15s",
    description: "Length of the aggregation window, which is also how long an event may wait.",
  },
  "export-aggregation-buffer-size": {
    group: "filter",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 10_000_000 }),
    default: "10000",
    description:
      "How many different events one aggregation window may hold. When it is full, further ones leave at once, each by itself.",
  },
} as const satisfies Record<string, Option>;
