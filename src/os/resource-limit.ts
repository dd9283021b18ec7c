/** @module Limits of what this process may use. */
import { SystemCallError, systemCall } from "./system-call.ts";

const [SYS_GETRLIMIT, SYS_SETRLIMIT] = process.arch === "arm64" ? [163, 164] : [97, 160];
/** Of `<asm-generic/resource.h>` */
const RLIMIT_MEMLOCK = 8;
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/**
 * Raises the limit of locked memory, which BPF maps and programs count towards before Linux 5.11, and which is often
 * 64 KiB: to none with CAP_SYS_RESOURCE, else to the hard limit.
 * @returns Whether it is higher than before.
 */
export function raiseLockedMemoryLimit(): boolean {
  const [soft, hard] = limits() ?? [RLIM_INFINITY, RLIM_INFINITY];
  if (soft === RLIM_INFINITY) return false;
  return setLimits(RLIM_INFINITY, RLIM_INFINITY) || (soft < hard && setLimits(hard, hard));
}

/** The limit that holds, and how far it may be raised, in bytes; `undefined` where that may not be asked. */
function limits(): readonly [soft: bigint, hard: bigint] | undefined {
  const pair = new BigUint64Array(2);
  try {
    systemCall("getrlimit", SYS_GETRLIMIT, RLIMIT_MEMLOCK, new Uint8Array(pair.buffer), 0);
    return [pair[0]!, pair[1]!];
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

function setLimits(soft: bigint, hard: bigint): boolean {
  const pair = BigUint64Array.of(soft, hard);
  try {
    systemCall("setrlimit", SYS_SETRLIMIT, RLIMIT_MEMLOCK, new Uint8Array(pair.buffer), 0);
    return true;
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
}
