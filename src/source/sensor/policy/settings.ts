/** @module What the sensor's policies are made with, and what is kept of each. */
import type { KernelObject } from "../../../kernel/loader/index.ts";
import type { Policy, PolicyMode } from "../../../policy/policy.ts";
import type { DecoderContext } from "../probe/index.ts";
import type { Scope } from "../probe/shared/scope.ts";
import type { PinnedLinks } from "./pinned-links.ts";

/** What `SensorPolicies` works with. */
export interface SensorPoliciesSettings {
  /** Holds the maps that all programs of the sensor share, and outlives this. */
  readonly shared: KernelObject;
  /** The ring buffer's memory. */
  readonly memory: ArrayBuffer;
  readonly context: DecoderContext;
  readonly scope: Scope | undefined;
  /** Keeps them when the agent has ended. @default they end with it */
  readonly pins?: PinnedLinks | undefined;
  /** Has records read that wait. */
  readonly wake: () => void;
}

/** A policy that is loaded. */
export interface LoadedPolicy {
  readonly key: string;
  readonly policy: Policy;
  mode: PolicyMode;
  isEnabled: boolean;
}

/** What a policy does. */
export interface PolicyState {
  readonly mode: PolicyMode;
  /** Else it rests. */
  readonly isEnabled: boolean;
}
