/** @module What became of an exporter's events: its counters, and how far each stream has been exported. */
import type { LineView } from "../../event/batch.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Settler } from "./push-batch.ts";

/** Takes how far streams have been exported. */
export interface Positions {
  commitPosition(stream: number, position: number): void;
  /**
   * Takes note that the exporter has lost events of the stream, the last of them before `position`. Where it is missing, they
   * are left to the next start.
   */
  passOver?(stream: number, position: number): void;
}

/** Books each event of an exporter once. */
export class Ledger implements Settler {
  readonly #counters: ExporterCounters;
  readonly #positions: Positions | undefined;
  readonly #deadLetters: DeadLetters;
  /** Why the receiver refuses what it refuses at present. */
  reason: string | undefined;

  /** @param positions `undefined` where no checkpoint follows the exporter. */
  constructor(counters: ExporterCounters, positions: Positions | undefined, deadLetters: DeadLetters) {
    this.#counters = counters;
    this.#positions = positions;
    this.#deadLetters = deadLetters;
  }

  accepted(count: number, bytes: number): void {
    this.#counters.exported += count;
    this.#counters.bytes_exported += bytes;
  }

  refused(lines: LineView, i: number): void {
    this.#counters.refused++;
    this.keep(lines, i, this.reason);
  }

  /** Keeps line `i` among the dead letters. */
  keep(lines: LineView, i: number, reason: string | undefined): void {
    this.#deadLetters.add(lines, i, reason);
  }

  lost(count: number): void {
    this.#counters.send_failed += count;
  }

  passed(lines: LineView, i: number): void {
    this.commitPosition(lines.streamAt(i), lines.positionAt(i));
  }

  passedOver(lines: LineView, i: number): void {
    this.passOver(lines.streamAt(i), lines.positionAt(i));
  }

  /** Records that events of the stream up to `position` are lost, and counted. */
  passOver(stream: number, position: number): void {
    if (stream >= 0) this.#positions?.passOver?.(stream, position);
  }

  /** Records that the stream has been exported up to `position`. */
  commitPosition(stream: number, position: number): void {
    if (stream >= 0) this.#positions?.commitPosition(stream, position);
  }
}
