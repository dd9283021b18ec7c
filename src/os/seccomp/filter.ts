/** @module A filter of system calls: a program of classic BPF that the kernel runs before each call (seccomp(2)). */
import { constants } from "node:os";
import { type CallNumbers, CONDITIONAL_CALLS, LAST_KNOWN_CALL, REFUSED_CALLS } from "./calls.ts";

/** What a filter lets pass beyond what every process needs. */
export interface FilterSettings {
  /** The process that signals may go to. */
  readonly pid: number;
  /** Commands of `bpf(2)`. */
  readonly bpfCommands: readonly number[];
  /** Whether programs may be attached by `perf_event_open`. */
  readonly allowsPerfEvents: boolean;
  /** Address families of `socket(2)`. */
  readonly socketFamilies: readonly number[];
  /** Whether `tkill` may be called: musl's way to signal a thread. */
  readonly allowsTkill: boolean;
}

/** One instruction: `struct sock_filter` (linux/filter.h). */
interface Instruction {
  readonly code: number;
  readonly k: number;
  /** Instructions to skip where a comparison holds, and where not. */
  readonly onTrue?: number;
  readonly onFalse?: number;
}

/** BPF_LD | BPF_W | BPF_ABS, BPF_JMP with BPF_JEQ, BPF_JGT and BPF_JSET, BPF_RET (linux/bpf_common.h). */
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_GREATER = 0x25;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const INSTRUCTION_BYTES = 8;

/** `struct seccomp_data` (linux/seccomp.h). Of an argument the low half: those looked at are `int`. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number): number => 16 + 8 * index;

const ALLOW = 0x7fff0000;
const REFUSE = 0x00050000;
const { EPERM, ENOSYS } = constants.errno;
const CLONE_THREAD = 0x00010000;

/** AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 (linux/audit.h), and the place in {@link CallNumbers}. */
const MACHINES: Readonly<Record<string, { readonly audit: number; readonly index: 0 | 1 }>> = {
  x64: { audit: 0xc000003e, index: 0 },
  arm64: { audit: 0xc00000b7, index: 1 },
};

/**
 * The filter as the kernel takes it, an array of `struct sock_filter`. What it refuses fails with `EPERM`; what is younger
 * than its list fails as on a kernel that has no such call (`ENOSYS`).
 * @returns `undefined` on an architecture that it has no numbers for.
 */
export function encodeFilter(
  settings: FilterSettings,
  architecture: string = process.arch,
): Uint8Array | undefined {
  const machine = MACHINES[architecture];
  if (machine === undefined) return undefined;
  const { audit, index } = machine;
  const code: Instruction[] = [
    load(ARCHITECTURE),
    // A program of 32 bits would have other numbers.
    { code: IF_EQUAL, k: audit, onTrue: 1 },
    refuse(EPERM),
    load(NUMBER),
    // The numbers of x32 are above it, too.
    { code: IF_GREATER, k: LAST_KNOWN_CALL, onFalse: 1 },
    refuse(ENOSYS),
  ];
  const on = (numbers: CallNumbers, body: readonly Instruction[]): void => {
    const number = numbers[index];
    if (number !== undefined) code.push({ code: IF_EQUAL, k: number, onFalse: body.length }, ...body);
  };
  for (const numbers of Object.values(REFUSED_CALLS)) on(numbers, [refuse(EPERM)]);
  for (const [numbers, body] of conditions(settings)) on(numbers, body);
  code.push(allow());
  return encode(code);
}

/** Each ends in a return. */
function conditions(settings: FilterSettings): [CallNumbers, readonly Instruction[]][] {
  const { pid, bpfCommands, socketFamilies, allowsTkill, allowsPerfEvents } = settings;
  const calls = CONDITIONAL_CALLS;
  const toItself = oneOf(0, [pid]);
  return [
    [
      calls.clone,
      [load(argument(0)), { code: IF_ANY_BIT, k: CLONE_THREAD, onFalse: 1 }, allow(), refuse(EPERM)],
    ],
    [calls.clone3, [refuse(ENOSYS)]],
    [calls.kill, toItself],
    [calls.tgkill, toItself],
    [calls.rt_sigqueueinfo, toItself],
    [calls.rt_tgsigqueueinfo, toItself],
    [calls.tkill, allowsTkill ? [allow()] : [refuse(EPERM)]],
    // 0 is the calling process.
    [calls.prlimit64, oneOf(0, [0, pid])],
    [calls.socket, oneOf(0, socketFamilies)],
    [calls.bpf, oneOf(0, bpfCommands)],
    [calls.perf_event_open, allowsPerfEvents ? [allow()] : [refuse(EPERM)]],
  ];
}

/** Allows the call where an argument is one of `values`. */
function oneOf(index: number, values: readonly number[]): Instruction[] {
  const tests = values.flatMap((k) => [{ code: IF_EQUAL, k, onFalse: 1 }, allow()]);
  return [load(argument(index)), ...tests, refuse(EPERM)];
}

function load(offset: number): Instruction {
  return { code: LOAD, k: offset };
}

function allow(): Instruction {
  return { code: RETURN, k: ALLOW };
}

function refuse(errno: number): Instruction {
  return { code: RETURN, k: REFUSE | errno };
}

function encode(code: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(code.length * INSTRUCTION_BYTES));
  for (const [i, { code: operation, k, onTrue = 0, onFalse = 0 }] of code.entries()) {
    const at = i * INSTRUCTION_BYTES;
    view.setUint16(at, operation, true);
    view.setUint8(at + 2, onTrue);
    view.setUint8(at + 3, onFalse);
    view.setUint32(at + 4, k, true);
  }
  return new Uint8Array(view.buffer);
}
