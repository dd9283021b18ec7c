/** @module What a process does with a signal: sigaction(2). */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** `struct sigaction` as glibc and musl have it on both architectures: handler, 128 bytes of mask, flags, restorer. */
const SIZE = 152;
const FLAGS_OFFSET = 136;

/** asm-generic/signal-defs.h. */
export const SIG_IGN = 1n;
/** With siginfo; on the stack for signals where there is one; system calls go on. */
export const SA_SIGINFO = 4;
export const SA_ONSTACK = 0x08000000;
export const SA_RESTART = 0x10000000;

/** A `struct sigaction`. */
export type SignalAction = DataView<ArrayBuffer>;

const libc = openLibc({ sigaction: { args: ["i32", "ptr", "ptr"], returns: "i32" } });

/** Makes one. @param handler An address, or {@link SIG_IGN}. */
export function signalAction(handler: bigint, flags = 0): SignalAction {
  const action = new DataView(new ArrayBuffer(SIZE));
  action.setBigUint64(0, handler, true);
  action.setInt32(FLAGS_OFFSET, flags, true);
  return action;
}

/** The address of its handler. */
export function handlerOf(action: SignalAction): bigint {
  return action.getBigUint64(0, true);
}

/**
 * Sets what is done with a signal, or only asks.
 * @param action `undefined` leaves it as it is.
 * @returns What was done so far; `undefined` when the system refuses, with `errno` set.
 */
export function exchangeSignalAction(
  signal: number,
  action: SignalAction | undefined,
): SignalAction | undefined {
  const previous = new DataView(new ArrayBuffer(SIZE));
  const next = action === undefined ? null : ptr(action);
  return libc.sigaction(signal, next, ptr(previous)) === 0 ? previous : undefined;
}
