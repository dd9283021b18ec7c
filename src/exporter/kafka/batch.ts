/** @module Records of one partition that leave together, from the moment that they have their numbers until they have arrived. */
import type { BatchParts } from "../../lib/kafka/record-batch.ts";

/**
 * `waiting`: may not be sent now; it has not been tried, or it has failed. `ready`: as soon as there is room for it. `sent`: its
 * answer is waited for. `done`: it has arrived, was refused, or was cut in two.
 */
export type BatchState = "waiting" | "ready" | "sent" | "done";

/** Who has the lines of a batch. */
export interface BatchOwner {
  /** Makes the records of the lines. */
  encode(lines: readonly number[]): Promise<BatchParts>;
  /** The lines have arrived. */
  accepted(batch: Batch): void;
  /** No broker will take the only line of the batch. */
  refused(batch: Batch, reason: string): void;
  /** The batch is now two. */
  replaced(batch: Batch, parts: readonly Batch[]): void;
  /** Something became of the batch: it has arrived, or was not sent, or is another one. */
  moved(): void;
}

/** Records of one partition. */
export class Batch {
  readonly owner: BatchOwner;
  readonly topic: string;
  partition: number;
  /** Numbers of its lines, which its owner knows. */
  readonly lines: readonly number[];
  state: BatchState = "waiting";
  /** Its first record's number. @default it has none */
  sequence = -1;
  /** Whether it was ever sent with these numbers: its partition may have it. */
  wasSent = false;
  /** Why it was not taken when it was tried last. */
  error: Error | undefined;
  /** Times that the numbers of its partition were begun anew for it. */
  renewals = 0;
  parts: BatchParts | undefined;
  #encoding: Promise<void> | undefined;

  constructor(
    owner: BatchOwner,
    { topic, partition }: { readonly topic: string; readonly partition: number },
    lines: readonly number[],
  ) {
    this.owner = owner;
    this.topic = topic;
    this.partition = partition;
    this.lines = lines;
  }

  /** Whether it is being tried. */
  get isTried(): boolean {
    return this.state === "ready" || this.state === "sent";
  }

  /** It may be sent. */
  allow(): void {
    if (this.state !== "waiting") return;
    this.state = "ready";
    this.error = undefined;
  }

  /** It was tried in vain. */
  fail(error: Error): void {
    if (!this.isTried) return;
    this.state = "waiting";
    this.error = error;
    this.owner.moved();
  }

  /** Its records have the time of now from the next try on. */
  renewTime(): void {
    if (this.parts !== undefined) this.parts = { ...this.parts, time: Date.now() };
  }

  /** Makes its records, once. */
  encode(): Promise<void> {
    this.#encoding ??= this.owner.encode(this.lines).then((parts) => {
      this.parts = parts;
    });
    return this.#encoding;
  }
}
