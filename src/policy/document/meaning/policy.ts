/** @module A document that was read to the policy that it means. */
import type { Hook, ListedSection, Policy } from "../../policy.ts";
import { oneOf } from "../finding.ts";
import type { Read } from "../schema/kind.ts";
import type { SPEC, TRACING_POLICY } from "../schema/tracing-policy.ts";
import type { Context } from "./context.ts";
import { checkNotified, readEnforcers } from "./enforcers.ts";
import { readKprobe, readLsmHook, readOther, readTracepoint, readUprobe, readUsdt } from "./hook.ts";
import { readLists } from "./lists.ts";
import { readLoader } from "./loader.ts";
import { checkMacros } from "./macros.ts";
import { readName } from "./metadata.ts";
import { readOptions } from "./options.ts";
import type { ReadHook } from "./read-hook.ts";
import { SECTIONS } from "./sections.ts";
import { labelsOf, readWorkloads } from "./workload.ts";

type ReadSpec = Read<typeof SPEC>;

/** In the order in which Tetragon names them. */
const HOOK_SECTIONS = Object.keys(SECTIONS) as ListedSection[];

/** Reads the policy; `undefined` when it has no name. What is wrong with it is said. */
export function readPolicy(document: Read<typeof TRACING_POLICY>, context: Context): Policy | undefined {
  const name = readName(document, context);
  const { spec } = document;
  if (spec === undefined) return undefined;
  context.lists = readLists(spec.lists ?? [], context);
  const { mode, options } = readOptions(spec.options ?? [], context);
  context.marksValues = options.marksValues === true;
  const workload = readWorkloads(spec, name?.namespace, context);
  context.isForContainers =
    workload !== undefined &&
    (!workload.hasHost || workload.pod !== undefined || workload.container !== undefined);
  const node = labelsOf(spec.nodeSelector, context);
  checkSections(spec, context);
  const enforcers = readEnforcers(spec, context);
  context.hasEnforcers = (spec.enforcers?.length ?? 0) > 0;
  const hooks = [...readHooks(spec, context), ...readLoader(spec, name?.namespace !== undefined, context)];
  checkNotified(spec, hooks, context);
  readUnsupported(spec, context);
  if (name === undefined) return undefined;
  const more = enforcers.length === 0 ? {} : { enforcers };
  return { ...name, mode, options, workload, node, hooks, ...more };
}

function checkSections(spec: ReadSpec, context: Context): void {
  const used = HOOK_SECTIONS.filter((section) => (spec[section]?.length ?? 0) > 0);
  if (used.length < 2) return;
  context.warn(spec, used[1], {
    found: `${oneOf(used).replace(" or ", " and ")} in one policy`,
    cure: "tetrad loads them all, Tetragon refuses it: one section a policy works with both",
  });
}

function readHooks(spec: ReadSpec, context: Context): Hook[] {
  const macros = spec.selectorsMacros ?? {};
  checkMacros(macros, context);
  return HOOK_SECTIONS.flatMap((section) => {
    if (!SECTIONS[section].isLoaded) {
      const hooks: readonly ReadHook[] = spec[section] ?? [];
      for (const [index, hook] of hooks.entries()) readOther(hook, { section, index, macros }, context);
      return [];
    }
    const use = (index: number) => ({ section, index, macros });
    if (section === "tracepoints") {
      return (spec.tracepoints ?? []).flatMap((hook, index) => readTracepoint(hook, use(index), context));
    }
    if (section === "uprobes")
      return (spec.uprobes ?? []).flatMap((hook, index) => readUprobe(hook, use(index), context));
    if (section === "usdts")
      return (spec.usdts ?? []).flatMap((hook, index) => readUsdt(hook, use(index), context));
    if (section === "lsmhooks") {
      return (spec.lsmhooks ?? []).flatMap((hook, index) => readLsmHook(hook, use(index), context));
    }
    const calls = section === "fentries" ? spec.fentries : spec.kprobes;
    return (calls ?? []).flatMap((hook, index) => readKprobe(hook, use(index), context));
  });
}

/** Sections that this version cannot load: nothing of the policy is. */
function readUnsupported(spec: ReadSpec, context: Context): void {
  for (const section of HOOK_SECTIONS) {
    if (SECTIONS[section].isLoaded || (spec[section]?.length ?? 0) === 0) continue;
    context.unsupported(spec, section, section);
  }
}
