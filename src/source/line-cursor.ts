/** @module Where a stream's reader stands. */
import { NO_STREAM } from "../event/batch.ts";
import type { CriJoiner } from "./cri-joiner.ts";

/** The place in one stream of bytes: what has to be remembered of it while another stream is read. */
export class LineCursor {
  /** Checkpoint stream of the lines; `NO_STREAM` when none is followed. */
  stream: number = NO_STREAM;
  /** Bytes of all physical lines that were taken: always a line boundary. */
  position: number;
  /**
   * Bytes after {@link position} that are known to hold no newline and are not kept: the beginning of a long line.
   * The next byte to read is at `position + passed`, plus what the splitter holds.
   */
  passed = 0;
  /** Whether the line at {@link position} is over the limit, and counted already. */
  isTooLong = false;
  /**
   * Lines up to here were exported before: they are read again only for the parts of container log lines that go
   * on after it, and counted nowhere.
   */
  silentUntil = 0;
  /** Parts of unfinished container log lines; made when the first one is met. */
  joiner: CriJoiner | undefined;

  /** Bytes of the stream that count as read: the position, once it is past what was exported before. */
  get reached(): number {
    return Math.max(this.position, this.silentUntil);
  }

  /** @param position Where to begin, in bytes; a line boundary. */
  constructor(position = 0) {
    this.position = position;
  }
}
