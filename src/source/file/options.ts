/** @module Options of the file source. */
import { boolean, duration, integer, path } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const fileSourceRows = optionRows(() => ({
  "from-beginning": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Read files from their first line, rotated ones included, rather than from what is appended from now on. A checkpoint that knows the file wins.",
  },
  "exit-at-end": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Stop at the end of the files instead of waiting for more: everything is sent, the totals are logged; the exit code is 0, or 1 when a file could not be read or nothing matched. stdin always ends at its end.",
  },
  "checkpoint-file": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that remembers how far each source file was exported, so that a restart resumes at that line: nothing lost, nothing twice. Empty: nothing is remembered.",
  },
  "file-poll-interval": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000 }),
    default: "1s",
    description: "How often file sources look for new, rotated and truncated files.",
  },
  "max-open-files": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 65536 }),
    default: "256",
    description: "How many source files may be open at once; further ones wait for their turn.",
  },
}));
