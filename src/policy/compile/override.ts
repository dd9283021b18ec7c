/**
 * @module `Override`: the caller gets an error, and what was called does not do its work.
 *
 * A hook of the security modules is overridden by what its program returns. A system call is overridden by the program itself, where the kernel was built with `CONFIG_BPF_KPROBE_OVERRIDE`. A
 * `security_` function has a second program, which may change what the function returns and which runs after the first one: it
 * finds what that one decided under the thread's number.
 */
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import type { FunctionSource, TypeSource } from "../../kernel/btf/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import {
  FunctionProgramBuilder,
  type ProbeProgramBuilder,
  type ProgramBuilder,
  type Scalar,
} from "../../kernel/program/index.ts";
import { TetradError } from "../../os/error.ts";
import type { AttachPoint } from "./attach-point.ts";

/** Name of the map: what was decided, by thread. */
export const OVERRIDE_MAP = "tetrad_policy_o";
/** Threads that are between the two programs. */
const MOST_THREADS = 1 << 12;

/**
 * How a place can be overridden. `decision`: the program's own result is what the security modules decide. `registers`: the process goes on
 * where a function returns.
 */
export type OverrideWay = "return" | "fmod_ret" | "decision" | "registers";

/** The map. The value: number of the program and the error. */
export function overrideMap(): MapDefinition {
  return {
    name: OVERRIDE_MAP,
    type: BPF_MAP_TYPE.LRU_HASH,
    keySize: 8,
    valueSize: 8,
    maxEntries: MOST_THREADS,
  };
}

/**
 * How a place can be overridden.
 * @param hasOverrideReturn Whether the kernel has `bpf_override_return`.
 * @throws TetradError `unsupported` when it cannot.
 */
export function overrideWay(
  { convention, program, name, user }: AttachPoint,
  hasOverrideReturn: boolean,
): OverrideWay {
  if (program === "lsm") return "decision";
  if (convention === "uprobe" && user?.returnAt !== undefined) return "registers";
  if (convention === "function" && name.startsWith("security_")) return "fmod_ret";
  if (convention !== "syscall" && convention !== "compat syscall")
    throw new TetradError(
      "unsupported",
      `Cannot override "${name}": only system calls and security_ functions can be`,
    );
  if (!hasOverrideReturn)
    throw new TetradError(
      "unsupported",
      `Cannot override system call "${name}": the kernel was built without CONFIG_BPF_KPROBE_OVERRIDE; a security_ function can be overridden`,
    );
  return "return";
}

const DECISION = Symbol("decision");

/** Where a program that decides has what it will return. */
export function decisionSlot({ asm }: ProgramBuilder): Scalar {
  return { slot: asm.slot(DECISION) };
}

/** Decides, unless that was done for another policy. Uses `r1`. */
export function emitDecision(b: ProgramBuilder, error: number): void {
  const { asm } = b;
  const { slot } = decisionSlot(b);
  const decided = asm.freshLabel("decided");
  asm.note(`decide ${error}`).load(8, "r1", "r10", slot).jumpIf("r1", "!=", 0, decided);
  asm.store(8, "r10", slot, error).label(decided);
}

/** Leaves a note for the second program. Uses `r0` to `r5`. */
export function emitNote(b: ProgramBuilder, pidTgid: Scalar, hook: number, error: number): void {
  const { asm } = b;
  using note = asm.scopedSlot("what to return");
  asm
    .note(`override with ${error}`)
    .store(4, "r10", note.offset, hook)
    .store(4, "r10", note.offset + 4, error);
  b.mapUpdate(OVERRIDE_MAP, pidTgid.slot, note.offset);
}

/**
 * Has the process go on at an instruction that returns, with the result in its register, unless another program has had it do so: where it
 * is in its page says that. The stack is as it was, so that whoever waits for the return hears of it. Uses `r1` and `r2`.
 */
export function emitReturn(b: ProbeProgramBuilder, { user }: AttachPoint, result: number): void {
  const { asm } = b;
  const { offset, returnAt } = user!;
  const elsewhere = asm.freshLabel("elsewhere");
  const next = b.nextInstructionPlace();
  asm.note(`return ${result}`).load(8, "r1", next.base, next.offset);
  asm
    .set("r2", "r1")
    .alu("r2", "&=", PAGE - 1)
    .jumpIf("r2", "!=", Number(offset) % PAGE, elsewhere);
  asm.alu("r1", "+=", Number(returnAt! - offset)).store(8, next.base, next.offset, "r1");
  const place = b.resultPlace();
  asm.set("r1", result).store(8, place.base, place.offset, "r1").label(elsewhere);
}

/** Bytes of a page. */
const PAGE = 4096;

/** The second program. @throws TetradError `unsupported` when the kernel does not have the function. */
export function overrideProgram(
  types: TypeSource & FunctionSource,
  { name }: AttachPoint,
  { hook, program }: { readonly hook: number; readonly program: string },
): ProgramSpec<"fmod_ret"> {
  const b = new FunctionProgramBuilder(types, "fmod_ret", name);
  const { asm } = b;
  const thread = asm.slot("pid and tgid");
  asm.call("get_current_pid_tgid").store(8, "r10", thread, "r0");
  b.mapLookup(OVERRIDE_MAP, thread);
  b.leaveIf("r0", "==", 0);
  using error = asm.hold("error");
  asm.load(4, "r1", "r0", 0).load(4, error, "r0", 4).alu(error, "<<=", 32).alu(error, "s>>=", 32);
  b.leaveIf("r1", "!=", hook);
  b.mapDelete(OVERRIDE_MAP, thread);
  leaveWithError(b, error);
  return b.build(program);
}

/**
 * Ends the program with an error, or 0 for none. The verifier wants to see that it is one of these. Source: `-MAX_ERRNO` of
 * `<linux/err.h>`.
 */
export function leaveWithError(
  b: FunctionProgramBuilder<"fmod_ret">,
  error: Parameters<ProgramBuilder["leaveIf"]>[0],
): void {
  b.leaveIf(error, "s<", -4095);
  b.leaveIf(error, "s>", 0);
  b.leaveWith(error);
}
