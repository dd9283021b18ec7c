/**
 * @module Enforcers: `NotifyEnforcer` leaves a note at one place, and the next function in the same thread that is one of the policy's
 * `enforcers` takes it out: it sends the signal, and returns the error instead of doing its work.
 */
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import type { FunctionSource, TypeSource } from "../../kernel/btf/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import {
  FunctionProgramBuilder,
  ProbeProgramBuilder,
  type ProgramBuilder,
  type Scalar,
} from "../../kernel/program/index.ts";
import type { AttachPoint } from "./attach-point.ts";
import { leaveWithError, type OverrideWay, overrideWay } from "./override.ts";

/** Name of the map: what is to be done, by thread and enforcer. */
export const ENFORCER_MAP = "tetrad_policy_e";
/** Threads that are between the two programs. */
const MOST_NOTES = 1 << 15;
/** Bytes of a key: thread, and number of the policy's enforcers. */
const KEY = { thread: 0, enforcer: 8, size: 16 } as const;
/** Bytes of a note: the error, 0 for none, and the signal, 0 for none. */
const NOTE = { error: 0, signal: 4, size: 8 } as const;

/** What a note says. */
export interface Notification {
  readonly error: number;
  readonly signal: number;
}

/** The map. */
export function enforcerMap(): MapDefinition {
  return {
    name: ENFORCER_MAP,
    type: BPF_MAP_TYPE.LRU_HASH,
    keySize: KEY.size,
    valueSize: NOTE.size,
    maxEntries: MOST_NOTES,
  };
}

/** The note's key, on the stack. */
function emitKey(b: ProgramBuilder, pidTgid: Scalar, enforcer: number): number {
  const { asm } = b;
  const slot = asm.slot("enforcer's key", KEY.size);
  b.loadSlot("r1", pidTgid);
  asm
    .store(8, "r10", slot + KEY.thread, "r1")
    .set("r1", enforcer)
    .store(8, "r10", slot + KEY.enforcer, "r1");
  return slot;
}

/**
 * Leaves a note. Uses `r0` to `r5`.
 * @param onMissed Adds the code for an earlier one that no function took.
 */
export function emitNotification(
  b: ProgramBuilder,
  {
    pidTgid,
    enforcer,
    onMissed,
  }: { readonly pidTgid: Scalar; readonly enforcer: number; readonly onMissed: () => void },
  { error, signal }: Notification,
): void {
  const { asm } = b;
  const key = emitKey(b, pidTgid, enforcer);
  const none = asm.freshLabel("no_earlier");
  b.mapLookup(ENFORCER_MAP, key);
  asm.jumpIf("r0", "==", 0, none);
  onMissed();
  asm.label(none);
  using note = asm.scopedSlot("note", NOTE.size);
  asm.store(4, "r10", note.offset + NOTE.error, error).store(4, "r10", note.offset + NOTE.signal, signal);
  b.mapUpdate(ENFORCER_MAP, key, note.offset);
}

/** Removes the note, if there is one. */
export function emitCleanup(b: ProgramBuilder, pidTgid: Scalar, enforcer: number): void {
  b.mapDelete(ENFORCER_MAP, emitKey(b, pidTgid, enforcer));
}

/** What the program at an enforced function is made with. */
export interface EnforcerSettings {
  readonly types: TypeSource & FunctionSource;
  /** The number of the policy's enforcers. */
  readonly enforcer: number;
  readonly hasOverrideReturn: boolean;
  /** `spec.options`: by which of the two ways; by what the kernel has when `undefined`. */
  readonly way: OverrideWay | undefined;
  /** Whether it is ever to return an error. */
  readonly overrides: boolean;
}

/**
 * The program at an enforced function.
 * @throws TetradError `unsupported` when the function cannot be overridden, and is to be.
 */
export function enforcerProgram(
  point: AttachPoint,
  program: string,
  { types, enforcer, hasOverrideReturn, way: wanted, overrides }: EnforcerSettings,
): ProgramSpec<"kprobe" | "fmod_ret"> {
  const way = overrides
    ? wanted === "fmod_ret"
      ? wanted
      : overrideWay(point, hasOverrideReturn)
    : undefined;
  if (way === "fmod_ret") {
    const b = new FunctionProgramBuilder(types, "fmod_ret", point.name);
    using error = b.asm.hold("error");
    emitTaking(b, enforcer, error);
    leaveWithError(b, error);
    return b.build(program);
  }
  const b = new ProbeProgramBuilder(types, 0);
  using error = b.asm.hold("error");
  emitTaking(b, enforcer, error);
  if (way === "return") {
    b.leaveIf(error, "==", 0);
    b.asm.set("r1", b.context).set("r2", error).call("override_return");
  }
  return b.program("kprobe", program);
}

/** Takes the note of the thread, sends its signal, and puts its error into a register. Ends the program where there is none. */
export function emitTaking(
  b: ProgramBuilder,
  enforcer: number,
  error: ReturnType<ProgramBuilder["asm"]["hold"]>,
): void {
  const { asm } = b;
  const pidTgid: Scalar = { slot: asm.slot("pid and tgid") };
  asm.call("get_current_pid_tgid").store(8, "r10", pidTgid.slot, "r0");
  const key = emitKey(b, pidTgid, enforcer);
  b.mapLookup(ENFORCER_MAP, key);
  b.leaveIf("r0", "==", 0);
  const silent = asm.freshLabel("no_signal");
  using signal = asm.hold("signal");
  asm
    .load(4, error, "r0", NOTE.error)
    .alu(error, "<<=", 32)
    .alu(error, "s>>=", 32)
    .load(4, signal, "r0", NOTE.signal);
  b.mapDelete(ENFORCER_MAP, key);
  asm.jumpIf(signal, "==", 0, silent).set("r1", signal).call("send_signal").label(silent);
}
