/** @module One batch at a time, until each of its events is acknowledged or refused. */
import type { LineView } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { Bulk, BulkAttempt, BulkOutcome, LineId } from "../delivery/bulk.ts";
import { PUSHED, type PushResult } from "../delivery/destination.ts";
import type { BatchAnswer, KeeperLink } from "./link.ts";

/** How often a batch fails before its events are given alone, and one that is alone before it is a dead letter. */
const [FAILURES_OF_MANY, FAILURES_OF_ONE] = [2, 3];

/** What the bulks of an exporter have in common. */
export interface SharedState {
  readonly link: Pick<KeeperLink, "give">;
  readonly counters: ExporterCounters;
  readonly description: string;
  nextId: number;
  /** Batches that the module has acknowledged. */
  taken: number;
}

/** Memory of one bulk, and where it lies in that of the exporter. */
export interface BulkMemory {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly at: number;
}

/** Some lines in a row. */
interface Run {
  readonly first: number;
  readonly end: number;
}

/** Events that lie in memory which the module can read. */
export class ModuleBulk implements Bulk {
  readonly #memory: BulkMemory;
  readonly #maxLines: number;
  readonly #state: SharedState;
  /** Where each begins; one more than there are. Of those without bytes none could be made small enough. */
  readonly #starts: Uint32Array;
  #length = 0;
  readonly #shortened = new Set<number>();
  /** Lines that are given at once at most: fewer where some have failed. */
  #most = Number.POSITIVE_INFINITY;
  /** Lines before this one are given alone: with one of them the process ends. */
  #aloneUntil = 0;
  /** Lines before this one are set aside: with each of them the module has thrown, and nobody knows whether it does with all. */
  #aside = 0;
  /** How often the first of those that are not has failed in a row, with as many others. */
  #failures = 0;
  /** What the module had taken when something of this bulk failed for the first time. */
  #takenBefore: number | undefined;

  constructor(memory: BulkMemory, maxLines: number, state: SharedState) {
    this.#memory = memory;
    this.#maxLines = maxLines;
    this.#state = state;
    this.#starts = new Uint32Array(maxLines + 1);
  }

  clear(): void {
    this.#length = 0;
    this.#shortened.clear();
    this.#most = Number.POSITIVE_INFINITY;
    this.#aloneUntil = 0;
    this.#aside = 0;
    this.#failures = 0;
    this.#takenBefore = undefined;
  }

  add(lines: LineView, i: number, _id: LineId, _isMetadata: boolean): boolean {
    if (this.#length === this.#maxLines) return false;
    const { bytes } = this.#memory;
    const [start, end] = [lines.startAt(i), lines.endAt(i)];
    if (end - start > bytes.length) return this.#addShortened(lines.bufferAt(i).subarray(start, end));
    const at = this.#starts[this.#length]!;
    if (at + end - start > bytes.length) return false;
    bytes.set(lines.bufferAt(i).subarray(start, end), at);
    this.#starts[++this.#length] = at + end - start;
    return true;
  }

  /** An event whose acknowledgement was lost may come twice: only the module could know. */
  suspect(): void {}

  async push(outcome: BulkOutcome, { signal, onSend }: BulkAttempt): Promise<PushResult> {
    for (let i = 0; i < outcome.length; i++)
      if (outcome.isPending(i) && this.#sizeOf(i) === 0) outcome.refuse(i, "too large for a batch");
    let result = PUSHED;
    while (outcome.pending > 0 && result.error === undefined && !signal.aborted)
      result = await this.#give(this.#nextRun(outcome), outcome, { signal, onSend });
    return result;
  }

  letter(i: number, reason: string): Uint8Array {
    const fields = JSON.stringify({
      "@timestamp": new Date().toISOString(),
      to: this.#state.description,
      reason,
    });
    const event = this.#memory.bytes.subarray(
      this.#starts[i]!,
      Math.max(this.#starts[i]!, this.#starts[i + 1]! - 1),
    );
    const document = event.length === 0 ? "" : `,"document":${event.toString()}`;
    return Buffer.from(`${fields.slice(0, -1)}${document}}\n`);
  }

  #addShortened(line: Uint8Array): boolean {
    const { bytes } = this.#memory;
    const fitting = fit(Buffer.from(line.buffer, line.byteOffset, line.length - 1).toString(), bytes.length);
    const text = fitting === undefined ? undefined : Buffer.from(`${fitting}\n`);
    const at = this.#starts[this.#length]!;
    if (at + (text?.length ?? 0) > bytes.length) return false;
    if (text !== undefined) this.#shortened.add(this.#length);
    this.#starts[++this.#length] = at + (text?.copy(bytes, at) ?? 0);
    return true;
  }

  #sizeOf(i: number): number {
    return this.#starts[i + 1]! - this.#starts[i]!;
  }

