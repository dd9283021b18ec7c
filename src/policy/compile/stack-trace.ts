/** @module `kernelStackTrace` and `userStackTrace` of `Post`: where the call came from, as return addresses in the record. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import { TetradError } from "../../os/error.ts";
import type { Action, PostAction } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";
import type { Region, Scratch } from "./scratch.ts";

/** `PERF_MAX_STACK_DEPTH` of the kernel: frames at most. */
const MOST_FRAMES = 127;
const ADDRESS_SIZE = 8;
/** Bytes of a stack at most. */
export const STACK_SIZE = MOST_FRAMES * ADDRESS_SIZE;
/** `BPF_F_USER_STACK` of `<linux/bpf.h>`. */
const USER_STACK = 1 << 8;

/** Which stack. */
export type StackKind = "kernel" | "user";
/** Both, the kernel's first. */
export const STACK_KINDS: readonly StackKind[] = ["kernel", "user"];

/** What is done where a selector holds. */
interface Acting {
  readonly actions: readonly Action[];
  readonly returnActions: readonly Action[];
}

/** A stack that is recorded. */
export interface PlannedStack<S extends Acting> {
  readonly kind: StackKind;
  readonly region: Region;
  /** Those that post it. */
  readonly selectors: readonly S[];
}

/** Whether a selector posts a stack. @throws TetradError `unsupported` for what is not done yet. */
function postsStack({ actions, returnActions }: Acting, kind: StackKind): boolean {
  if (returnActions.some((action) => isStackPost(action, "kernel") || isStackPost(action, "user")))
    throw new TetradError(
      "unsupported",
      "Cannot compile a stack trace of matchReturnActions yet: matchActions can have one",
    );
  return actions.some((action) => isStackPost(action, kind));
}

function isStackPost(action: Action, kind: StackKind): action is PostAction {
  return (
    action.action === "Post" && (kind === "kernel" ? action.hasKernelStackTrace : action.hasUserStackTrace)
  );
}

/** The stacks of a program. Events of tracepoints have no field for one. */
export function planStacks<S extends Acting>(
  { convention }: AttachPoint,
  selectors: readonly S[],
  scratch: Scratch,
): PlannedStack<S>[] {
  if (convention === "tracepoint" || convention === "raw tracepoint") return [];
  return STACK_KINDS.flatMap((kind) => {
    const users = selectors.filter((selector) => postsStack(selector, kind));
    return users.length === 0 ? [] : { kind, region: scratch.region(STACK_SIZE), selectors: users };
  });
}

/**
 * Takes stacks. One that cannot be taken has no frames.
 * @param leaveUnlessPosted Jumps to a label unless one of those selectors posts.
 */
export function emitStacks<S extends Acting>(
  b: ProgramBuilder,
  scratch: HeldRegister,
  stacks: readonly PlannedStack<S>[],
  leaveUnlessPosted: (selectors: readonly S[], label: string) => void,
): void {
  const { asm } = b;
  for (const { kind, region, selectors } of stacks) {
    const [taken, skip] = [asm.freshLabel("taken"), asm.freshLabel("no_stack")];
    leaveUnlessPosted(selectors, skip);
    asm.note(`${kind} stack`).set("r1", b.context).set("r2", scratch).alu("r2", "+=", region.offset);
    asm.set("r3", STACK_SIZE).set("r4", kind === "user" ? USER_STACK : 0);
    asm.call("get_stack").jumpIf("r0", "s>", 0, taken).set("r0", 0).label(taken);
    asm.store(4, scratch, region.length, "r0").label(skip);
  }
}
