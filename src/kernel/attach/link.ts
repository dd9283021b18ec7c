/** @module A program's attachment, which can go without the program, and outlives it. */
import { disposeAll } from "../../os/descriptor.ts";

/** An attachment. It ends when it is disposed of, and when the process dies, in whatever way. */
export class Link implements Disposable {
  /** What the program is attached to, in words. */
  readonly target: string;
  #owned: readonly Disposable[];

  /** @param owned What keeps the program attached, in the order in which it is to go. */
  constructor(target: string, owned: readonly Disposable[]) {
    this.target = target;
    this.#owned = owned;
  }

  /** Whether the program is still attached. */
  get isAttached(): boolean {
    return this.#owned.length > 0;
  }

  /** Detaches the program. Idempotent. */
  [Symbol.dispose](): void {
    const owned = this.#owned;
    this.#owned = [];
    disposeAll(owned);
  }
}
