/**
 * @module The standard output exporter, `--export-stdout`: one event, one line of JSON, `agent_init` first. The
 * log goes to standard error, so the two never mix.
 *
 * A reader that is slow fills the bounded queue, which then drops the newest events (`queue_full`). A reader
 * that has gone away costs the events meant for it (`send_failed`), one warning, and nothing else.
 */
import { fstatSync } from "node:fs";
import type { Exporter } from "../exporter.ts";
import { QueuedExporter, type QueuedExporterSettings } from "../queued-exporter.ts";
import { FileOutput } from "./file-output.ts";
import { StreamOutput } from "./stream-output.ts";

const STDOUT = 1;

/** Makes the standard output exporter. */
export function createStdoutExporter(settings: QueuedExporterSettings): Exporter {
  const output = isRegularFile(STDOUT) ? new FileOutput(STDOUT) : new StreamOutput(STDOUT);
  return new QueuedExporter("stdout", output, settings);
}

/** A file is always ready for epoll, so writing to it would block: it needs the thread pool. */
function isRegularFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
