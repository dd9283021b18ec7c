/** @module A kernel that policies are checked against: the running one, or one of which there are only its types. */
import {
  BTF_KIND,
  type Btf,
  type FunctionType,
  findFunction,
  readModuleBtf,
} from "../../kernel/btf/index.ts";
import { readBuildOptions } from "../../kernel/feature/index.ts";
import {
  isFunctionSymbol,
  type KernelSymbol,
  KernelSymbols,
  listTraceableFunctions,
  stemIn,
} from "../../kernel/symbol/index.ts";
import { allSystemCalls } from "../../kernel/system-call/index.ts";
import {
  type MissingFormat,
  readTracepointFormat,
  type TracepointFormat,
} from "../../kernel/tracepoint/index.ts";
import type { Pattern } from "../../lib/re2/index.ts";
import type { ArgumentTypeName } from "../argument-type.ts";
import type { KernelFacts, ResolveStart } from "../document/index.ts";
import type { Machine } from "../document/meaning/context.ts";
import type { HookTarget, MemberWay, SystemCallTarget, TracepointTarget } from "../policy.ts";
import { typeOfField } from "./field-type.ts";
import { likeTracepoint } from "./tracepoint-name.ts";
import { findTwins } from "./twins.ts";
import { UserFiles } from "./user-files.ts";
import { namedType, walk } from "./walk.ts";
import { startOfWay, type WayStart } from "./way-start.ts";

/** Of all functions together. */
const MAX_VARIANTS = 64;

/** A function, with the types that describe it. */
export interface FoundFunction {
  /** `undefined` where the kernel has the function but no types of it. */
  readonly type: FunctionType | undefined;
  /** Its module; `undefined` for the kernel itself. */
  readonly module: string | undefined;
  /** The types that {@link type} is one of. */
  readonly btf: Btf;
}

/** What a kernel has, as far as anybody may look. */
export class Kernel implements KernelFacts {
  readonly btf: Btf;
  readonly machine: Machine;
  /** Programs and libraries beside it. */
  readonly files: UserFiles;
  /** `undefined` for a kernel that does not run here. */
  readonly #symbols: KernelSymbols | undefined;
  readonly #modules = new Map<string, Btf | undefined>();
  readonly #functions = new Map<string, FoundFunction | undefined>();
  readonly #variants = new Map<string, readonly string[]>();
  /** Symbols that were looked for together: more than {@link KernelSymbols} keeps. */
  readonly #prefetched = new Map<string, KernelSymbol | undefined>();
  #twins: ReadonlyMap<string, readonly string[]> = new Map();
  /** Whether {@link prefetch} looks for {@link twins}: that takes a reading of all symbols. */
  looksForTwins = false;
  #systemCalls: string[] | undefined;
  readonly #buildOptions: (() => ReadonlyMap<string, string>) | undefined;

  /**
   * @param options.isRunning Whether the host's own lists may be asked, too.
   * @param options.buildOptions How the kernel was built. @default what the running kernel says of itself
   */
  constructor(options: {
    readonly btf: Btf;
    readonly isRunning: boolean;
    readonly machine: Machine;
    readonly buildOptions?: () => ReadonlyMap<string, string>;
    /** @default the running kernel's */
    readonly symbols?: KernelSymbols;
  }) {
    this.btf = options.btf;
    this.machine = options.machine;
    this.files = new UserFiles(options.machine);
    this.#buildOptions = options.buildOptions ?? (options.isRunning ? readBuildOptions : undefined);
    this.#symbols = options.symbols ?? (options.isRunning ? new KernelSymbols() : undefined);
  }

  /** Whether it is the host's own: what is not in its types may be elsewhere. */
  get isRunning(): boolean {
    return this.#symbols !== undefined;
  }

  /** Whether the kernel is built to override system calls; `undefined` where nobody knows. */
  get canOverride(): boolean | undefined {
    try {
      return this.#buildOptions && this.#buildOptions().get("CONFIG_BPF_KPROBE_OVERRIDE") === "y";
    } catch {
      return undefined;
    }
  }

  /** The function of that name, in the kernel or in a module that is loaded. */
  function(name: string): FoundFunction | undefined {
    if (!this.#functions.has(name)) this.#functions.set(name, this.#find(name));
    return this.#functions.get(name);
  }

  #find(name: string): FoundFunction | undefined {
    const type = findFunction(this.btf, name);
    if (type !== undefined) return { type, module: undefined, btf: this.btf };
    const symbol = this.#symbol(name);
    if (symbol === undefined) return undefined;
    const btf = symbol.module === undefined ? undefined : this.moduleTypes(symbol.module);
    return {
      type: btf === undefined ? undefined : findFunction(btf, name),
      module: symbol.module,
      btf: btf ?? this.btf,
    };
  }

  /** Names of all functions that the kernel's own types have. */
  *functionNames(): Generator<string> {
    for (let id = 1; id < this.btf.size; id++) {
      if (this.btf.kind(id) === BTF_KIND.FUNC) yield this.btf.name(id);
    }
  }

  /**
   * Symbols that begin with a name and go on with a dot: what became of a function that the compiler changed. The list of
   * symbols is long: what {@link prefetch} was not asked for is not looked for.
   */
  variants(name: string): readonly string[] {
    return this.#variants.get(name) ?? [];
  }

  /** What the compiler has made of a function beside it, and calls in its place. */
  twins(name: string): readonly string[] {
    return this.#twins.get(name) ?? [];
  }

