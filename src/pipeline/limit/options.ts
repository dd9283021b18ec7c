/** @module Options of the rate limits. */
import { cgroupRate, integer } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const limitRows = optionRows(() => ({
  "export-rate-limit": {
    group: "Filters, redaction and rate limits",
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
    group: "Filters, redaction and rate limits",
    from: "tetragon",
    support: "used",
    placeholder: "EVENTS,INTERVAL",
    kind: cgroupRate(),
    default: "",
    description:
      "Events that the cgroup of one container may cause in an interval, such as 1000,1s. One that causes more is throttled: its events are dropped until it has kept the rate for five seconds, and process_throttle events say so. Empty: no limit.",
  },
}));
