/** @module A filter that lets a few system calls pass, and no other: for a process that does one thing. */
import { constants } from "node:os";
import {
  allow,
  argument,
  asIfUnknown,
  checkMachine,
  encode,
  IF_EQUAL,
  type Instruction,
  load,
  MACHINES,
  onCall,
  refuse,
  threadsOnly,
} from "./instruction.ts";

/** Arguments that a call must have, by place; of each the low half. */
export type CallArguments = Readonly<Record<number, number>>;

/** A call that may be made: its numbers on x86-64 and arm64, and with which arguments alone. */
export interface AllowedCall {
  readonly numbers: readonly [x64: number, arm64: number];
  /** @default any */
  readonly with?: CallArguments;
}

const { EPERM } = constants.errno;
const CLONE = [56, 220] as const;
const CLONE3 = [435, 435] as const;
const TGKILL = [234, 131] as const;

/** What the runtime itself calls: memory, locks, signals among its threads, time, the end. */
const OF_RUNTIME: readonly AllowedCall["numbers"][] = [
  [0, 63], // read
  [1, 64], // write
  [3, 57], // close
  [9, 222], // mmap
  [10, 226], // mprotect
  [11, 215], // munmap
  [25, 216], // mremap
  [12, 214], // brk
  [28, 233], // madvise
  [202, 98], // futex
  [24, 124], // sched_yield
  [13, 134], // rt_sigaction
  [14, 135], // rt_sigprocmask
  [15, 139], // rt_sigreturn
  [131, 132], // sigaltstack
  [39, 172], // getpid
  [186, 178], // gettid
  [204, 123], // sched_getaffinity
  [324, 283], // membarrier
  [273, 99], // set_robust_list
  [334, 293], // rseq
  [228, 113], // clock_gettime
  [35, 101], // nanosleep
  [230, 115], // clock_nanosleep
  [219, 128], // restart_syscall
  [318, 278], // getrandom
  [60, 93], // exit
  [231, 94], // exit_group
];

/**
 * The filter as the kernel takes it. What it refuses fails with `EPERM`.
 * @param pid The process that signals may go to.
 * @returns `undefined` on an architecture that it has no numbers for.
 */
export function encodeAllowList(
  calls: readonly AllowedCall[],
  pid: number,
  architecture: string = process.arch,
): Uint8Array | undefined {
  const machine = MACHINES[architecture];
  if (machine === undefined) return undefined;
  const { audit, index } = machine;
  const code = checkMachine(audit);
  const on = (numbers: readonly [number, number], body: readonly Instruction[]): void => {
    code.push(...onCall(numbers[index], body));
  };
  for (const numbers of OF_RUNTIME) on(numbers, [allow()]);
  on(TGKILL, onlyWith({ 0: pid }));
  on(CLONE, threadsOnly());
  on(CLONE3, asIfUnknown());
  for (const { numbers, with: values = {} } of calls) on(numbers, onlyWith(values));
  code.push(refuse(EPERM));
  return encode(code);
}

/** Allows the call where all those arguments are as they should be. */
function onlyWith(values: CallArguments): Instruction[] {
  const tests = Object.entries(values).flatMap(([index, k]) => [
    load(argument(Number(index))),
    { code: IF_EQUAL, k: k >>> 0, onTrue: 1 },
    refuse(EPERM),
  ]);
  return [...tests, allow()];
}
