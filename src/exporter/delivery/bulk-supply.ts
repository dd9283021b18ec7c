/** @module Where bulks get their lines from: the queue in memory, or the one on disk. */
import type { LineView } from "../../event/batch.ts";
import type { LineId } from "./bulk.ts";
import type { DiskQueue } from "./disk-queue/index.ts";
import { newPrefix } from "./disk-queue/segments.ts";
import type { StoredLines } from "./disk-queue/stored-lines.ts";
import type { Introduction } from "./introduction.ts";
import type { Ledger } from "./ledger.ts";
import type { LineQueue } from "./queue.ts";

/** Lines at the front. */
export interface Supplied {
  readonly lines: LineView;
  /** Of the first of them; those of the others follow. */
  readonly id: LineId;
  readonly isMetadata: boolean;
  /** Events before this sequence number may have been sent by an earlier run. */
  readonly sentBefore: number;
}

/** What a bulk holds, in the order of the supply. */
export interface Parcel {
  /** Everything that it holds has been settled. */
  isSettled: boolean;
  /** Notes that everything up to here, this parcel included, has been settled. */
  commit(): void;
  /** Notes that it is about to be sent. */
  noteSent(): void;
}

/** Lines to be sent, in order. */
export interface Supply {
  /** Whether {@link front} has something. */
  readonly hasNext: boolean;
  /** How many events wait that no bulk holds yet. */
  readonly waiting: number;
  /** What comes next, valid until lines are taken. */
  front(): Supplied | undefined;
  /** Takes the first `count` lines of {@link front} away. */
  take(count: number): void;
  /** All that was taken since the last call, as a parcel. */
  parcel(): Parcel;
  /** Metadata that was taken has arrived, or never will; not every supply minds. */
  introduced(hasArrived: boolean): void;
}

/** How far one stream is. */
interface Run {
  readonly stream: number;
  position: number;
}

/** Lines of the queue in memory; the metadata, when it is due, before them. */
export class MemorySupply implements Supply {
  readonly #queue: LineQueue;
  readonly #introduction: Introduction;
  readonly #ledger: Ledger;
  readonly #id = { prefix: Buffer.from(newPrefix(), "latin1"), sequence: 0 };
  readonly #supplied: { lines: LineView; id: LineId; isMetadata: boolean; sentBefore: number };
  #runs: Run[] = [];
  /** A bulk has the metadata. */
  #isIntroducing = false;

  constructor(queue: LineQueue, introduction: Introduction, ledger: Ledger) {
    this.#queue = queue;
    this.#introduction = introduction;
    this.#ledger = ledger;
    this.#supplied = { lines: queue, id: this.#id, isMetadata: false, sentBefore: 0 };
  }

  get #mustIntroduce(): boolean {
    return this.#introduction.isDue && !this.#isIntroducing;
  }

  get hasNext(): boolean {
    return !this.#queue.isEmpty || this.#mustIntroduce;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  front(): Supplied | undefined {
    if (!this.hasNext) return undefined;
    this.#supplied.isMetadata = this.#mustIntroduce;
    this.#supplied.lines = this.#supplied.isMetadata ? this.#introduction : this.#queue;
    return this.#supplied;
  }

  take(count: number): void {
    if (count === 0) return;
    this.#id.sequence += count;
    if (this.#supplied.isMetadata) {
      this.#isIntroducing = true;
      return;
    }
    for (let i = 0; i < count; i++) {
      const stream = this.#queue.streamAt(i);
      const last = this.#runs.at(-1);
      if (last?.stream === stream) last.position = this.#queue.positionAt(i);
      else this.#runs.push({ stream, position: this.#queue.positionAt(i) });
    }
    this.#queue.shift(count);
  }

  parcel(): Parcel {
    const runs = this.#runs;
    this.#runs = [];
    return {
      isSettled: false,
      commit: () => {
        for (const { stream, position } of runs) this.#ledger.commitPosition(stream, position);
      },
      noteSent() {},
    };
  }

  introduced(hasArrived: boolean): void {
    this.#isIntroducing = false;
    this.#introduction.done(hasArrived);
  }
}

/** Lines of the queue on disk, the metadata among them. */
export class DiskSupply implements Supply {
  readonly #disk: DiskQueue;
  #lines: StoredLines | undefined;
  #end = 0;
  readonly #id = { prefix: Buffer.alloc(0) as Uint8Array, sequence: 0 };

  constructor(disk: DiskQueue) {
    this.#disk = disk;
  }

  get hasNext(): boolean {
    return this.#lines !== undefined || this.#disk.unread > 0;
  }

  get waiting(): number {
    return this.#disk.unread + (this.#lines?.length ?? 0);
  }

  front(): Supplied | undefined {
    this.#lines ??= this.#disk.take();
    const lines = this.#lines;
    if (lines === undefined) {
      // What damage has taken at the end is over and done with.
      this.#end = this.#disk.seen;
      return undefined;
    }
    this.#id.prefix = lines.prefix;
    this.#id.sequence = lines.first;
    const { isMetadata } = lines;
    return { lines, id: this.#id, isMetadata, sentBefore: this.#disk.sentBefore };
  }

  take(count: number): void {
    const lines = this.#lines!;
    lines.skip(count);
    this.#end = lines.first;
    if (lines.length === 0) this.#lines = undefined;
  }

  parcel(): Parcel {
    const end = this.#end;
    return {
      isSettled: false,
      commit: () => this.#disk.ack(end),
      noteSent: () => this.#disk.noteSent(end),
    };
  }

  introduced(): void {}
}
