/**
 * @module Hears of a descriptor that can be read, of whatever kind, without asking again and again.
 *
 * The event loop watches pipes and sockets only. So a thread sleeps in `ppoll(2)` and writes a byte to a pipe that the loop
 * does watch. It is machine code, since a thread that runs JavaScript takes megabytes; this one takes its stack.
 */
import { ptr } from "bun:ffi";
import { Descriptor, disposeAll } from "./descriptor.ts";
import { openLibc } from "./libc.ts";
import { CodeMemory } from "./machine-code.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/**
 * What the thread runs, made of `test/os/readable-watch/*.S`; after a change of a source the test there shows the bytes. Its
 * data, by offset: 0 and 8 the two `struct pollfd`, of the descriptor and of the one that tells the thread to go on; 16 the
 * pipe's writing end; 20 whether it is to end; 24 the signals that it blocks; 32 room for what it reads.
 */
export const THREAD_CODE: Readonly<Record<string, string>> = {
  x64:
    "4c8d0df9ff0000bf02000000498d711831d241ba08000000b80e0000000f05418b7908498d7120ba0800000031c00f05" +
    "4883f8fc74e94883f8087537418379140075304c89cfbe0200000031d24531d2b80f0100000f054883f8fc74e6418b79" +
    "10498d7120ba01000000b8010000000f05ebac31c0c3",
  arm64:
    "09000810400080d221610091020080d2030180d2e81080d2010000d4200940b921810091020180d2e80780d2010000d4" +
    "1f1000b140ffff541f2000f1210200542a1540b9ea010035e00309aa410080d2020080d2030080d2280980d2010000d4" +
    "1f1000b120ffff54201140b921810091220080d2080880d2010000d4e8ffff17000080d2c0035fd6",
};

const DATA_LENGTH = 40;
const PIPE_AT = 16;
const END_AT = 20;
const MASK_AT = 24;
const POLLFD_SIZE = 8;
const POLLIN = 1;

/**
 * Left open by the thread: those of crashes (4 to 8 and 11), SIGSYS, by which `every-thread.ts` comes by, and the first
 * real-time ones, by which C libraries change the user on all threads.
 */
const OPEN_SIGNALS = [4, 5, 6, 7, 8, 11, 31, 32, 33, 34];

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const ONE = BigUint64Array.of(1n);

const libc = openLibc({
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  eventfd: { args: ["u32", "i32"], returns: "i32" },
  write: { args: ["i32", "ptr", "u64"], returns: "i64" },
  pthread_create: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  pthread_join: { args: ["u64", "ptr"], returns: "i32" },
});

/** Calls back when a descriptor can be read. */
export class ReadableWatch implements Disposable {
  readonly #onReadable: () => void;
  readonly #resources: Disposable[] = [];
  readonly #request: Descriptor;
  readonly #reader: ReturnType<typeof readFrom>;
  readonly #end: Int32Array;
  readonly #thread = new BigUint64Array(1);
  #isArmed = false;
  #isClosed = false;

  /**
   * @param fd To be watched; it must stay open.
   * @param onReadable Called in a turn of the event loop, once for each {@link arm}.
   * @throws SystemCallError when there can be no thread, and nothing is left behind; RangeError on an architecture that
   * there is no code for.
   */
  constructor(fd: number, onReadable: () => void) {
    const code = THREAD_CODE[process.arch];
    if (code === undefined) throw new RangeError(`Cannot watch a descriptor on ${process.arch}`);
    this.#onReadable = onReadable;
    try {
      const memory = this.#own(new CodeMemory(Buffer.from(code, "hex"), DATA_LENGTH));
      const [readEnd, writeEnd] = openPipe().map((end) => this.#own(new Descriptor(end))) as [
        Descriptor,
        Descriptor,
      ];
      this.#request = this.#own(new Descriptor(check("eventfd", libc.eventfd(0, O_CLOEXEC))));
      this.#end = new Int32Array(memory.data, END_AT, 1);
      writeData(memory.data, [fd, this.#request.fd], writeEnd.fd);
      const failure = libc.pthread_create(ptr(this.#thread), null, memory.address, null);
      if (failure !== 0) throw new SystemCallError("pthread_create", failure);
      this.#reader = readFrom(readEnd.fd);
    } catch (error) {
      disposeAll(this.#resources.reverse());
      throw error;
    }
    void this.#listen();
  }

  /** Calls back when the descriptor can be read, or at once where it can already. Once more before that is the same. */
  arm(): void {
    if (this.#isArmed || this.#isClosed) return;
    this.#isArmed = true;
    this.#tellThread();
  }

  /** Ends the thread, and waits for that. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end[0] = 1;
    this.#tellThread();
    libc.pthread_join(this.#thread[0]!, null);
    this.#reader.cancel().catch(() => {});
    disposeAll(this.#resources.reverse());
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        const { done } = await this.#reader.read();
        if (done || this.#isClosed) return;
        this.#isArmed = false;
        this.#onReadable();
      }
    } catch {
      // Nobody hears of it any more. Whoever watches does not rely on it alone.
    }
  }

  #tellThread(): void {
    libc.write(this.#request.fd, ptr(ONE), ONE.byteLength);
  }

  #own<T extends Disposable>(resource: T): T {
    this.#resources.push(resource);
    return resource;
  }
}

function readFrom(fd: number) {
  return Bun.file(fd).stream().getReader();
}

function openPipe(): [number, number] {
  const ends = new Int32Array(2);
  check("pipe2", libc.pipe2(ptr(ends), O_CLOEXEC | O_NONBLOCK));
  return [ends[0]!, ends[1]!];
}

function check(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call, lastErrno());
  return result;
}

function writeData(data: ArrayBuffer, watched: readonly number[], pipe: number): void {
  const view = new DataView(data);
  for (const [i, fd] of watched.entries()) {
    view.setInt32(i * POLLFD_SIZE, fd, true);
    view.setInt16(i * POLLFD_SIZE + 4, POLLIN, true);
  }
  view.setInt32(PIPE_AT, pipe, true);
  const open = OPEN_SIGNALS.reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);
  view.setBigUint64(MASK_AT, BigInt.asUintN(64, ~open), true);
}