  /** Looks for many functions in one reading of the list of symbols. */
  prefetch(names: Iterable<string>): void {
    if (this.#symbols === undefined) return;
    if (this.looksForTwins) this.#twins = findTwins(new Set(names), this.#symbols);
    const untyped = [...new Set(names)].filter(
      (name) => !this.#prefetched.has(name) && this.btf.find(BTF_KIND.FUNC, name) === undefined,
    );
    if (untyped.length === 0) return;
    for (const name of untyped) this.#prefetched.set(name, undefined);
    try {
      const found = this.#symbols.findAll(untyped);
      for (const [name, symbols] of found) this.#prefetched.set(name, symbols.find(isFunctionSymbol));
      const missing = new Set(untyped.filter((name) => !found.has(name)));
      if (missing.size === 0) return;
      for (const { name } of this.#symbols.matching(
        (each) => stemIn(each, missing) !== undefined,
        MAX_VARIANTS,
      )) {
        const stem = stemIn(name, missing)!;
        this.#variants.set(stem, [...(this.#variants.get(stem) ?? []), name]);
      }
    } catch {
      // Symbols that cannot be read are not there, which is said of each.
    }
  }

  #symbol(name: string): KernelSymbol | undefined {
    if (this.#prefetched.has(name)) return this.#prefetched.get(name);
    try {
      return this.#symbols?.find(name).find(isFunctionSymbol);
    } catch {
      return undefined;
    }
  }

  /** Types of a module; `undefined` where there are none. */
  moduleTypes(module: string): Btf | undefined {
    if (!this.#modules.has(module)) {
      let btf: Btf | undefined;
      try {
        if (this.isRunning) btf = readModuleBtf(module, this.btf);
      } catch {
        btf = undefined;
      }
      this.#modules.set(module, btf);
    }
    return this.#modules.get(module);
  }

  /** The functions of a system call by every way in that the target names. */
  systemCallFunctions({ name, abis }: SystemCallTarget): string[][] {
    return abis.map((abi) => {
      if (abi === "native") return [`__${this.machine}_sys_${name}`];
      return this.machine === "x64"
        ? [`__ia32_compat_sys_${name}`, `__ia32_sys_${name}`]
        : [`__arm64_compat_sys_${name}`, `__arm64_sys_${name}`];
    });
  }

  /** The format of a tracepoint; another kernel's cannot be read. */
  format({ subsystem, event }: TracepointTarget): TracepointFormat | MissingFormat {
    return this.isRunning ? readTracepointFormat(subsystem, event) : "unreadable";
  }

  /** The tracepoint that was probably meant, as `subsystem/event`. */
  likeTracepoint(target: TracepointTarget): string | undefined {
    return this.isRunning ? likeTracepoint(target) : undefined;
  }

  /** Types of the arguments of a raw tracepoint, without the first, which is the tracer's; `undefined` when there is none. */
  rawTracepoint(event: string): readonly number[] | undefined {
    const id = this.btf.find(BTF_KIND.TYPEDEF, `btf_trace_${event}`);
    if (id === undefined) return undefined;
    const prototype = this.btf.resolve(this.btf.target(this.btf.resolve(id)));
    return this.btf
      .parameters(prototype)
      .slice(1)
      .map(({ type }) => type);
  }

  systemCalls(): readonly string[] {
    this.#systemCalls ??= this.#findSystemCalls();
    return this.#systemCalls;
  }

  /** The list of symbols is long: those that have no types are looked for at once. */
  #findSystemCalls(): string[] {
    const prefix = `__${this.machine}_sys_`;
    const isTyped = (name: string) => this.btf.find(BTF_KIND.FUNC, prefix + name) !== undefined;
    const names = allSystemCalls();
    const others = names.filter((name) => !isTyped(name)).map((name) => prefix + name);
    let symbols: ReadonlyMap<string, unknown> = new Map();
    try {
      symbols = this.#symbols?.findAll(others) ?? symbols;
    } catch {
      // What has types is known all the same.
    }
    const found = names.filter((name) => isTyped(name) || symbols.has(prefix + name));
    const traceable = this.#traceable();
    if (traceable === undefined) return found;
    const known = new Set(traceable);
    return found.filter((name) => known.has(prefix + name));
  }

  functionsMatching(pattern: Pattern): readonly string[] {
    return [...new Set(this.#traceable() ?? this.functionNames())].filter((name) => pattern.test(name));
  }

  /**
   * Functions that take probes, as perf_event_open of Linux 5.10 does not; `undefined` without rights, or without the tracer
   * of functions: what has types can nearly always be traced.
   */
  #traceable(): readonly string[] | undefined {
    try {
      return this.isRunning ? listTraceableFunctions() : undefined;
    } catch {
      return undefined;
    }
  }

  fieldType(target: TracepointTarget, field: number): ArgumentTypeName | "unknown" | undefined {
    const format = this.format(target);
    if (format === "unreadable") return "unknown";
    const found = typeof format === "string" ? undefined : format.fields[field];
    return found === undefined ? undefined : typeOfField(found);
  }

  resolvedType(target: HookTarget, from: ResolveStart, way: MemberWay): ArgumentTypeName | undefined {
    const start = this.startOf(target, from, way);
    if (start === undefined) return undefined;
    const end = walk(start.btf, start.type, way.steps);
    return "type" in end ? namedType(start.btf, end.type) : undefined;
  }

  /** The type that a way begins with, and the types that it is one of; `undefined` where that is not known. */
  startOf(target: HookTarget, from: ResolveStart, way: MemberWay): WayStart | undefined {
    return startOfWay(this, target, from, way);
  }
}
