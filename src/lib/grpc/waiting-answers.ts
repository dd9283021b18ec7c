/**
 * @module Answers that have not left, since their peers do not take them. Each is kept for a while, and all together no more
 * than so many bytes: the one that has waited longest makes room, so that nobody who reads is refused for those who do not.
 */
import type { ServerCall } from "./call.ts";

/** Limits of all answers of a server. */
export interface AnswerLimits {
  /** Bytes that may wait, of all calls together. */
  readonly answerBytes: number;
  /** How long one may wait, milliseconds. */
  readonly answerMs: number;
}

/** An answer. */
interface Answer {
  readonly bytes: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The answers of one server. */
export class WaitingAnswers {
  readonly #limits: AnswerLimits;
  /** In the order in which they came. */
  readonly #answers = new Map<ServerCall, Answer>();
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Looks after what was written for a call, until it has left or the call is over.
   * @returns Whether it may have to wait: resolves then; `undefined` when everything has left.
   */
  watch(call: ServerCall): Promise<void> | undefined {
    const bytes = call.heldBytes;
    if (bytes === 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => call.abort(), this.#limits.answerMs);
    timer.unref();
    this.#answers.set(call, { bytes, timer });
    this.#bytes += bytes;
    const forget = () => {
      this.#forget(call);
      resolve();
    };
    call.onDrain(forget);
    call.onClose(forget);
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#limits.answerBytes) break;
      oldest.abort();
    }
    return promise;
  }

  #forget(call: ServerCall): void {
    const answer = this.#answers.get(call);
    if (answer === undefined) return;
    clearTimeout(answer.timer);
    this.#answers.delete(call);
    this.#bytes -= answer.bytes;
  }
}
