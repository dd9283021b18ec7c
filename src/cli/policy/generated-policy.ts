/** @module Tracing policies that are made and not written: their documents. */

import type { Usdt } from "../../kernel/symbol/index.ts";
import type { JsonObject } from "../../lib/json/object.ts";

/** What {@link policyOf} is made of. */
interface PolicyParts {
  readonly name: string;
  readonly spec: JsonObject;
}

function policyOf({ name, spec }: PolicyParts): JsonObject {
  return { apiVersion: "cilium.io/v1alpha1", kind: "TracingPolicy", metadata: { name }, spec };
}

/** For processes of one binary alone; for all where it is empty. */
function selectorsFor(binary: string): JsonObject {
  if (binary === "") return {};
  return { selectors: [{ matchBinaries: [{ operator: "In", values: [binary] }] }] };
}

/** A policy that hooks nothing. */
export function emptyPolicy(): JsonObject {
  return policyOf({ name: "empty", spec: {} });
}

/** A hook for each system call. */
export function systemCallsPolicy(names: readonly string[], binary: string): JsonObject {
  const kprobes = names.map((call) => ({ call, syscall: true, ...selectorsFor(binary) }));
  return policyOf({ name: "syscalls", spec: { kprobes } });
}

/** One hook for a list of system calls. */
export function systemCallListPolicy(names: readonly string[], binary: string): JsonObject {
  return listPolicy("syscalls", { values: names, binary, isSystemCalls: true });
}

/** One hook for a list of functions of the kernel. */
export function functionListPolicy(names: readonly string[], binary: string): JsonObject {
  return listPolicy("ftrace", { values: names, binary, isSystemCalls: false });
}

function listPolicy(
  name: string,
  {
    values,
    binary,
    isSystemCalls,
  }: { readonly values: readonly string[]; readonly binary: string; readonly isSystemCalls: boolean },
): JsonObject {
  const type = isSystemCalls ? { type: "syscalls" } : {};
  return policyOf({
    name,
    spec: {
      lists: [{ name, ...type, values }],
      kprobes: [{ call: `list:${name}`, syscall: isSystemCalls, ...selectorsFor(binary) }],
    },
  });
}

/** One hook for all functions of a file. */
export function functionsPolicy(path: string, symbols: readonly string[], binary: string): JsonObject {
  return policyOf({ name: "uprobes", spec: { uprobes: [{ path, symbols, ...selectorsFor(binary) }] } });
}

/** A hook for each static tracepoint of a file. */
export function usdtsPolicy(path: string, usdts: readonly Usdt[], binary: string): JsonObject {
  const hooks = usdts.map(({ provider, name }) => ({ path, provider, name, ...selectorsFor(binary) }));
  return policyOf({ name: "usdts", spec: { usdts: hooks } });
}
