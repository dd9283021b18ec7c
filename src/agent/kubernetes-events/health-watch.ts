/** @module Looks at the agent now and then: what is not as it should be, as Events. */
import type { PolicyStatus } from "../../policy/registry/status.ts";
import type { ServedAgent } from "../../server/definition.ts";
import type { Occurrence } from "./start-event.ts";

/** What is looked at. */
export type WatchedAgent = Pick<ServedAgent, "health" | "figures" | "tracingPolicies">;

/** How long nothing may be amiss before the sensor counts as well again, milliseconds. */
const WELL_AFTER_MS = 5 * 60_000;
/** How far apart looks at what was lost are, milliseconds: each that finds something is counted in one series. */
const LOSS_MS = 60_000;
/** Policies whose errors are remembered, so that each is said once. */
const MAX_POLICIES = 1024;

/** What was amiss when it last looked. */
export class HealthWatch {
  readonly #agent: WatchedAgent;
  readonly #say: (occurrence: Occurrence) => void;
  readonly #failedPolicies = new Map<string, string>();
  #isDegraded = false;
  #failure = "";
  #lost = 0;
  #looksForLossesAt = 0;
  #amissAt = 0;

  /** @param say Takes what has happened. */
  constructor(agent: WatchedAgent, say: (occurrence: Occurrence) => void) {
    this.#agent = agent;
    this.#say = say;
  }

  /** Looks. @param now Milliseconds of a clock that never goes back. */
  look(now: number): void {
    this.#lookAtSources(now);
    if (now >= this.#looksForLossesAt) this.#lookForLosses(now);
    if (this.#isDegraded && this.#failure === "" && now - this.#amissAt >= WELL_AFTER_MS) this.#recover();
    this.#lookAtPolicies();
  }

  #lookAtSources(now: number): void {
    const { status, details } = this.#agent.health;
    const failure = status === "error" ? details : "";
    if (failure !== "") this.#amissAt = now;
    if (failure !== "" && failure !== this.#failure)
      this.#degrade(`The agent works no more as it should: ${failure}`);
    this.#failure = failure;
  }

  #lookForLosses(now: number): void {
    this.#looksForLossesAt = now + LOSS_MS;
    const { agent, reads } = this.#agent.figures;
    let lost = agent.lost;
    for (const counters of reads.values()) lost += counters.lost;
    if (lost > this.#lost) {
      this.#amissAt = now;
      this.#degrade("The sensor loses events: more happens than fits into its ring buffer until it is read");
    }
    this.#lost = lost;
  }

  #degrade(note: string): void {
    this.#isDegraded = true;
    this.#say({ type: "Warning", action: "Watch", reason: "SensorDegraded", note });
  }

  #recover(): void {
    this.#isDegraded = false;
    this.#say({
      type: "Normal",
      action: "Watch",
      reason: "SensorRecovered",
      note: "The sensor has lost no events and no source has failed for five minutes",
    });
  }

  #lookAtPolicies(): void {
    const failed = (this.#agent.tracingPolicies?.list("") ?? []).filter(hasFailed);
    const keys = new Set<string>();
    for (const policy of failed.slice(0, MAX_POLICIES)) {
      const { domain, namespace, name, error } = policy;
      const key = [domain, namespace, name].join("\0");
      keys.add(key);
      if (this.#failedPolicies.get(key) === error) continue;
      this.#failedPolicies.set(key, error);
      const where = namespace === "" ? "" : ` in namespace ${namespace}`;
      this.#say({
        type: "Warning",
        action: "LoadPolicy",
        reason: "PolicyFailed",
        note: `Tracing policy "${name}"${where} does not work as it should: ${error}`,
      });
    }
    for (const key of this.#failedPolicies.keys()) if (!keys.has(key)) this.#failedPolicies.delete(key);
  }
}

function hasFailed({ state, error }: PolicyStatus): boolean {
  return error !== "" && (state === "load_error" || state === "error");
}
