/** @module Arguments and environments that an exec record had no room for, which come in records before it. */
import { DEFAULT_MAX_ARGUMENTS_SIZE } from "../../settings.ts";
import { type ExecView, MAX_ARGUMENTS, MAX_ENVIRONMENT } from "./record.ts";

/** Bytes that are kept for records that have not come, which may be lost. */
const CAPACITY = 16 << 20;

/** Bytes of one process's memory, without those that fit its record. */
interface Pieces {
  readonly pieces: Uint8Array[];
  /** Where the next one begins. */
  next: number;
}

/** Puts pieces of one kind together. */
class LongMemory {
  /** Bytes that a record has room for. */
  readonly #room: number;
  readonly #limit: number;
  /** By pid, in the order in which they came. */
  readonly #waiting = new Map<number, Pieces>();
  #size = 0;

  constructor(room: number, limit: number) {
    this.#room = room;
    this.#limit = limit;
  }

  /** Keeps a piece. One that has no room, or follows on none, is left out. */
  add(pid: number, offset: number, memory: Uint8Array): void {
    if (offset === this.#room) {
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
   * All of it, cut at the limit: what is in the record, and what came before. `undefined` where the record has all that
   * there is to say.
   */
  take(pid: number, memory: Uint8Array): Uint8Array | undefined {
    if (memory.length > this.#limit) return memory.slice(0, this.#limit);
    if (memory.length < this.#room || this.#waiting.size === 0) return undefined;
    const known = this.#waiting.get(pid);
    if (known === undefined) return undefined;
    this.#forget(pid);
    return Buffer.concat([memory, ...known.pieces]);
  }

  #forget(pid: number): void {
    const known = this.#waiting.get(pid);
    if (known === undefined) return;
    this.#waiting.delete(pid);
    this.#size -= known.next - this.#room;
  }
}

/** What of an execution is longer than its record has it, or shorter, by the limit. */
export interface ExecMemory {
  readonly arguments?: Uint8Array | undefined;
  readonly environment?: Uint8Array | undefined;
}

/** Puts arguments and environments together. */
export class ExecMemories {
  readonly #arguments: LongMemory;
  readonly #environments: LongMemory;

  /** @param limit Bytes of arguments that are reported of a process, and of its environment. */
  constructor(limit: number = DEFAULT_MAX_ARGUMENTS_SIZE) {
    this.#arguments = new LongMemory(MAX_ARGUMENTS, limit);
    this.#environments = new LongMemory(MAX_ENVIRONMENT, limit);
  }

  /** Whether a record has nothing but a piece, which is kept. */
  add(record: ExecView): boolean {
    const { pid, arguments_offset, environment_offset } = record;
    if (arguments_offset !== 0) this.#arguments.add(pid, arguments_offset, record.arguments);
    else if (environment_offset !== 0) this.#environments.add(pid, environment_offset, record.environment);
    else return false;
    return true;
  }

  /** What differs from the record of an execution, or `undefined` where nothing does. */
  take(record: ExecView): ExecMemory | undefined {
    const args = this.#arguments.take(record.pid, record.arguments);
    const environment = this.#environments.take(record.pid, record.environment);
    return args === undefined && environment === undefined ? undefined : { arguments: args, environment };
  }
}
