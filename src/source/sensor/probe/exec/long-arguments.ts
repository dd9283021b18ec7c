/** @module Arguments that an exec record had no room for, which come in records before it. */
import { DEFAULT_MAX_ARGUMENTS_SIZE } from "../../settings.ts";
import { type ExecView, MAX_ARGUMENTS } from "./record.ts";

/** Bytes that are kept for records that have not come, which may be lost. */
const CAPACITY = 16 << 20;

/** Bytes of one process's arguments, without those that fit its record. */
interface Pieces {
  readonly pieces: Uint8Array[];
  /** Where the next one begins. */
  next: number;
}

/** Puts arguments together. */
export class LongArguments {
  readonly #limit: number;
  /** By pid, in the order in which they came. */
  readonly #waiting = new Map<number, Pieces>();
  #size = 0;

  constructor(limit: number = DEFAULT_MAX_ARGUMENTS_SIZE) {
    this.#limit = limit;
  }

  /** Keeps what a record has that has nothing but arguments. One that has no room, or follows on none, is left out. */
  add({ pid, arguments_offset: offset, arguments: memory }: ExecView): void {
    if (offset === MAX_ARGUMENTS) {
      this.#forget(pid);
      this.#waiting.set(pid, { pieces: [], next: offset });
    }
    const known = this.#waiting.get(pid);
    if (known === undefined || known.next !== offset) return;
    known.pieces.push(memory.slice());
    known.next += memory.length;
    this.#size += memory.length;
    while (this.#size > CAPACITY) {
      const [oldest] = this.#waiting.keys();
      if (oldest === undefined) return;
      this.#forget(oldest);
    }
  }

  /**
   * Arguments of an execution, cut at the limit: those in its record, and those that came before. `undefined` where
   * the record has all that there is to say.
   */
  take({ pid, arguments: memory }: ExecView): Uint8Array | undefined {
    if (memory.length > this.#limit) return memory.slice(0, this.#limit);
    if (memory.length < MAX_ARGUMENTS || this.#waiting.size === 0) return undefined;
    const known = this.#waiting.get(pid);
    if (known === undefined) return undefined;
    this.#forget(pid);
    return Buffer.concat([memory, ...known.pieces]);
  }

  #forget(pid: number): void {
    const known = this.#waiting.get(pid);
    if (known === undefined) return;
    this.#waiting.delete(pid);
    this.#size -= known.next - MAX_ARGUMENTS;
  }
}
