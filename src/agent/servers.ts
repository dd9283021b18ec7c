/** @module The servers of a run, and what a cluster hears of the run: made, opened, closed. */
import type { ConsolaInstance } from "consola";
import { TetradError } from "../os/error.ts";
import type { ServedAgent, Server } from "../server/definition.ts";
import type { SourceDefinition } from "../source/source.ts";
import type { ServerCounters } from "../telemetry/counters.ts";
import type { ClusterEvents } from "./kubernetes-events/index.ts";
import type { OptionValues } from "./option-table.ts";
import type { ServerUse } from "./server-use.ts";

/** What {@link Servers} is given. */
export interface ServersSettings {
  readonly used: readonly ServerUse[];
  readonly values: OptionValues;
  readonly log: ConsolaInstance;
  readonly agent: ServedAgent;
  /** @default none */
  readonly clusterEvents?: ClusterEvents | undefined;
}

/** All servers of a run. */
export class Servers {
  readonly #settings: ServersSettings;
  readonly #open: Server[] = [];
  readonly #counters = new Map<string, ServerCounters>();
  #hasAsked = false;

  constructor(settings: ServersSettings) {
    this.#settings = settings;
  }

  /** Whether clients of a server that was asked for may come to take events. */
  get takesEvents(): boolean {
    return this.#hasAsked;
  }

  /** By the server's name, as they are now. */
  get counters(): ReadonlyMap<string, ServerCounters> {
    for (const server of this.#open) this.#counters.set(server.name, server.counters);
    return this.#counters;
  }

  /**
   * Opens their addresses; nobody is let in yet.
   * @param sources Those that run.
   * @throws TetradError when one that was set cannot be opened; those that are open are left to {@link stop}.
   */
  async start(sources: readonly SourceDefinition[]): Promise<void> {
    const hasSensor = sources.some(({ type }) => type === "sensor");
    for (const use of this.#settings.used) if (!use.needsSensor || hasSensor) await this.#start(use);
  }

  /** Lets clients in. */
  begin(): void {
    for (const server of this.#open) server.begin();
    this.#settings.clusterEvents?.begin(this.#settings.agent);
  }

  reload(): void {
    for (const server of this.#open) server.reload?.();
    this.#settings.clusterEvents?.reload();
  }

  /** Sends what clients are still to get, until `signal` aborts, and closes everything. Idempotent. */
  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all([
      ...this.#open.map((server) => server.stop(signal)),
      this.#settings.clusterEvents?.stop(signal),
    ]);
  }

  async #start({ definition, isAddressSet, isAsked }: ServerUse): Promise<void> {
    const { values, log, agent } = this.#settings;
    const { "event-queue-size": maxEvents, "event-queue-bytes": maxBytes } = values;
    const server = await definition.create({
      values,
      isAddressSet,
      queue: { maxEvents, maxBytes },
      agent,
      log,
    });
    try {
      await server.start();
    } catch (error) {
      if (isAddressSet || !(error instanceof TetradError) || error.code !== "unsupported") throw error;
      log.warn(`${error.message}: the run goes on without it`);
      return;
    }
    this.#open.push(server);
    if (isAsked && definition.takesEvents === true) this.#hasAsked = true;
  }
}
