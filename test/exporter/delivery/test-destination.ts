import type { PushDestination, PushResult } from "../../../src/exporter/delivery/destination.ts";
import { PUSHED } from "../../../src/exporter/delivery/destination.ts";
import type { PushBatch } from "../../../src/exporter/delivery/push-batch.ts";

/** What the receiver does with one push. */
export type Answer = (batch: PushBatch, signal: AbortSignal) => PushResult | Promise<PushResult>;

/** Takes everything. */
export const acceptAll: Answer = (batch) => {
  batch.acceptFirst(batch.length);
  return PUSHED;
};

/** Fails, and says nothing of any line. */
export const fail: Answer = () => ({ error: new Error("out of order") });

/** A receiver that answers as the test says, push by push, and then takes everything. */
export class TestDestination implements PushDestination {
  readonly kind = "push";
  readonly description = "the test";
  /** The lines of each push. */
  readonly pushes: string[][] = [];
  /** Lines that the receiver has taken. */
  readonly arrived: string[] = [];
  readonly answers: Answer[];
  closed = 0;

  constructor(...answers: Answer[]) {
    this.answers = answers;
  }

  async open(): Promise<void> {}

  async push(batch: PushBatch, signal: AbortSignal): Promise<PushResult> {
    const lines = linesOf(batch);
    this.pushes.push(lines);
    const result = await (this.answers.shift() ?? acceptAll)(watched(batch, this.arrived, lines), signal);
    return result;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** The batch, noting what is accepted. */
function watched(batch: PushBatch, arrived: string[], lines: readonly string[]): PushBatch {
  return new Proxy(batch, {
    get(target, key) {
      if (key === "accept")
        return (i: number) => {
          arrived.push(lines[i]!);
          target.accept(i);
        };
      if (key === "acceptFirst")
        return (count: number) => {
          arrived.push(...lines.slice(0, count));
          target.acceptFirst(count);
        };
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function linesOf(batch: PushBatch): string[] {
  return Array.from({ length: batch.length }, (_, i) =>
    Buffer.from(batch.bufferAt(i).subarray(batch.startAt(i), batch.endAt(i)))
      .toString()
      .trimEnd(),
  );
}
