/** @module What hooks of all sections have in common, as it was read. */
import type { ArgumentTypeName } from "../../argument-type.ts";
import type { Argument, HookTarget, ListedSection } from "../../policy.ts";
import type { KPROBE } from "../schema/hook.ts";
import type { Read } from "../schema/kind.ts";
import type { SELECTOR } from "../schema/selector.ts";

/** A hook of any section. */
export type ReadHook = Partial<
  Pick<Read<typeof KPROBE>, "args" | "data" | "return" | "returnArg" | "selectors" | "message" | "tags">
>;

/** An argument. */
export type ReadArgument = NonNullable<ReadHook["args"]>[number];

/** A selector. */
export type ReadSelector = Read<typeof SELECTOR>;

/** What selectors are read beside. */
export interface HookParts {
  readonly section: ListedSection;
  readonly hook: ReadHook;
  /** Empty where that is not known. */
  readonly targets: readonly HookTarget[];
  readonly args: readonly TypedArgument[];
  readonly data: readonly TypedArgument[];
  readonly returnValue: TypedArgument | undefined;
}

/** An argument as the policy has it, and as far as its type is known. */
export interface TypedArgument {
  /** `undefined` where something in it is wrong or open. */
  readonly argument: Argument | undefined;
  readonly index: number | undefined;
  /** `undefined` where it is wrong, which has been said, or the kernel decides, and none was asked. */
  readonly type: ArgumentTypeName | undefined;
}
