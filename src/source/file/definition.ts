/** @module What the file source declares. */
import { defineSource } from "../source.ts";
import { fileSourceRows } from "./options.ts";

const TETRAGON_LOG = "/var/log/tetragon/tetragon.log";

export const file = defineSource({
  type: "file",
  summary:
    "file:GLOB for files that are followed as they grow and rotate (Tetragon's log, Kubernetes container logs, a FIFO)",
  argument: { placeholder: "PATH-OR-GLOB", what: "file name", example: "file:/var/log/tetragon/*.log" },
  // Where Tetragon writes by default.
  automatic: { argument: TETRAGON_LOG, summary: `file:${TETRAGON_LOG}` },
  isResumable: true,
  // What cannot be opened is tried again.
  alwaysStarts: true,
  options: fileSourceRows,
  unused: "Without a file source",
  capabilities: [
    {
      name: "CAP_DAC_READ_SEARCH",
      until: "stop",
      why: "read event files such as Tetragon's, which only root may read; one that rotates is opened anew",
    },
  ],
  reads: (glob) => [glob],
  async create({ values, argument, ...settings }) {
    const { FileSource } = await import("./file-source.ts");
    return new FileSource({
      ...settings,
      glob: argument,
      fromBeginning: values["from-beginning"],
      exitAtEnd: values["exit-at-end"],
      pollIntervalMs: values["file-poll-interval"],
      maxOpenFiles: values["max-open-files"],
    });
  },
});
