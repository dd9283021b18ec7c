/**
 * @module The standard output exporter, `--export-stdout`: one event, one line of JSON. The
 * log goes to standard error, so the two never mix.
 *
 * A reader that is slow makes sources wait that can. A reader that has gone away costs the events meant for it
 * (`send_failed`) and one warning; it ends the agent when there is no other exporter.
 */
import { fstatSync } from "node:fs";
import { TetradError } from "../../os/error.ts";
import { whyNotWritable } from "../../os/standard-stream.ts";
import { createPushExporter, type DeliverySettings } from "../delivery/delivery.ts";
import type { Exporter } from "../exporter.ts";
import { FileOutput } from "../file-output.ts";
import { LOCAL_PUSH } from "../local-push.ts";
import { StreamOutput } from "../stream-output.ts";

const STDOUT = 1;
/** Bytes handed over at a time: what a pipe holds by default. A longer line goes whole. */
const STREAM_BYTES = 64 * 1024;

/**
 * Makes the standard output exporter.
 * @throws TetradError `config` when there is no standard output.
 */
export function createStdoutExporter(settings: DeliverySettings): Exporter {
  const reason = whyNotWritable(STDOUT);
  if (reason !== undefined) {
    const found = `found standard output ${reason}, expected it to be open for writing`;
    throw new TetradError("config", `Cannot use --export-stdout: ${found}`);
  }
  return isRegularFile(STDOUT)
    ? createPushExporter(new FileOutput(STDOUT), { ...LOCAL_PUSH, ...settings })
    : createStreamExporter(STDOUT, settings);
}

/** Makes an exporter that writes lines to a pipe, a socket, a terminal or another device. @param fd Stays open. */
export function createStreamExporter(fd: number, settings: DeliverySettings): Exporter {
  const batch = { maxEvents: 4096, maxBytes: STREAM_BYTES };
  return createPushExporter(new StreamOutput(fd), { ...LOCAL_PUSH, batch, ...settings });
}

/** A file is always ready for epoll, so writing to it would block: it needs the thread pool. */
function isRegularFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
