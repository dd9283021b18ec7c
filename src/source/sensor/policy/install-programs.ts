/** @module Programs of places, compiled and loaded: they run once they are attached. */
import { compileHook, type PolicyEntry } from "../../../policy/compile/index.ts";
import { compileSettings } from "./compile-settings.ts";
import type { Enforcers } from "./enforcers.ts";
import { InstalledHook } from "./installed-hook.ts";
import type { RunningKernel } from "./kernel.ts";
import type { Leftovers } from "./leftovers.ts";
import type { ProcessTracking } from "./process-tracking.ts";
import type { SensorPoliciesSettings } from "./settings.ts";
import type { SharedMaps } from "./shared-maps.ts";
import type { SharedProgram } from "./shared-program.ts";
import type { WorkloadTracking } from "./workload-tracking.ts";

/** What they are made with. */
interface InstallSettings extends Pick<SensorPoliciesSettings, "scope" | "context" | "shared" | "pins"> {
  readonly kernel: () => RunningKernel;
  readonly tracking: ProcessTracking;
  readonly workloads: WorkloadTracking;
  readonly nextHook: () => number;
  /** Takes the numbers of entries that were given out. */
  readonly positions: number[];
  /** Owns what is loaded. */
  readonly stack: DisposableStack;
  readonly maps: SharedMaps;
  readonly enforcers: Enforcers;
  readonly leftovers: Leftovers;
}

/** Loads them. @throws TetradError `unsupported` */
export function installPrograms(
  programs: readonly SharedProgram[],
  settings: InstallSettings,
): InstalledHook[] {
  if (programs.length === 0) return [];
  const { positions, stack, maps, tracking, workloads } = settings;
  const process = { facts: tracking.facts, workloads: workloads.selectors };
  const { scope, context, kernel } = settings;
  const outlivesScope = settings.pins !== undefined;
  const compiling = compileSettings(kernel(), {
    process,
    scope,
    outlivesScope,
    procfs: context.settings.procfs,
  });
  const findMap = (name: string): { readonly fd: number } =>
    tracking.findMap(name) ?? workloads.findMap(name) ?? maps.find(name) ?? settings.shared.map(name);
  return programs.map(({ points, entries: wanted }) => {
    const entries = wanted.map(({ policy, hooks }): PolicyEntry => {
      const position = maps.take();
      positions.push(position);
      return { policy, hook: hooks[0]!, hooks, position, enforcer: settings.enforcers.numberOf(policy) };
    });
    const compiled = compileHook(points, entries, settings.nextHook(), compiling);
    maps.openFor(compiled.entry.assembly);
    if (compiled.exit !== undefined) maps.openFor(compiled.exit.assembly);
    settings.leftovers.addPlace();
    return stack.use(new InstalledHook(compiled, findMap));
  });
}
