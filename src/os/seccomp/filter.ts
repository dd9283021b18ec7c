/** @module A filter of system calls: a program of classic BPF that the kernel runs before each call (seccomp(2)). */
import { constants } from "node:os";
import { type CallNumbers, CONDITIONAL_CALLS, LAST_KNOWN_CALL, REFUSED_CALLS } from "./calls.ts";
import {
  allow,
  argument,
  asIfUnknown,
  checkMachine,
  encode,
  IF_EQUAL,
  IF_GREATER,
  type Instruction,
  load,
  MACHINES,
  onCall,
  refuse,
  threadsOnly,
} from "./instruction.ts";

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
  /** Whether files may be made that are in memory alone. */
  readonly allowsMemoryFiles: boolean;
}

const { EPERM, ENOSYS } = constants.errno;
/**
 * F_SETOWN, F_SETOWN_EX (asm-generic/fcntl.h): whom the kernel signals. Which signal (F_SETSIG) anyone may say for itself, as
 * leases do.
 */
const SIGNALS_BY_FCNTL = [8, 15];
/** FIOSETOWN, SIOCSPGRP (asm-generic/sockios.h); TIOCSTI, which types at a terminal (asm-generic/ioctls.h). */
const SIGNALS_BY_IOCTL = [0x8901, 0x8902, 0x5412];
/** PRIO_PROCESS (linux/resource.h), IOPRIO_WHO_PROCESS (linux/ioprio.h). */
const [PRIO_PROCESS, IOPRIO_WHO_PROCESS] = [0, 1];

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
    ...checkMachine(audit),
    // The numbers of x32 are above it, too.
    { code: IF_GREATER, k: LAST_KNOWN_CALL, onFalse: 1 },
    refuse(ENOSYS),
  ];
  const on = (numbers: CallNumbers, body: readonly Instruction[]): void => {
    const number = numbers[index];
    if (number !== undefined) code.push(...onCall(number, body));
  };
  for (const numbers of Object.values(REFUSED_CALLS)) on(numbers, [refuse(EPERM)]);
  for (const [numbers, body] of conditions(settings)) on(numbers, body);
  code.push(allow());
  return encode(code);
}

/** Each ends in a return. */
function conditions(settings: FilterSettings): [CallNumbers, readonly Instruction[]][] {
  const { pid, bpfCommands, socketFamilies, allowsTkill, allowsPerfEvents, allowsMemoryFiles } = settings;
  const calls = CONDITIONAL_CALLS;
  const toItself = oneOf(0, [pid]);
  return [
    [calls.clone, threadsOnly()],
    [calls.clone3, asIfUnknown()],
    [calls.kill, toItself],
    [calls.tgkill, toItself],
    [calls.rt_sigqueueinfo, toItself],
    [calls.rt_tgsigqueueinfo, toItself],
    [calls.tkill, allowsTkill ? [allow()] : [refuse(EPERM)]],
    // 0 is the calling process.
    [calls.prlimit64, oneOf(0, [0, pid])],
    [calls.fcntl, noneOf(1, SIGNALS_BY_FCNTL)],
    [calls.ioctl, noneOf(1, SIGNALS_BY_IOCTL)],
    [calls.setpriority, [...ifEqual(0, PRIO_PROCESS), ...oneOf(1, [0, pid])]],
    [calls.ioprio_set, [...ifEqual(0, IOPRIO_WHO_PROCESS), ...oneOf(1, [0, pid])]],
    [calls.sched_setparam, oneOf(0, [0, pid])],
    [calls.sched_setscheduler, oneOf(0, [0, pid])],
    [calls.sched_setaffinity, oneOf(0, [0, pid])],
    [calls.sched_setattr, oneOf(0, [0, pid])],
    [calls.socket, oneOf(0, socketFamilies)],
    [calls.memfd_create, allowsMemoryFiles ? [allow()] : [refuse(EPERM)]],
    [calls.memfd_secret, allowsMemoryFiles ? [allow()] : [refuse(EPERM)]],
    [calls.bpf, oneOf(0, bpfCommands)],
    [calls.perf_event_open, allowsPerfEvents ? [allow()] : [refuse(EPERM)]],
  ];
}

/** Allows the call where an argument is one of `values`. */
function oneOf(index: number, values: readonly number[]): Instruction[] {
  const tests = values.flatMap((k) => [{ code: IF_EQUAL, k, onFalse: 1 }, allow()]);
  return [load(argument(index)), ...tests, refuse(EPERM)];
}

/** Refuses the call where an argument is one of `values`. */
function noneOf(index: number, values: readonly number[]): Instruction[] {
  const tests = values.flatMap((k) => [{ code: IF_EQUAL, k, onFalse: 1 }, refuse(EPERM)]);
  return [load(argument(index)), ...tests, allow()];
}

/** Refuses the call where an argument is another one. */
function ifEqual(index: number, k: number): Instruction[] {
  return [load(argument(index)), { code: IF_EQUAL, k, onTrue: 1 }, refuse(EPERM)];
}
