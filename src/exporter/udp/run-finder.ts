/**
 * @module Which lines leave as one run: datagrams of one length, of which only the last may be shorter
 * (`os/datagram-sender.ts`). Lines that are shorter than the longest of them get spaces before their newline; how many
 * more bytes that may cost is `--udp-pad`.
 */
import type { LineView } from "../../event/batch.ts";
import { DATAGRAMS_PER_RUN } from "../../os/datagram-sender.ts";

/** Lines in a row that would make a run cost too much, after which no more are looked at: those behind rarely make up for it. */
const PATIENCE = 8;

/** Finds one run after another. */
export class RunFinder {
  readonly #percent: number;
  readonly #runBytes: number;
  /** Bytes of all lines since {@link begin}, and how many more they cost. */
  #bytes = 0;
  #added = 0;
  /** Length of the longest line of the run, which is that of its datagrams. */
  segmentBytes = 0;

  /**
   * @param percent How many more bytes lines may cost, in percent of their own.
   * @param runBytes Bytes of a run at most.
   */
  constructor(percent: number, runBytes: number) {
    this.#percent = percent;
    this.#runBytes = runBytes;
  }

  /** Begins with other lines. What earlier ones did not cost is forgotten. */
  begin(): void {
    this.#bytes = 0;
    this.#added = 0;
  }

  /**
   * Looks at the lines from number `first` on, which are not looked at again. At no line have those since {@link begin} cost
   * more than they may.
   * @param most Bytes of a datagram at most.
   * @returns How many lines the run has; 1 where there is none, which is also when the line is longer than `most`.
   */
  find(lines: LineView, first: number, most: number): number {
    const end = Math.min(lines.length, first + DATAGRAMS_PER_RUN);
    const stream = lines.streamAt(first);
    let longest = 0;
    let bytes = 0;
    let count = 1;
    let failures = 0;
    this.segmentBytes = lines.endAt(first) - lines.startAt(first);
    let runLength = this.segmentBytes;
    let runAdded = 0;
    for (let i = first; i < end; i++) {
      const length = lines.endAt(i) - lines.startAt(i);
      if (length > most || lines.streamAt(i) !== stream) break;
      if (length > longest) longest = length;
      const padded = longest * (i - first) + length;
      if (padded > this.#runBytes) break;
      bytes += length;
      const added = padded - bytes;
      if ((this.#added + added) * 100 > (this.#bytes + bytes) * this.#percent) {
        if (++failures === PATIENCE) break;
        continue;
      }
      failures = 0;
      count = i - first + 1;
      this.segmentBytes = longest;
      runLength = bytes;
      runAdded = added;
    }
    this.#bytes += runLength;
    this.#added += runAdded;
    return count;
  }
}
