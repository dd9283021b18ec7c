/** @module Instructions of classic BPF, of which filters of system calls are made (linux/filter.h). */

import { constants } from "node:os";

/** `struct sock_filter`. */
export interface Instruction {
  readonly code: number;
  readonly k: number;
  /** Instructions to skip where a comparison holds, and where not. */
  readonly onTrue?: number;
  readonly onFalse?: number;
}

/** BPF_LD | BPF_W | BPF_ABS, BPF_JMP with BPF_JEQ, BPF_JGT and BPF_JSET, BPF_RET (linux/bpf_common.h). */
const LOAD = 0x20;
export const IF_EQUAL = 0x15;
export const IF_GREATER = 0x25;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const INSTRUCTION_BYTES = 8;

/** `struct seccomp_data` (linux/seccomp.h). */
const NUMBER = 0;
const ARCHITECTURE = 4;
/** Of an argument the low half: those looked at are `int`. */
export const argument = (index: number): number => 16 + 8 * index;

const { EPERM, ENOSYS } = constants.errno;
const CLONE_THREAD = 0x00010000;
const ALLOW = 0x7fff0000;
const REFUSE = 0x00050000;

/** AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 (linux/audit.h), and the place in `CallNumbers`. */
export const MACHINES: Readonly<Record<string, { readonly audit: number; readonly index: 0 | 1 }>> = {
  x64: { audit: 0xc000003e, index: 0 },
  arm64: { audit: 0xc00000b7, index: 1 },
};

export function load(offset: number): Instruction {
  return { code: LOAD, k: offset };
}

export function allow(): Instruction {
  return { code: RETURN, k: ALLOW };
}

export function refuse(errno: number): Instruction {
  return { code: RETURN, k: REFUSE | errno };
}

/** Refuses programs of another machine, whose calls have other numbers, such as those of 32 bits; the number is loaded then. */
export function checkMachine(audit: number): Instruction[] {
  return [load(ARCHITECTURE), { code: IF_EQUAL, k: audit, onTrue: 1 }, refuse(EPERM), load(NUMBER)];
}

/** Has `body`, which ends in a return, decide on the call of that number. */
export function onCall(number: number, body: readonly Instruction[]): Instruction[] {
  return [{ code: IF_EQUAL, k: number, onFalse: body.length }, ...body];
}

/** Of `clone`: threads, but no processes. */
export function threadsOnly(): Instruction[] {
  return [load(argument(0)), { code: IF_ANY_BIT, k: CLONE_THREAD, onFalse: 1 }, allow(), refuse(EPERM)];
}

/** Of `clone3`, whose flags are in memory, where no filter sees them. C libraries fall back to `clone`. */
export function asIfUnknown(): Instruction[] {
  return [refuse(ENOSYS)];
}

/** An array of `struct sock_filter`. */
export function encode(code: readonly Instruction[]): Uint8Array {
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
