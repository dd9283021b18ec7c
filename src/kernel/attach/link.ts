/** @module A program's attachment, which can go without the program, and outlives it. */
import { linkMisses, objectPin } from "../../os/bpf/index.ts";
import { type Descriptor, disposeAll } from "../../os/descriptor.ts";
import { TetradError } from "../../os/error.ts";

/** What keeps a program attached. */
export interface Attachment {
  /** All of it, in the order in which it is to go. */
  readonly owned: readonly Disposable[];
  /** Of these the one that is a link of the kernel's, where it has one for this. */
  readonly link?: Descriptor | undefined;
}

/** An attachment. It ends when it is disposed of, and when the process dies, in whatever way, unless it was pinned. */
export class Link implements Disposable {
  /** What the program is attached to, in words. */
  readonly target: string;
  #owned: readonly Disposable[];
  readonly #link: Descriptor | undefined;

  constructor(target: string, { owned, link }: Attachment) {
    this.target = target;
    this.#owned = owned;
    this.#link = link;
  }

  /** Whether the program is still attached. */
  get isAttached(): boolean {
    return this.#owned.length > 0;
  }

  /**
   * Has the program stay attached until the name is removed, also when this is disposed of, or the process has ended.
   * @param path A name that is free, in a BPF file system.
   * @throws TetradError `unsupported` where the kernel has no link for such an attachment; SystemCallError
   */
  pin(path: string): void {
    if (this.#link === undefined)
      throw new TetradError(
        "unsupported",
        `Cannot keep ${this.target} attached: this kernel has no links for it, needs Linux 5.15`,
      );
    objectPin(this.#link.fd, path);
  }

  /** How often the kernel left its kprobes out, where it says (6.7); else 0. @throws SystemCallError */
  get misses(): number {
    return this.#link === undefined || !this.isAttached ? 0 : linkMisses(this.#link.fd);
  }

  /** Detaches the program. Idempotent. */
  [Symbol.dispose](): void {
    const owned = this.#owned;
    this.#owned = [];
    disposeAll(owned);
  }
}
