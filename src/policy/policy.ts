/**
 * @module A TracingPolicy as it is meant: what the checked document says, with defaults filled in, names resolved and
 * values parsed. The document (`document/`) is turned into this, and the compiler, `explain` and the API read this and
 * never the document. It says nothing of the running kernel.
 *
 * The specification is Tetragon's TracingPolicy, `cilium.io/v1alpha1`. Where a name here is also a key there, it means
 * the same.
 */
import type { Action } from "./action.ts";
import type { ArgumentTypeName } from "./argument-type.ts";
import type { FunctionTarget, HookSection, HookTarget, SystemCallTarget } from "./target.ts";
import type { ValueLinks } from "./value-links.ts";
import type { LabelSelector, WorkloadSelector } from "./workload.ts";

export type { Action, PostAction, RequestAction } from "./action.ts";
export type {
  FunctionTarget,
  HookSection,
  HookTarget,
  ListedSection,
  LsmTarget,
  SystemCallAbi,
  SystemCallTarget,
  TracepointTarget,
} from "./target.ts";

/** Where something stands in a file. Both count from 1; the column counts characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A policy. */
export interface Policy {
  readonly name: string;
  /** Of the namespaced kind only. */
  readonly namespace: string | undefined;
  readonly mode: PolicyMode;
  /** Which workloads it is for; all of the host when `undefined`. */
  readonly workload: WorkloadSelector | undefined;
  /** Nodes that it is loaded on, by their labels; all when `undefined`. */
  readonly node: LabelSelector | undefined;
  /** In the document's order. */
  readonly hooks: readonly Hook[];
  /** Where `NotifyEnforcer` takes effect. @default nowhere */
  readonly enforcers?: readonly Enforcer[];
  readonly options: PolicyOptions;
}

/** A function, or system call, that does what `NotifyEnforcer` says. */
export interface Enforcer {
  readonly at: Position;
  /** In the document: `spec.enforcers[0].calls[1]` */
  readonly path: string;
  readonly target: FunctionTarget | SystemCallTarget;
}

/** `monitor`: actions that enforce are not carried out. */
export type PolicyMode = "enforce" | "monitor";

/** What `spec.options` may say, beside the mode. */
export interface PolicyOptions {
  readonly isKprobeMultiDisabled: boolean;
  /** How enforcers override; by what the kernel has when `undefined`. */
  readonly overrideMethod?: "return" | "fmod_ret" | undefined;
  /** Whether it is remembered which values of conditions have matched. @default false */
  readonly marksValues?: boolean;
  /** @default false */
  readonly isUprobeMultiDisabled?: boolean;
}

/** A place in the kernel or in a program, what is read there and what is done about it. A list makes one hook an entry. */
export interface Hook {
  readonly section: HookSection;
  /** Position in the section of the document; hooks of one list share it. */
  readonly index: number;
  /** Of what it is on: the function's name, or the tracepoint's. */
  readonly at: Position;
  readonly target: HookTarget;
  /** In the order in which events print them. */
  readonly args: readonly Argument[];
  /** Values that are no arguments. */
  readonly data: readonly Argument[];
  /** What the function returns, when the policy asks for the return. */
  readonly returnValue: Argument | undefined;
  /** What is done about the socket that the function returns, whichever selector held. */
  readonly returnSock: "TrackSock" | "UntrackSock" | undefined;
  readonly message: string;
  readonly tags: readonly string[];
  /** The first that holds acts. None: every call is posted. */
  readonly selectors: readonly Selector[];
  /** A function that the kernel lacks is left out instead of an error. */
  readonly ignoresMissingCall: boolean;
}

/** A value that is read at a hook. */
export interface Argument {
  readonly at: Position;
  /** In the document: `spec.kprobes[0].args[1]` */
  readonly path: string;
  /**
   * Where it comes from. `argument`: position in the prototype, from 0; of a tracepoint that is not raw the number of
   * the field in its format file. `return`: what the function returns. `task`: the running `task_struct`. `register`: of
   * the registers at the hook, by its name in lower case.
   */
  readonly source:
    | { readonly kind: "argument"; readonly index: number }
    | { readonly kind: "return" }
    | { readonly kind: "task" }
    | { readonly kind: "register"; readonly name: string };
  readonly type: ArgumentTypeName;
  readonly label: string;
  /** The way from the source to the value, when there is one. */
  readonly resolve: MemberWay | undefined;
  /** Of buffers: position of the argument (from 0, counted as `source` counts) that holds the number of bytes. */
  readonly sizeIndex: number | undefined;
  /** Of buffers: what the function wrote there is read when it returns, as many bytes as it returns. */
  readonly isReadAtReturn: boolean;
  /** Of buffers: up to 327,360 bytes. */
  readonly isLong: boolean;
}

/** Members and elements to walk through, each pointer on the way followed. */
export interface MemberWay {
  readonly steps: readonly (string | number)[];
  /** The struct that it begins with, when the document says so instead of the prototype. */
  readonly struct: string | undefined;
  /** The module whose types have that struct; the kernel's own when `undefined`. */
  readonly module: string | undefined;
}

/** Conditions that hold together, and what is done then. */
export interface Selector {
  readonly at: Position;
  readonly label: string;
  readonly workload: WorkloadSelector | undefined;
  /** All must hold. In the order of the document; the compiler asks the cheap ones first. */
  readonly conditions: readonly Condition[];
  /** Conditions on the return value: decided when the function returns. */
  readonly returnConditions: readonly ValueCondition[];
  /** None: `Post`. */
  readonly actions: readonly Action[];
  readonly returnActions: readonly Action[];
}

