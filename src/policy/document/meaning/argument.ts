/** @module Arguments of hooks: `args`, `data` and `returnArg`. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../argument-type.ts";
import type { Argument, HookTarget, ListedSection, MemberWay } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { Context } from "./context.ts";
import { readWay } from "./member-way.ts";
import type { ReadArgument, TypedArgument } from "./read-hook.ts";
import { LAST_RAW_INDEX, SECTIONS } from "./sections.ts";

/** What an argument is read for. */
export interface ArgumentUse {
  readonly section: ListedSection;
  readonly role: "argument" | "data" | "return";
  readonly targets: readonly HookTarget[];
  readonly isRaw: boolean;
}

/** Reads one; what is wrong with it is said. */
export function readArgument(read: ReadArgument, use: ArgumentUse, context: Context): TypedArgument {
  const errors = context.errors;
  const { index } = read;
  if (use.role === "argument") checkIndex(read, use, context);
  const source = readSource(read, use, context);
  const way = source?.kind === "register" ? undefined : readWay(read, context);
  const type = readType(read, use, { way, source }, context);
  checkBuffer(read, use, type, context);
  if (
    context.errors > errors ||
    source === undefined ||
    context.places.isBroken(read) ||
    type === undefined
  ) {
    return { argument: undefined, index, type };
  }
  const argument: Argument = {
    at: context.at(read),
    path: context.places.path(read),
    source,
    type,
    label: read.label ?? "",
    resolve: way,
    sizeIndex: sizeIndexOf(read, use),
    isReadAtReturn: read.returnCopy === true,
    isLong: read.maxData === true,
  };
  return { argument, index, type };
}

/** `undefined` where the argument that it names cannot be read: no length. */
function sizeIndexOf({ sizeArgIndex }: ReadArgument, { section, isRaw }: ArgumentUse): number | undefined {
  const last = isRaw ? LAST_RAW_INDEX : SECTIONS[section].lastIndex;
  return sizeArgIndex === undefined || sizeArgIndex > last + 1 ? undefined : sizeArgIndex - 1;
}

function checkIndex(read: ReadArgument, { section, isRaw }: ArgumentUse, context: Context): void {
  const { index } = read;
  const last = isRaw ? LAST_RAW_INDEX : SECTIONS[section].lastIndex;
  if (index === undefined || index <= last) return;
  context.error(read, "index", {
    found: String(index),
    expected: `a position from 0 to ${last}: other arguments cannot be read`,
  });
}

function readSource(
  read: ReadArgument,
  { role }: ArgumentUse,
  context: Context,
): Argument["source"] | undefined {
  if (role !== "data") {
    if (read.source !== undefined) {
      return context.error(read, "source", {
        found: `source: ${read.source}`,
        expected: "it in data only",
        cure: "move the entry from args to data",
      });
    }
    if (role === "return") return { kind: "return" };
    return read.index === undefined ? undefined : { kind: "argument", index: read.index };
  }
  if (context.places.isBroken(read, "source")) return undefined;
  if (read.source === undefined) {
    return context.error(read, undefined, {
      found: "no source",
      expected: "source: current_task or pt_regs in data",
    });
  }
  if (read.resolve === undefined) {
    if (context.places.isBroken(read, "resolve")) return undefined;
    const expected =
      read.source === "pt_regs" ? "resolve: the name of a register" : "resolve: members of the running task";
    return context.error(read, undefined, { found: "no resolve", expected });
  }
  if (read.source === "current_task") return { kind: "task" };
  if (!/^[a-z][a-z0-9]*$/i.test(read.resolve)) {
    return context.error(read, "resolve", {
      found: quote(read.resolve),
      expected: "the name of a register, such as rax",
    });
  }
  return { kind: "register", name: read.resolve.toLowerCase() };
}

