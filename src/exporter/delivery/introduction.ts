/** @module Remembers whether the receiver knows who is speaking. */
import { NO_STREAM } from "../../event/batch.ts";
import type { MetadataProvider } from "../../metadata/provider.ts";
import type { PushQueue, Settler } from "./push-batch.ts";

/** The metadata line as lines to push, and whether it is due. */
export class Introduction implements PushQueue, Settler {
  readonly length = 1;
  readonly #provider: MetadataProvider | undefined;
  /** Generation of the line that the present receiver has. */
  #known = 0;
  #isPostponed = false;
  /** Whether anybody has the line that was {@link done} last, and not just no way to get it. */
  hasArrived = false;

  /** @param provider `undefined` for an exporter whose readers know events only. */
  constructor(provider: MetadataProvider | undefined) {
    this.#provider = provider;
  }

  /** Whether the receiver lacks the line. */
  get isOwed(): boolean {
    return this.#provider !== undefined && this.#provider.generation !== this.#known;
  }

  /** Whether the line has to go before the next event. */
  get isDue(): boolean {
    return this.isOwed && !this.#isPostponed;
  }

  /** The line. Only where it is due. */
  get line(): Uint8Array {
    return this.#provider!.line;
  }

  get bytes(): number {
    return this.line.length;
  }

  /** The receiver has the line, or will never have it. */
  done(hasArrived: boolean): void {
    this.hasArrived = hasArrived;
    this.#known = this.#provider?.generation ?? 0;
  }

  /** The receiver is another one. */
  reset(): void {
    this.#known = 0;
    this.#isPostponed = false;
  }

  /** Something is wrong with the line alone: events go without it until {@link resume}. */
  postpone(): void {
    this.#isPostponed = true;
  }

  /** The line is tried again. */
  resume(): void {
    this.#isPostponed = false;
  }

  accepted(count: number): void {
    if (count > 0) this.done(true);
  }

  refused(): void {
    this.done(false);
  }

  /** Whoever comes later may still get it. */
  lost(): void {}

  passed(): void {}

  bufferAt(): Uint8Array {
    return this.line;
  }

  startAt(): number {
    return 0;
  }

  endAt(): number {
    return this.line.length;
  }

  streamAt(): number {
    return NO_STREAM;
  }

  positionAt(): number {
    return 0;
  }
}
