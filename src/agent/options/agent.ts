/** @module Options of the agent itself: queues, log, life cycle. */
import { boolean, choice, duration, path, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { ecsRows } from "../../encoding/ecs/options.ts";
import { localRows } from "./local.ts";
import { metadataLifeRows } from "./metadata-life.ts";
import { queueRows } from "./queue.ts";

export const agentRows = optionRows(() => ({
  ...queueRows(),
  ...localRows(),
  ...ecsRows(),
  ...metadataLifeRows(),
  "log-level": {
    group: "Log and life cycle",
    from: "tetragon",
    support: "used",
    placeholder: "LEVEL",
    kind: choice(["trace", "debug", "info", "warn", "error", "fatal"], { warning: "warn", panic: "fatal" }),
    default: "info",
    description: "Least severe message that is logged: trace, debug, info, warn, error or fatal.",
    reloadable: true,
  },
  "log-format": {
    group: "Log and life cycle",
    from: "tetragon",
    support: "used",
    placeholder: "text|json",
    kind: choice(["text", "json"], { "text-ts": "text", "json-ts": "json" }),
    default: "text",
    description: "How log messages are written: lines for people, or one JSON object a line.",
  },
  "log-file": {
    group: "Log and life cycle",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "File that the log is also appended to, besides standard error; reopened at SIGHUP.",
  },
  debug: {
    group: "Log and life cycle",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "The same as --log-level=debug.",
    shorthand: "d",
    reloadable: true,
  },
  "stats-interval": {
    group: "Log and life cycle",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 24 * 3_600_000, zero: true }),
    default: "0s",
    description: "Log all counters this often. 0s: only when the agent stops.",
    reloadable: true,
  },
  "shutdown-timeout": {
    group: "Log and life cycle",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 0, max: 3_600_000 }),
    default: "5s",
    description:
      "How long SIGTERM and SIGINT let queued events drain, and how long the end of the sources is waited for by exporters that do not block. What is left then is counted as dropped. A second signal leaves at once.",
    reloadable: true,
  },
  user: {
    group: "Log and life cycle",
    from: "tetrad",
    support: "used",
    placeholder: "USER[:GROUP]",
    kind: text(),
    default: "",
    description:
      "User to change to once sources and sockets are open, by name or number. Capabilities that are no longer needed are dropped then, whoever the user is, and no_new_privs is set. Empty: keep the user.",
  },
  "system-call-filter": {
    group: "Log and life cycle",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "true",
    description:
      "Have the kernel refuse system calls that a running agent has no use for (seccomp). false is for a host whose C library makes one of them, which the log would show as EPERM or ENOSYS.",
  },
}));
