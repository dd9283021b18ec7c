/** @module What a document leaves to the kernel that it is loaded on. */
import type { Pattern } from "../../lib/re2/index.ts";
import type { ArgumentTypeName } from "../argument-type.ts";
import type { HookTarget, MemberWay, TracepointTarget } from "../policy.ts";

/** Answers about a kernel. `check/` has them of the running one, or of a file with its types. */
export interface KernelFacts {
  /** All system calls that it has, without prefix: `generated_syscalls`. */
  systemCalls(): readonly string[];
  /** Built-in functions that can be traced and match a pattern, not anchored: `generated_ftrace`. */
  functionsMatching(pattern: Pattern): readonly string[];
  /**
   * Type of a field of a tracepoint's format file; `undefined` where nothing fits it, or there is none; `unknown` where
   * nobody may look.
   */
  fieldType(target: TracepointTarget, field: number): ArgumentTypeName | "unknown" | undefined;
  /** Type of what `resolve` leads to, where it is called like one. */
  resolvedType(target: HookTarget, from: ResolveStart, way: MemberWay): ArgumentTypeName | undefined;
}

/** Where `resolve` begins. */
export type ResolveStart =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "return" }
  | { readonly kind: "task" };
