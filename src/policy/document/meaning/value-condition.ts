/** @module `matchArgs`, `matchData` and `matchReturnArgs`. */
import type { ValueCondition } from "../../policy.ts";
import type { Context } from "./context.ts";
import { celCondition } from "./operand/cel.ts";
import type { ReadFilter } from "./operand/filter.ts";
import { readOperand } from "./operand/operand.ts";
import type { HookParts, TypedArgument } from "./read-hook.ts";

/** What a filter is on. */
type FilterKind = ValueCondition["kind"];

/** The field that the values are listed in. */
const LISTED_IN: Readonly<Record<FilterKind, string>> = {
  argument: "args",
  data: "data",
  return: "returnArg",
};

/** Reads filters; those that something is wrong with are left out, which has been said. */
export function readValueConditions(
  filters: readonly ReadFilter[],
  kind: FilterKind,
  parts: HookParts,
  context: Context,
): ValueCondition[] {
  return context.keep(filters.map((filter) => readCondition(filter, kind, parts, context)));
}

function readCondition(
  read: ReadFilter,
  kind: FilterKind,
  parts: HookParts,
  context: Context,
): ValueCondition | undefined {
  if (read.operator === "CelExpr") return celCondition(read, kind, parts, context);
  const positions = readPositions(read, kind, parts, context);
  if (positions === undefined) return undefined;
  const operator = read.operator as string | undefined;
  const isPair = operator === "CapabilitiesGained";
  if (positions.length !== (isPair ? 2 : 1)) {
    return context.error(read, "args", {
      found: positions.length === 1 ? "one argument" : `${positions.length} arguments`,
      expected: isPair ? "two: args: [old, new]" : "one: other operators than CapabilitiesGained look at one",
    });
  }
  const types = positions.map((position) => valuesOf(kind, parts)[position]!.type);
  const [type] = types;
  // What is unknown is wrong, or the kernel decides: then nobody can judge the values.
  if (type === undefined || types.includes(undefined)) return undefined;
  const operand = readOperand(read, type, context);
  return operand === undefined ? undefined : { kind, at: context.at(read), positions, operand };
}

/** What the positions of a filter count. */
export function valuesOf(kind: FilterKind, { args, data, returnValue }: HookParts): readonly TypedArgument[] {
  if (kind === "argument") return args;
  return kind === "data" ? data : returnValue === undefined ? [] : [returnValue];
}

/** Positions that `index` or `args` mean; `undefined` when there is no such argument, which is said. */
function readPositions(
  read: ReadFilter,
  kind: FilterKind,
  parts: HookParts,
  context: Context,
): readonly number[] | undefined {
  const values = valuesOf(kind, parts);
  if (read.args !== undefined) {
    if (read.index !== undefined) {
      return context.error(read, "args", { found: "args and index", expected: "one of them" });
    }
    return readArgs(read.args, { values, kind }, context);
  }
  if (context.places.isBroken(read, "index") || context.places.isBroken(read, "args")) return undefined;
  if (read.index === undefined && kind === "argument") {
    context.warn(read, undefined, {
      found: "no index",
      expected: "the index of an argument",
      cure: "0 is taken: write index: 0",
    });
  }
  const position = positionOf(read.index ?? 0, kind, parts);
  if (position !== undefined) return [position];
  // An argument that is wrong may be the one.
  if (values.some(({ index }) => index === undefined)) return undefined;
  return refuseIndex(read, kind, parts, context);
}

function refuseIndex(read: ReadFilter, kind: FilterKind, parts: HookParts, context: Context): undefined {
  const index = read.index ?? 0;
  const found = `index: ${index}`;
  if (kind === "return") {
    const isMissing = parts.returnValue === undefined;
    return context.error(read, isMissing ? undefined : "index", {
      found: isMissing ? "a filter on what is returned" : found,
      expected: isMissing ? "return: true and returnArg with it" : "0: only one value is returned",
    });
  }
  const values = valuesOf(kind, parts);
  const name = LISTED_IN[kind];
  const listed = values.map(({ index: listedIndex }, position) => (kind === "data" ? position : listedIndex));
  return context.error(read, "index", {
    found,
    expected:
      values.length === 0
        ? `${name} with it: the hook has none`
        : `an index that ${name} has: ${[...new Set(listed)].join(", ")}`,
    cure: `it can never match: add {index: ${index}, type: ...} to ${name}`,
  });
}

/** First argument with that index. Of tracepoints, too, but what is no field that is read is a position. */
function positionOf(
  index: number,
  kind: FilterKind,
  { section, args, data, returnValue }: HookParts,
): number | undefined {
  if (kind === "return") return index === 0 && returnValue !== undefined ? 0 : undefined;
  if (kind === "data") return index < data.length ? index : undefined;
  const position = args.findIndex((argument) => argument.index === index);
  if (position >= 0) return position;
  return section === "tracepoints" && index < args.length ? index : undefined;
}

function readArgs(
  positions: readonly number[],
  { values, kind }: { readonly values: readonly TypedArgument[]; readonly kind: FilterKind },
  context: Context,
): readonly number[] | undefined {
  if (context.places.isBroken(positions)) return undefined;
  const wrong = positions.findIndex((position) => position >= values.length);
  if (wrong < 0) return positions;
  const count = values.length;
  return context.error(positions, wrong, {
    found: String(positions[wrong]),
    expected:
      count === 0
        ? `${LISTED_IN[kind]} with it: the hook has none`
        : `a position in ${LISTED_IN[kind]}, from 0 to ${count - 1}`,
    cure: "it can never match",
  });
}
