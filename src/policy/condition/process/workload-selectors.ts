/** @module The selectors of workloads that programs ask for: each is a bit of what is kept of a cgroup. */
import { TetradError } from "../../../os/error.ts";
import { asksOfPods, type WorkloadSelector } from "../../workload.ts";

/** Bytes of a set of selectors. */
export const WORKLOAD_SET_SIZE = 32;
/** Selectors that there may be at a time, of all policies together. */
const MOST_SELECTORS = WORKLOAD_SET_SIZE * 8;

/** What decides about them. */
export interface WorkloadSelectorsSettings {
  /** Whether somebody says what namespaces and labels pods have. */
  readonly knowsPods: boolean;
  /** @default v2 */
  readonly subsystem?: string | undefined;
}

/** Gives selectors their bits. Those that say the same, of whatever policies, have one. */
export class WorkloadSelectors {
  /** The cgroups that tell containers apart: those of this v1 controller (`enum cgroup_subsys_id`), or of v2. */
  readonly subsystem: string | undefined;
  readonly #selectors = new Map<string, { readonly selector: WorkloadSelector; readonly bit: number }>();
  readonly #knowsPods: boolean;

  constructor({ knowsPods, subsystem }: WorkloadSelectorsSettings) {
    this.#knowsPods = knowsPods;
    this.subsystem = subsystem;
  }

  /** All that have a bit. */
  get all(): readonly { readonly selector: WorkloadSelector; readonly bit: number }[] {
    return [...this.#selectors.values()];
  }

  /**
   * The bit of a selector; a new one if it had none.
   * @throws TetradError `unsupported` when it cannot be decided, or all bits are taken.
   */
  bitOf(selector: WorkloadSelector): number {
    if (asksOfPods(selector) && !this.#knowsPods)
      throw new TetradError(
        "unsupported",
        "Cannot decide which pods a policy is for: nothing tells the agent their namespaces and labels, --enable-k8s-api would; podSelector: {}, for all pods, and hostSelector: {} can be decided",
      );
    const key = JSON.stringify(selector);
    const known = this.#selectors.get(key);
    if (known !== undefined) return known.bit;
    const taken = new Set(this.all.map(({ bit }) => bit));
    const bit = Array.from({ length: MOST_SELECTORS }, (_, index) => index).find(
      (index) => !taken.has(index),
    );
    if (bit === undefined)
      throw new TetradError(
        "unsupported",
        `Cannot load more than ${MOST_SELECTORS} different selectors of workloads at a time`,
      );
    this.#selectors.set(key, { selector, bit });
    return bit;
  }

  /** Takes the bits of all others. */
  keepOnly(selectors: readonly WorkloadSelector[]): void {
    const kept = new Set(selectors.map((selector) => JSON.stringify(selector)));
    for (const key of [...this.#selectors.keys()]) if (!kept.has(key)) this.#selectors.delete(key);
  }
}
