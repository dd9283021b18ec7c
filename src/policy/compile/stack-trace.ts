/** @module `kernelStackTrace` and `userStackTrace` of `Post`: where the call came from, as return addresses in the record. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import type { Action } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";
import type { Region, Scratch } from "./scratch.ts";

/** `PERF_MAX_STACK_DEPTH` of the kernel: frames at most. */
const MOST_FRAMES = 127;
const ADDRESS_SIZE = 8;
/** `BPF_F_USER_STACK`, `BPF_F_USER_BUILD_ID` of `<linux/bpf.h>`. */
const [USER_STACK, USER_BUILD_ID] = [1 << 8, 1 << 11];
/** Bytes of `struct bpf_stack_build_id`. */
export const BUILD_ID_FRAME_SIZE = 32;

/** Which stack. `build_id`: the process's once more, each frame as the build id of its file and the place in there. */
export type StackKind = "kernel" | "user" | "build_id";

/** How one is taken, and bytes that it has at most. In the order of the record. */
export const STACKS: Readonly<Record<StackKind, { readonly flags: number; readonly size: number }>> = {
  kernel: { flags: 0, size: MOST_FRAMES * ADDRESS_SIZE },
  user: { flags: USER_STACK, size: MOST_FRAMES * ADDRESS_SIZE },
  // Says what files the frames are in where the process has ended, and nobody can see any more what it had mapped.
  build_id: { flags: USER_STACK | USER_BUILD_ID, size: MOST_FRAMES * BUILD_ID_FRAME_SIZE },
};
const STACK_KINDS = Object.keys(STACKS) as StackKind[];

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
  /** Whether one of them may post where the function returns only. */
  readonly isOfReturn: boolean;
}

/** Whether a selector posts a stack. Of one that is asked for where the function returns, too, it is that of the call. */
function postsStack({ actions, returnActions }: Acting, kind: StackKind): boolean {
  return [...actions, ...returnActions].some(
    (action) =>
      action.action === "Post" && (kind === "kernel" ? action.hasKernelStackTrace : action.hasUserStackTrace),
  );
}

function hasStackOfReturn({ returnActions }: Acting): boolean {
  return returnActions.some(
    (action) => action.action === "Post" && (action.hasKernelStackTrace || action.hasUserStackTrace),
  );
}

/** Events of these have no field for one. */
const WITHOUT_STACKS: readonly AttachPoint["convention"][] = [
  "tracepoint",
  "raw tracepoint",
  "uprobe",
  "usdt",
];

/** The stacks of a program. */
export function planStacks<S extends Acting>(
  { convention }: AttachPoint,
  selectors: readonly S[],
  scratch: Scratch,
): PlannedStack<S>[] {
  if (WITHOUT_STACKS.includes(convention)) return [];
  return STACK_KINDS.flatMap((kind) => {
    const users = selectors.filter((selector) => postsStack(selector, kind));
    return users.length === 0
      ? []
      : {
          kind,
          region: scratch.region(STACKS[kind].size),
          selectors: users,
          isOfReturn: users.some(hasStackOfReturn),
        };
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
  leaveUnlessPosted: (stack: PlannedStack<S>, label: string) => void,
): void {
  const { asm } = b;
  for (const stack of stacks) {
    const { kind, region } = stack;
    const [taken, skip] = [asm.freshLabel("taken"), asm.freshLabel("no_stack")];
    leaveUnlessPosted(stack, skip);
    asm.note(`${kind} stack`).set("r1", b.context).set("r2", scratch).alu("r2", "+=", region.offset);
    asm.set("r3", STACKS[kind].size).set("r4", STACKS[kind].flags);
    asm.call("get_stack").jumpIf("r0", "s>", 0, taken).set("r0", 0).label(taken);
    asm.store(4, scratch, region.length, "r0").label(skip);
  }
}
