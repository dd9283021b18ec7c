/**
 * @module What a probe says of itself: all there is to know of one hook in the kernel.
 *
 * A probe is a folder: the layout of its record, its programs, what its records mean, its options, what asks for it and
 * what it needs. `list.ts` names the probes; nothing else knows any of them by name. A declaration loads nothing of what
 * the probe does.
 */

import type { CapabilityNeed } from "../../../component/definition.ts";
import type { OptionRows } from "../../../config/option.ts";
import type { ProbeValues } from "../settings.ts";
import type { ProbeImplementation } from "./probe.ts";

/** A hook of the sensor. */
export interface ProbedHook {
  readonly tracepoint: string;
  readonly isRequired: boolean;
  /** What is missing without it. */
  readonly purpose: string;
}

/** A probe. */
export interface Probe<Rows extends OptionRows = OptionRows> {
  /** As the folder is named. */
  readonly name: string;
  /** Options of its own. */
  readonly options: Rows;
  /** Whether the options' values ask for it. */
  isWanted(values: ProbeValues): boolean;
  /** The tracepoint that it needs, if it needs one. `isRequired` is whether there is no sensor without. */
  readonly hook?: Omit<ProbedHook, "isRequired">;
  /** What it needs beyond what every probe does. */
  readonly capabilities: readonly Pick<CapabilityNeed, "name" | "until" | "why">[];
  /**
   * What is not seen without it, where the sensor goes on without it when it cannot be attached; a probe that has no
   * such text must be attached, or the sensor cannot start.
   */
  readonly withoutIt?: string;
  load(): Promise<ProbeImplementation>;
}

/** Gives a declaration its types. */
export function defineProbe<const Rows extends OptionRows>(probe: Probe<Rows>): Probe<Rows> {
  return probe;
}