  /** Pending lines in a row, from the first one. */
  #nextRun(outcome: BulkOutcome): Run {
    let first = this.#aside;
    while (first < outcome.length && !outcome.isPending(first)) first++;
    if (first === outcome.length) {
      this.#aside = 0;
      return this.#nextRun(outcome);
    }
    const most = first < this.#aloneUntil ? 1 : this.#most;
    let end = first + 1;
    while (end < outcome.length && end - first < most && outcome.isPending(end)) end++;
    return { first, end };
  }

  async #give({ first, end }: Run, outcome: BulkOutcome, attempt: BulkAttempt): Promise<PushResult> {
    const { link } = this.#state;
    const id = this.#state.nextId++;
    const [at, bytes] = [this.#starts[first]!, this.#starts[end]! - this.#starts[first]!];
    attempt.onSend();
    let acknowledged = first;
    const acknowledge = (until: number) => {
      for (; acknowledged < until; acknowledged++) this.#accept(acknowledged, outcome);
    };
    const answer = await untilAborted(
      link.give(
        { type: "batch", id, at: this.#memory.at + at, bytes, count: end - first },
        (count) => !attempt.signal.aborted && acknowledge(first + count),
      ),
      attempt.signal,
    );
    if (answer === undefined) return { error: new Error("stopped") };
    if (answer.type !== "done") return this.#failed({ first: acknowledged, end }, outcome, answer);
    this.#state.taken++;
    for (const [i, reason] of answer.refused) outcome.refuse(first + i, reason);
    acknowledge(end);
    this.#failures = 0;
    this.#most *= 2;
    return PUSHED;
  }

  #accept(i: number, outcome: BulkOutcome): void {
    if (!outcome.isPending(i)) return;
    outcome.accept(i);
    if (this.#shortened.has(i)) this.#state.counters.truncated++;
  }

  /** One event that fails again and again, while others do not or by ending the process, is given up. */
  #failed(
    { first, end }: Run,
    outcome: BulkOutcome,
    answer: BatchAnswer & { type: "failed" | "lost" },
  ): PushResult {
    const isEnd = answer.type === "lost";
    const why = answer.type === "lost" ? answer.why : answer.error;
    const error = new Error(`${this.#state.description}: ${why}`);
    const retryAfterMs = answer.type === "failed" ? answer.retryAfterMs : undefined;
    if ((isEnd && !answer.isSuspect) || first === end) return { error, retryAfterMs };
    this.#takenBefore ??= this.#state.taken;
    this.#failures++;
    const isOne = end - first === 1;
    if (!isOne && this.#failures >= FAILURES_OF_MANY) {
      // The next ones are tried in ever larger numbers where that costs an exception, and no process.
      if (isEnd) this.#aloneUntil = end;
      else this.#most = 1;
      this.#failures = 0;
    }
    if (isOne && this.#failures >= FAILURES_OF_ONE) {
      if (isEnd || this.#state.taken > this.#takenBefore) outcome.refuse(first, why);
      else this.#aside = end;
      this.#failures = 0;
    }
    return { error, retryAfterMs };
  }
}

/** What it comes to, or `undefined` once time is up. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const onAbort = () => aborted.resolve(undefined);
  if (signal.aborted) return undefined;
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
