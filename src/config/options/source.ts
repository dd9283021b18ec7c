/** @module Options of the event sources and of the check that every line passes. */
import { boolean, choice, duration, integer, list, path, size } from "../kind.ts";
import type { Option } from "../option.ts";

/** `auto`, `sensor`, `stdin`, or `file:` and a path or glob. */
function isEventSource(item: string): boolean {
  return ["auto", "sensor", "stdin"].includes(item) || /^file:./.test(item);
}

export const SOURCE_OPTIONS = {
  "event-source": {
    group: "source",
    from: "tetrad",
    support: "used",
    placeholder: "SOURCE",
    kind: list('one or more of "auto", "sensor", "stdin" and "file:PATH-OR-GLOB"', isEventSource, {
      nonEmpty: true,
      values: ["auto", "sensor", "stdin", "file:"],
    }),
    default: "auto",
    description:
      "Where events come from: sensor, the agent's own eBPF programs; stdin; file:GLOB for files that are followed as they grow and rotate (Tetragon's log, Kubernetes container logs, a FIFO). auto is the sensor where the agent may load eBPF, else file:/var/log/tetragon/tetragon.log. Repeat the flag for several sources; then a sensor that cannot run here is left out with a warning.",
  },
  "from-beginning": {
    group: "source",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Read files from their first line, rotated ones included, rather than from what is appended from now on. A checkpoint that knows the file wins.",
  },
  "exit-at-end": {
    group: "source",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Stop at the end of the files instead of waiting for more: everything is sent, the totals are logged; the exit code is 0, or 1 when a file could not be read or nothing matched. stdin always ends at its end.",
  },
  "checkpoint-file": {
    group: "source",
    from: "tetrad",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that remembers how far each source file was exported, so that a restart resumes at that line: nothing lost, nothing twice. Empty: nothing is remembered.",
  },
  "file-poll-interval": {
    group: "source",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000 }),
    default: "1s",
    description: "How often file sources look for new, rotated and truncated files.",
  },
  "max-open-files": {
    group: "source",
    from: "tetrad",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 65536 }),
    default: "256",
    description: "How many source files may be open at once; further ones wait for their turn.",
  },
  "max-line-size": {
    group: "source",
    from: "tetrad",
    support: "used",
    placeholder: "SIZE",
    kind: size({ min: 1024, max: 64 * 1024 ** 2 }),
    default: "4M",
    description:
      "Longest event that is read. A longer line is counted, skipped, and reading goes on at the next one.",
  },
  validate: {
    group: "source",
    from: "tetrad",
    support: "used",
    placeholder: "full|syntax|off",
    kind: choice(["full", "syntax", "off"]),
    default: "full",
    description:
      "How closely events that the agent was given are checked before they leave. full: against the schema of their event type; syntax: that they are JSON; off: lines are split and not looked into.",
  },
} as const satisfies Record<string, Option>;
