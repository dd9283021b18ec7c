/**
 * @module Makes system calls on every thread of this process.
 *
 * Credentials belong to threads (capabilities(7)), and Bun has threads of its own. glibc changes user and group on all
 * of them, but for capabilities and prctl(2) there is no such function. So, as libpsx does, a signal interrupts each
 * thread, and its handler makes the calls: machine code put together here, since no JavaScript can run there.
 */
import { readdirSync } from "node:fs";
import { TetradError } from "./error.ts";
import { openLibc } from "./libc.ts";
import { CodeMemory } from "./machine-code.ts";
import { exchangeSignalAction, SA_RESTART, SIG_IGN, signalAction } from "./signal-action.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/** One system call: its number on this architecture, and up to five arguments, zero where not given. */
export interface SystemCall {
  readonly number: number;
  readonly args: readonly (number | bigint)[];
}

/** SIGSYS: as for libpsx. Threads that block all others leave it open, with the signals of crashes. */
const SIGNAL = 31;

const libc = openLibc({
  tgkill: { args: ["i32", "i32", "i32"], returns: "i32" },
});

/** The threads of a process by number. @default this process */
export function threadsOf(pid: number | "self" = "self"): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/**
 * Makes `calls`, in order, on every thread. Their results are not seen: the caller has to check that each thread is as
 * it should be, and to call again for threads that began meanwhile. Memory that arguments point at has to stay.
 * @param isDone Whether a thread has been through the calls; asked again and again, for a second at most.
 * @throws TetradError naming the threads for which `isDone` stayed false.
 */
export function callOnEveryThread(calls: readonly SystemCall[], isDone: (thread: number) => boolean): void {
  const handler = mapCode(encodeHandler(calls));
  const previous = exchangeSignalAction(SIGNAL, signalAction(BigInt(handler), SA_RESTART));
  if (previous === undefined)
    throw cannotReach(new SystemCallError(`sigaction of signal ${SIGNAL}`, lastErrno()));
  try {
    const deadline = performance.now() + 1000;
    // A thread that was listed may have begun another, which was not, before it took the signal itself: that one shows
    // in the next list, so a list counts only when the one before it had nobody left either.
    for (let clean = 0; clean < 2; ) {
      const left = pendingThreads(isDone);
      clean = left.length === 0 ? clean + 1 : 0;
      if (left.length === 0) continue;
      if (performance.now() > deadline) {
        throw new TetradError("unsupported", `Cannot reach every thread: ${left.join(", ")} did not answer`);
      }
      for (const thread of left) libc.tgkill(process.pid, thread, SIGNAL);
      Bun.sleepSync(1);
    }
  } finally {
    // A thread may have been asked twice and not have taken the second signal yet. To ignore a signal takes it from all
    // that have it pending (sigaction(2)); under what was there before, which is to die, it would end the process.
    exchangeSignalAction(SIGNAL, signalAction(SIG_IGN));
    exchangeSignalAction(SIGNAL, previous);
  }
}

function cannotReach(cause: SystemCallError): TetradError {
  return new TetradError("unsupported", `Cannot reach every thread: ${cause.message}`, { cause });
}

function pendingThreads(isDone: (thread: number) => boolean): number[] {
  return threadsOf().filter((thread) => !isDone(thread));
}

/** The address of memory with `code`. It stays: a thread may return late. */
function mapCode(code: Uint8Array): number {
  try {
    return Number(new CodeMemory(code).address);
  } catch (error) {
    throw error instanceof SystemCallError ? cannotReach(error) : error;
  }
}

/** The machine code of a signal handler that makes `calls` and returns. */
export function encodeHandler(calls: readonly SystemCall[], architecture: string = process.arch): Uint8Array {
  const encode = { x64: encodeX64, arm64: encodeArm64 }[architecture];
  if (encode === undefined) {
    throw new TetradError(
      "unsupported",
      `Cannot reach every thread on "${architecture}": needs x64 or arm64`,
    );
  }
  return encode(calls);
}

/** `mov r64, imm64` for rdi, rsi, rdx, r10 and r8, the registers of the first five arguments (syscall(2)). */
const X64_ARGUMENTS = [0xbf48, 0xbe48, 0xba48, 0xba49, 0xb849] as const;
/** Five of those, `mov eax, imm32` and `syscall`. */
const X64_CALL_BYTES = 5 * 10 + 5 + 2;

function encodeX64(calls: readonly SystemCall[]): Uint8Array {
  const code = new DataView(new ArrayBuffer(calls.length * X64_CALL_BYTES + 1));
  let at = 0;
  for (const { number, args } of calls) {
    for (let i = 0; i < X64_ARGUMENTS.length; i++) {
      code.setUint16(at, X64_ARGUMENTS[i]!, true);
      code.setBigUint64(at + 2, BigInt.asUintN(64, BigInt(args[i] ?? 0)), true);
      at += 10;
    }
    code.setUint8(at, 0xb8);
    code.setUint32(at + 1, number, true);
    code.setUint16(at + 5, 0x050f, true);
    at += 7;
  }
  // ret
  code.setUint8(at, 0xc3);
  return new Uint8Array(code.buffer);
}

function encodeArm64(calls: readonly SystemCall[]): Uint8Array {
  const code: number[] = [];
  for (const { number, args } of calls) {
    for (let register = 0; register < 5; register++) code.push(...arm64Move(register, args[register] ?? 0));
    // x8 holds the number; svc #0
    code.push(...arm64Move(8, number), ...littleEndian(0xd4000001, 4));
  }
  // ret
  code.push(...littleEndian(0xd65f03c0, 4));
  return Uint8Array.from(code);
}

/** `movz` for the lowest sixteen bits of a register, `movk` for the others. */
function arm64Move(register: number, value: number | bigint): number[] {
  const bits = BigInt.asUintN(64, BigInt(value));
  return [0, 1, 2, 3].flatMap((quarter) => {
    const immediate = Number((bits >> BigInt(quarter * 16)) & 0xffffn);
    const opcode = quarter === 0 ? 0xd2800000 : 0xf2800000;
    return littleEndian((opcode + quarter * 0x200000 + immediate * 32 + register) >>> 0, 4);
  });
}

function littleEndian(value: number | bigint, bytes: number): number[] {
  const bits = BigInt.asUintN(bytes * 8, BigInt(value));
  return Array.from({ length: bytes }, (_, i) => Number((bits >> BigInt(i * 8)) & 0xffn));
}