/** A condition. Values are never empty unless the operator takes none. */
export type Condition =
  | ValueCondition
  | BinaryCondition
  | PidCondition
  | NamespaceCondition
  | NamespaceChangeCondition
  | CapabilityCondition
  | CommandArgumentCondition;

/** On arguments (`matchArgs`) or data (`matchData`): positions in {@link Hook.args} or {@link Hook.data}. */
export interface ValueCondition {
  readonly kind: "argument" | "data" | "return";
  readonly at: Position;
  /** One position, but for operators that compare two. */
  readonly positions: readonly number[];
  readonly operand: Operand;
}

/**
 * An operator with its values, parsed for the type that it looks at. Negated operators are the positive one with
 * `isNegated`. Integers are mathematical: the compiler cuts them to the width of the type after the check has refused
 * what does not fit.
 */
export type Operand = {
  readonly isNegated: boolean;
  /** Whether it is remembered which values have matched. @default false */
  readonly isMarked?: boolean;
  /** Which values are files that others, which are links, lead to. @default none */
  readonly links?: ValueLinks;
} & (
  | { readonly operator: "Equal" | "GT" | "LT" | "Mask"; readonly integers: readonly bigint[] }
  /** `InRange` and `InMap`. Both ends are inclusive; one number is a range of itself. Sorted and merged. */
  | { readonly operator: "InRange"; readonly ranges: readonly IntegerRange[] }
  | {
      readonly operator: "EqualString" | "Prefix" | "Postfix" | "SubString" | "SubStringIgnCase";
      readonly strings: readonly Uint8Array[];
    }
  /**
   * Paths with `*`, each of which stands for any bytes but `/`. `opensAt`: where anything may stand beside, `/` too:
   * behind the pattern (`Prefix`), before it (`Postfix`), or nowhere.
   */
  | {
      readonly operator: "Glob";
      readonly globs: readonly string[];
      readonly opensAt: "nowhere" | "end" | "start";
    }
  /** Bits of `S_IFMT` of `<linux/stat.h>`. */
  | { readonly operator: "FileType"; readonly types: readonly number[] }
  | { readonly operator: "SAddr" | "DAddr"; readonly networks: readonly Network[] }
  | {
      readonly operator: "SPort" | "DPort" | "Protocol" | "Family" | "State";
      readonly ranges: readonly IntegerRange[];
    }
  | { readonly operator: "CapabilitiesGained" }
  | { readonly operator: "CelExpr"; readonly expression: string }
);

/** An operand with one of these operators. */
export type OperandOf<N extends Operand["operator"]> = N extends unknown ? Having<Operand, N> : never;

type Having<O, N> = O extends { operator: infer K }
  ? N extends K
    ? O & { readonly operator: N }
    : never
  : never;

/** Inclusive. */
export interface IntegerRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Addresses whose first `bits` bits are those of `address`: 4 or 16 bytes, in network order. */
export interface Network {
  readonly address: Uint8Array;
  readonly bits: number;
}

/** `matchBinaries`, `matchParentBinaries`, and those of any ancestor. */
export interface BinaryCondition {
  readonly kind: "binary";
  readonly at: Position;
  readonly of: "process" | "parent" | "ancestor";
  readonly operand: OperandOf<"EqualString" | "Prefix" | "Postfix" | "Glob">;
  /** Descendants count as if they ran the binary themselves. */
  readonly followsChildren: boolean;
}

/** `matchPIDs` */
export interface PidCondition {
  readonly kind: "pid";
  readonly at: Position;
  readonly isNegated: boolean;
  readonly pids: readonly number[];
  readonly isNamespacePid: boolean;
  readonly followsForks: boolean;
}

/** Linux namespaces, as the document names them, in Tetragon's order. */
export const NAMESPACE_NAMES = [
  "Uts",
  "Ipc",
  "Mnt",
  "Pid",
  "PidForChildren",
  "Net",
  "Time",
  "TimeForChildren",
  "Cgroup",
  "User",
] as const;

/** A namespace's name. */
export type NamespaceName = (typeof NAMESPACE_NAMES)[number];

/** `matchNamespaces` */
export interface NamespaceCondition {
  readonly kind: "namespace";
  readonly at: Position;
  readonly isNegated: boolean;
  readonly namespace: NamespaceName;
  /** Inode numbers; `host` is that of PID 1. */
  readonly values: readonly (number | "host")[];
}

/** `matchNamespaceChanges` */
export interface NamespaceChangeCondition {
  readonly kind: "namespace-change";
  readonly at: Position;
  readonly isNegated: boolean;
  readonly namespaces: readonly NamespaceName[];
}

/** `matchCapabilities` and `matchCapabilityChanges` */
export interface CapabilityCondition {
  readonly kind: "capability" | "capability-change";
  readonly at: Position;
  readonly isNegated: boolean;
  readonly set: "effective" | "inheritable" | "permitted";
  /** Bit set of `<linux/capability.h>`. */
  readonly capabilities: bigint;
  /** Only for tasks outside the host's user namespace. */
  readonly isNamespaceCapability: boolean;
}

/** `matchCmdArgs`: position in the process's argv, and what it must be. */
export interface CommandArgumentCondition {
  readonly kind: "command-argument";
  readonly at: Position;
  readonly index: number;
  readonly operand: OperandOf<"EqualString" | "Prefix" | "Postfix">;
}
