/** @module Moves what a pipe, FIFO, socket or terminal brings into a splitter, and its batches to the sink. */
import { tick } from "../lib/tick.ts";
import type { LineSplitter } from "./line-splitter.ts";
import type { Sink } from "./source.ts";

/** Bytes that are read and sent before the event loop gets a turn: what takes it a few milliseconds at most. */
export const TURN_BYTES = 1024 * 1024;

/** A stream's reader, as far as it is needed here. */
export interface ByteReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** Hands all whole lines that the splitter holds to the sink. */
export async function writeLines(splitter: LineSplitter, sink: Sink): Promise<void> {
  while (splitter.next()) {
    const room = sink.write(splitter.batch);
    if (room !== undefined) await room;
  }
}

/** Hands the rest of a stream that has ended to the sink. */
export async function writeLast(splitter: LineSplitter, sink: Sink): Promise<void> {
  if (!splitter.finish()) return;
  const room = sink.write(splitter.batch);
  if (room !== undefined) await room;
}

/** Hands the lines of a chunk to the sink; what is left is the beginning of a line, kept by the splitter. */
export async function feed(chunk: Uint8Array, splitter: LineSplitter, sink: Sink): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const room = splitter.room();
    const part = chunk.subarray(offset, offset + room.length);
    room.set(part);
    splitter.added(part.length);
    offset += part.length;
    await writeLines(splitter, sink);
  }
}

/**
 * Reads chunks until the stream ends or its reader is cancelled. The event loop gets a turn after each chunk.
 * The line at the end is not completed.
 * @throws What the stream throws.
 */
export async function pump(reader: ByteReader, splitter: LineSplitter, sink: Sink): Promise<void> {
  for (;;) {
    const { value, done } = await reader.read();
    if (done || value === undefined) return;
    await feed(value, splitter, sink);
    await tick();
  }
}
