/** @module Where ways of `resolve` begin: which type, and among which types. */

import { readSync } from "node:fs";
import { BTF_KIND, Btf, type FunctionType } from "../../kernel/btf/index.ts";
import { ElfFile, OpenedFile } from "../../kernel/symbol/index.ts";
import type { ResolveStart } from "../document/index.ts";
import { lsmFunction } from "../lsm-function.ts";
import type { HookTarget, MemberWay } from "../policy.ts";

/** A type, and the types that it is one of. */
export interface WayStart {
  readonly btf: Btf;
  readonly type: number;
}

/** What the kernel has. */
export interface KernelWays {
  readonly btf: Btf;
  moduleTypes(module: string): Btf | undefined;
  rawTracepoint(event: string): readonly number[] | undefined;
  function(name: string): { readonly type: FunctionType | undefined; readonly btf: Btf } | undefined;
}

/** Bytes of a file of types at most. */
const MOST_TYPES = 1 << 26;
/** `BTF_MAGIC` of `<linux/btf.h>` */
const BTF_MAGIC = 0xeb9f;

/** Where a way begins; `undefined` where that is not known. */
export function startOfWay(
  kernel: KernelWays,
  target: HookTarget,
  from: ResolveStart,
  { struct, module }: MemberWay,
): WayStart | undefined {
  const isInProgram = (target.kind === "uprobe" || target.kind === "usdt") && from.kind !== "task";
  if (struct !== undefined) {
    const ofModule = module === undefined ? kernel.btf : kernel.moduleTypes(module);
    const btf = isInProgram ? programTypes(target.file.typesPath) : ofModule;
    const type = btf?.find(BTF_KIND.STRUCT, struct) ?? btf?.find(BTF_KIND.UNION, struct);
    return btf === undefined || type === undefined ? undefined : { btf, type };
  }
  if (from.kind === "task") {
    const type = kernel.btf.find(BTF_KIND.STRUCT, "task_struct");
    return type === undefined ? undefined : { btf: kernel.btf, type };
  }
  if (target.kind === "tracepoint") {
    if (!target.isRaw || from.kind !== "argument") return undefined;
    const type = kernel.rawTracepoint(target.event)?.[from.index];
    return type === undefined ? undefined : { btf: kernel.btf, type };
  }
  if (target.kind !== "function" && target.kind !== "lsm") return undefined;
  const found = kernel.function(target.kind === "lsm" ? lsmFunction(target.name) : target.name);
  if (found?.type === undefined) return undefined;
  const value = from.kind === "return" ? found.type.returnType : found.type.parameters[from.index]?.type;
  return value === undefined ? undefined : { btf: found.btf, type: value.id };
}

/** The types of a program, from a file that has nothing else, or from the program itself; `undefined` where there are none. */
function programTypes(path: string | undefined): Btf | undefined {
  if (path === undefined) return undefined;
  try {
    using file = new OpenedFile(path);
    const bytes = readWhole(file);
    const isBtf = new DataView(bytes.buffer).getUint16(0, true) === BTF_MAGIC;
    const section = isBtf ? bytes : ElfFile.of(file).sectionBytes(".BTF");
    return section && new Btf(section);
  } catch {
    return undefined;
  }
}

function readWhole({ descriptor, identity }: OpenedFile): Uint8Array {
  const bytes = new Uint8Array(Math.min(Number(identity.size), MOST_TYPES));
  readSync(descriptor, bytes, 0, bytes.length, 0);
  return bytes;
}
