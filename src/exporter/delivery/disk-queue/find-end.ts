/** @module Finds out where a queue on disk ends, and how far the streams in it are. */
import { RECORD } from "./layout.ts";
import { QueuePositions } from "./positions.ts";
import { ReadWindow, SegmentReader } from "./segment-reader.ts";
import type { Segments } from "./segments.ts";

/** What the newest segments say. */
export interface QueueEnd {
  /** Sequence number after the last event. */
  readonly end: number;
  readonly positions: QueuePositions;
}

/**
 * Reads the newest segment, and older ones as long as none says how far the streams were when it was begun.
 * @param checkpointId Whose streams are meant: numbers of other checkpoints mean nothing.
 */
export function findEnd(segments: Segments, checkpointId: bigint): QueueEnd {
  const window = new ReadWindow();
  const positions = new QueuePositions();
  let end = 0;
  for (let i = segments.count - 1; i >= 0; i--) {
    const { fd, tag, size, first } = segments.at(i)!;
    const reader = new SegmentReader(fd, tag, window);
    const found = new QueuePositions();
    let isKnown = false;
    end = Math.max(end, first);
    for (let record = reader.next(size); record !== undefined; record = reader.next(size)) {
      const { header, start, end: after, isSound } = record;
      // What is in a damaged record counts as lost when it is read.
      end = Math.max(end, header.first + header.count);
      if (!isSound) continue;
      if (header.kind === RECORD.positions) isKnown = true;
      if (header.checkpointId !== checkpointId) continue;
      if (header.kind === RECORD.positions) found.read(reader.buffer.subarray(start, after));
      else found.set(header.stream, header.position);
    }
    positions.addOlder(found);
    if (isKnown) break;
  }
  return { end, positions };
}
