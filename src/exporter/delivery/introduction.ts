/** @module Remembers whether the receiver knows who is speaking. */
import { NO_STREAM } from "../../event/batch.ts";
import type { MetadataEventName } from "../../event/description/index.ts";
import type { Progress } from "../../metadata/document.ts";
import type { MetadataProvider } from "../../metadata/provider.ts";
import type { PushQueue, Settler } from "./push-batch.ts";

/** The metadata line as lines to push, and whether it is due. */
export class Introduction implements PushQueue, Settler {
  readonly length = 1;
  readonly #provider: MetadataProvider | undefined;
  readonly #progress: () => Progress;
  /** The line that is being sent, and its generation. */
  #line: Uint8Array | undefined;
  #generation = 0;
  #event: MetadataEventName = "agent_init";
  /** Generation of the line that the present receiver has. */
  #known = 0;
  #isPostponed = false;
  #isConcluded = false;
  /** Whether anybody has the line that was {@link done} last, and not just no way to get it. */
  hasArrived = false;

  /**
   * @param provider `undefined` for an exporter whose readers know events only.
   * @param progress What the exporter has done so far for the present receiver.
   */
  constructor(provider: MetadataProvider | undefined, progress: () => Progress) {
    this.#provider = provider;
    this.#progress = progress;
  }

  /** Whether the receiver lacks the line. */
  get isOwed(): boolean {
    return this.#provider !== undefined && this.#provider.generation !== this.#known;
  }

  /** Whether the line has to go before the next event. */
  get isDue(): boolean {
    return this.isOwed && !this.#isPostponed;
  }

  /** Which event {@link line} is. */
  get event(): MetadataEventName {
    return this.#event;
  }

  /** The line, the same one until it is {@link done} or {@link renew} is called. Only where it is due. */
  get line(): Uint8Array {
    if (this.#line === undefined) {
      this.#generation = this.#provider!.generation;
      this.#event = this.#provider!.event;
      this.#line = this.#provider!.lineAfter(this.#progress());
    }
    return this.#line;
  }

  /** Nobody has any of the line: it is to say what is true now. */
  renew(): void {
    this.#line = undefined;
  }

  get bytes(): number {
    return this.line.length;
  }

  /** The receiver has the line, or will never have it. */
  done(hasArrived: boolean): void {
    this.hasArrived = hasArrived;
    this.#known = this.#generation;
    this.#line = undefined;
    if (hasArrived) this.#provider?.noteSent();
  }

  /** Nothing is left to be sent. @returns Whether that is to be said, by one more line. */
  conclude(): boolean {
    this.#isConcluded = this.#provider?.conclude() === true;
    if (this.#isConcluded) this.#line = undefined;
    return this.#isConcluded;
  }

  /** Whether the line is the last there is. */
  get isConcluded(): boolean {
    return this.#isConcluded;
  }

  /** The receiver is another one. */
  reset(): void {
    this.#known = 0;
    this.#line = undefined;
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

  passedOver(): void {}

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

  isWholeAt(): boolean {
    return false;
  }
}