/** The type that the document says, or that the kernel finds. */
function readType(
  read: ReadArgument,
  use: ArgumentUse,
  { way, source }: { readonly way: MemberWay | undefined; readonly source: Argument["source"] | undefined },
  context: Context,
): ArgumentTypeName | undefined {
  if (context.places.isBroken(read, "type")) return undefined;
  const said = read.type ?? "auto";
  if (said !== "auto") {
    const isField = use.section === "tracepoints" && !use.isRaw;
    if (isField && !ARGUMENT_TYPES[said].isOfTracepoints) {
      return context.error(read, "type", {
        found: said,
        expected: "a type that fields of tracepoints have",
        cure: "set raw: true for the arguments of the tracepoint's prototype",
      });
    }
    return said;
  }
  return findType(read, use, { way, source }, context);
}

/** `auto`: the format file of a tracepoint says it, or what `resolve` leads to. */
function findType(
  read: ReadArgument,
  { section, role, targets, isRaw }: ArgumentUse,
  { way, source }: { readonly way: MemberWay | undefined; readonly source: Argument["source"] | undefined },
  context: Context,
): ArgumentTypeName | undefined {
  const isField = section === "tracepoints" && !isRaw;
  const canResolve = role === "data" || SECTIONS[section].isTypeFoundByResolve;
  if (!isField && !(canResolve && way !== undefined)) {
    if (context.places.isBroken(read, "resolve")) return undefined;
    const found = context.places.isGiven(read, "type") ? "type: auto" : "no type";
    const what = isRaw ? "a raw tracepoint" : SECTIONS[section].noun;
    return context.error(read, context.places.isGiven(read, "type") ? "type" : undefined, {
      found,
      expected: `a type, such as int, string or file: ${what} has no other way to know it`,
    });
  }
  const [target] = targets;
  if (target === undefined) return undefined;
  if (context.kernel === undefined) return context.leaveOpen();
  const field = read.index;
  const type =
    isField && target.kind === "tracepoint"
      ? field === undefined
        ? undefined
        : context.kernel.fieldType(target, field)
      : way !== undefined && source !== undefined && source.kind !== "register"
        ? context.kernel.resolvedType(target, source, way)
        : undefined;
  if (type === "unknown") return context.leaveOpen();
  if (type !== undefined) return type;
  return context.error(read, undefined, {
    found: "no type",
    expected: "a type: the kernel has none of the names that a document knows for it",
  });
}

/** `sizeArgIndex`, `returnCopy` and `maxData` are about buffers. */
function checkBuffer(
  read: ReadArgument,
  use: ArgumentUse,
  type: ArgumentTypeName | undefined,
  context: Context,
): void {
  if (type === undefined) return;
  const isBuffer = type === "char_buf" || type === "char_iovec";
  for (const field of ["sizeArgIndex", "returnCopy"] as const) {
    if (isBuffer || !read[field]) continue;
    context.error(read, field, {
      found: `${field} with type ${type}`,
      expected: "type char_buf or char_iovec",
    });
  }
  if (read.maxData === true && type !== "char_buf" && type !== "iov_iter") {
    context.error(read, "maxData", { found: `maxData with type ${type}`, expected: "type char_buf" });
  }
  if (!isBuffer) return;
  const isOfPrototype = use.section !== "tracepoints" || use.isRaw;
  if (read.sizeArgIndex === undefined) {
    if (read.returnCopy === true || context.places.isBroken(read)) return;
    context.warn(read, undefined, {
      found: `type ${type} without a length`,
      expected: "sizeArgIndex: the number of the argument that holds the length, counted from 1",
      cure: "without it the buffer is always empty",
    });
  } else if (read.sizeArgIndex === 0) {
    context.error(read, "sizeArgIndex", {
      found: "0",
      expected: "the number of an argument, counted from 1",
    });
  } else if (isOfPrototype && read.sizeArgIndex > SECTIONS[use.section].lastIndex + 1) {
    context.warn(read, "sizeArgIndex", {
      found: String(read.sizeArgIndex),
      expected: `a number from 1 to ${SECTIONS[use.section].lastIndex + 1}: other arguments cannot be read`,
      cure: "the buffer is always empty",
    });
  }
}
