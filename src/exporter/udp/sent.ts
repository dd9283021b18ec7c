/** @module What has left through one socket, as the metadata for its receiver says it. */
import type { Progress } from "../../metadata/document.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";

/** Counts for the present receiver, next to the exporter's counters, which are for all there were. */
export class Sent {
  readonly #counters: ExporterCounters;
  readonly #joined: () => number;
  /** What had been counted when the present socket was opened. */
  #eventsBefore = 0;
  #bytesBefore = 0;
  #joinedBefore = 0;
  /** Of metadata. */
  #datagrams = 0;
  #bytes = 0;

  /** @param joined How many events have left that are not the first of their datagram. */
  constructor(counters: ExporterCounters, joined: () => number) {
    this.#counters = counters;
    this.#joined = joined;
  }

  /** Starts anew: there is another socket. */
  reset(): void {
    this.#eventsBefore = this.#counters.exported;
    this.#bytesBefore = this.#counters.bytes_exported;
    this.#joinedBefore = this.#joined();
    this.#datagrams = this.#bytes = 0;
  }

  /** Datagrams with metadata have left. */
  addMetadata(datagrams: number, bytes: number): void {
    this.#datagrams += datagrams;
    this.#bytes += bytes;
  }

  /** All that has left so far. */
  get progress(): Omit<Progress, "dropped"> {
    const events = this.#counters.exported - this.#eventsBefore;
    return {
      datagrams: events - (this.#joined() - this.#joinedBefore) + this.#datagrams,
      events,
      bytes: this.#counters.bytes_exported - this.#bytesBefore + this.#bytes,
    };
  }
}
