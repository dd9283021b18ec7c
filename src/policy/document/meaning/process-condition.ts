/** @module Filters on the process: its program, IDs, namespaces, capabilities and command line. */
import type {
  BinaryCondition,
  CapabilityCondition,
  CommandArgumentCondition,
  Condition,
  NamespaceChangeCondition,
  NamespaceCondition,
  PidCondition,
} from "../../policy.ts";
import { quote } from "../finding.ts";
import { capabilityBit, nearestCapability } from "./capability.ts";
import type { Context } from "./context.ts";
import { readValues } from "./operand/filter.ts";
import { marked } from "./operand/operand.ts";
import { bytesOf, pathOperand, readTexts } from "./operand/text.ts";
import type { ReadSelector } from "./read-hook.ts";

type Item<F extends keyof ReadSelector> =
  NonNullable<ReadSelector[F]> extends readonly (infer I)[] ? I : never;

/** Bytes of a path in `matchBinaries`. */
const LONGEST_BINARY: Readonly<Record<string, number>> = { Equal: 255, Prefix: 255, Postfix: 127 };
const LONGEST_ARGUMENT: Readonly<Record<string, number>> = { Equal: 4096, Prefix: 255, Postfix: 127 };

/** Reads all filters on the process. Those that something is wrong with are left out, which has been said. */
export function readProcessConditions(selector: ReadSelector, context: Context): Condition[] {
  const each = <T extends object>(
    items: readonly T[] | undefined,
    read: (item: T) => Condition | undefined,
  ) => context.keep((items ?? []).map(read));
  return [
    ...each(selector.matchBinaries, (item) => binary(item, "process", context)),
    ...each(selector.matchParentBinaries, (item) => binary(item, "parent", context)),
    ...each(selector.matchPIDs, (item) => pid(item, context)),
    ...each(selector.matchNamespaces, (item) => namespace(item, context)),
    ...each(selector.matchNamespaceChanges, (item) => namespaceChange(item, context)),
    ...each(selector.matchCapabilities, (item) => capability(item, "capability", context)),
    ...each(selector.matchCapabilityChanges, (item) => capability(item, "capability-change", context)),
    ...each(selector.matchCmdArgs, (item) => commandArgument(item, context)),
  ];
}

/** Values of a filter that must have some; `undefined` when something in them is wrong. */
function valuesOf<T>(
  item: { readonly values?: readonly T[] | undefined; readonly operator?: string | undefined },
  context: Context,
): readonly T[] | undefined {
  const { values } = item;
  if (values === undefined || context.places.isBroken(values)) return undefined;
  if (values.length > 0) return values;
  return context.error(item, "values", {
    found: "no values",
    expected: "at least one",
    cure: item.operator?.startsWith("Not") ? "the filter would always hold" : "the filter could never hold",
  });
}

function binary(
  item: Item<"matchBinaries">,
  of: BinaryCondition["of"],
  context: Context,
): BinaryCondition | undefined {
  const { operator: written, followChildren = false } = item;
  const values = valuesOf(item, context);
  if (written === undefined || values === undefined) return undefined;
  const isNegated = written.startsWith("Not");
  const bare = written.replace(/^Not/, "") as "In" | "Prefix" | "Postfix";
  const operator = bare === "In" ? "Equal" : bare;
  if (followChildren && operator !== "Equal") {
    return context.error(item, "followChildren", {
      found: `followChildren with ${written}`,
      expected: "In or NotIn with it",
    });
  }
  const longest = LONGEST_BINARY[operator]!;
  const texts = readTexts({ values, operator }, { isPath: true, longest }, context);
  if (texts.length < values.length) return undefined;
  const operand = marked(pathOperand(operator, { isNegated, texts, isPath: true }), context);
  if (followChildren && operand.operator === "Glob") {
    return context.error(item, "followChildren", {
      found: "followChildren with * in a value",
      expected: "whole paths with it",
    });
  }
  return { kind: "binary", at: context.at(item), of, operand, followsChildren: followChildren };
}

function pid(item: Item<"matchPIDs">, context: Context): PidCondition | undefined {
  const { operator, isNamespacePID, followForks } = item;
  const pids = valuesOf(item, context);
  if (operator === undefined || pids === undefined) return undefined;
  return {
    kind: "pid",
    at: context.at(item),
    isNegated: operator === "NotIn",
    pids,
    isNamespacePid: isNamespacePID === true,
    followsForks: followForks === true,
  };
}

const HOST_WORDS = /^host/i;

function namespace(item: Item<"matchNamespaces">, context: Context): NamespaceCondition | undefined {
  const values = valuesOf(item, context);
  const { operator, namespace: name } = item;
  if (values === undefined) return undefined;
  const numbers = readValues({ values }, context, (text, refuse) => {
    if (text === "host_ns") return "host" as const;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
    if (number !== undefined && number < 2 ** 32) return number;
    return refuse({
      found: quote(text),
      expected: "the inode number of a Linux namespace, or host_ns",
      cure: HOST_WORDS.test(text)
        ? "write host_ns"
        : "for workloads of Kubernetes write podSelector beside kprobes, or kind: TracingPolicyNamespaced with metadata.namespace",
    });
  });
  if (numbers.length < values.length || operator === undefined || name === undefined) return undefined;
  return {
    kind: "namespace",
    at: context.at(item),
    isNegated: operator === "NotIn",
    namespace: name,
    values: numbers,
  };
}

function namespaceChange(
  item: Item<"matchNamespaceChanges">,
  context: Context,
): NamespaceChangeCondition | undefined {
  const namespaces = valuesOf(item, context);
  if (item.operator === undefined || namespaces === undefined) return undefined;
  const isNegated = item.operator === "NotIn";
  return { kind: "namespace-change", at: context.at(item), isNegated, namespaces };
}

function capability(
  item: Item<"matchCapabilities">,
  kind: CapabilityCondition["kind"],
  context: Context,
): CapabilityCondition | undefined {
  const values = valuesOf(item, context);
  if (values === undefined) return undefined;
  const bits = readValues({ values }, context, (text, refuse) => {
    const bit = capabilityBit(text);
    return bit ?? refuse({ found: quote(text), expected: "a capability", cure: nearestCapability(text) });
  });
  const { operator, type, isNamespaceCapability } = item;
  if (bits.length < values.length || operator === undefined || type === undefined) return undefined;
  return {
    kind,
    at: context.at(item),
    isNegated: operator === "NotIn",
    set: type.toLowerCase() as CapabilityCondition["set"],
    capabilities: bits.reduce((set, bit) => set | bit, 0n),
    isNamespaceCapability: isNamespaceCapability === true,
  };
}

function commandArgument(item: Item<"matchCmdArgs">, context: Context): CommandArgumentCondition | undefined {
  const { index, operator } = item;
  const values = valuesOf(item, context);
  if (index === undefined || operator === undefined || values === undefined) return undefined;
  const longest = LONGEST_ARGUMENT[operator]!;
  const texts = readTexts({ values, operator }, { isPath: false, longest }, context);
  if (texts.length < values.length) return undefined;
  const operand: CommandArgumentCondition["operand"] = {
    operator: operator === "Equal" ? "EqualString" : operator,
    isNegated: false,
    strings: texts.map(bytesOf),
  };
  const at = context.at(item);
  return { kind: "command-argument", at, index, operand: marked(operand, context) };
}
