/** @module The contract of servers: what clients connect to. */

import type { ConsolaInstance } from "consola";
import type { Component } from "../component/component.ts";
import type { ComponentDefinition } from "../component/definition.ts";
import type { OptionView } from "../config/config.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { EventBus } from "../encoding/subscription.ts";
import type { Queued } from "../exporter/exporter.ts";
import type { IdentityFigures } from "../kubernetes/figures.ts";
import type { JsonObject } from "../lib/json/object.ts";
import type { PolicyControl } from "../policy/registry/control.ts";
import type { SourceFigures } from "../source/source.ts";
import type { Counters, ExporterCounters, ServerCounters } from "../telemetry/counters.ts";
import type { LogLevel } from "../telemetry/log.ts";

/** A server. Nothing that its clients do ends it, or the run. */
export interface Server extends Component {
  /** Live. */
  readonly counters: ServerCounters;
  /** Lets clients in. Called once, when every component has started and the agent has given up its rights. */
  begin(): void;
}

/** An option as clients see it: secrets are masked. */
export interface ShownOption {
  readonly name: string;
  readonly value: string | number | boolean | readonly string[];
}

/** How the export file is rotated. */
export interface RotationSettings {
  readonly maxSizeMb: number;
  readonly maxBackups: number;
  /** Milliseconds; 0 for never. */
  readonly rotationIntervalMs: number;
}

/** How the agent is. */
export interface AgentHealth {
  readonly status: "running" | "stopped" | "error";
  /** A few words. */
  readonly details: string;
}

/** What the agent has counted and holds, live. */
export interface AgentFigures {
  readonly agent: Counters;
  /** What each source has counted itself, by its name. */
  readonly reads: ReadonlyMap<string, Counters>;
  /** By the exporter's name. */
  readonly exporters: ReadonlyMap<string, ExporterCounters>;
  /** What waits for each exporter, by its name. */
  readonly queues: ReadonlyMap<string, Queued>;
  /** How often the process of each exporter that has one was started again, by its name. */
  readonly restarts: ReadonlyMap<string, number>;
  /** By the server's name. */
  readonly servers: ReadonlyMap<string, ServerCounters>;
  /** Of sources that have figures of their own, by the source's name. */
  readonly sources: ReadonlyMap<string, SourceFigures>;
  /** Of Kubernetes Events about the agent, where they are made: objects created, counts updated, Events dropped. */
  readonly clusterEvents?: ClusterEventFigures | undefined;
  /** Of pods; `undefined` where nobody asks for them. */
  readonly pods?: IdentityFigures | undefined;
}

/** What became of Kubernetes Events about the agent. */
export type ClusterEventFigures = Readonly<Record<"created" | "updated" | "dropped", number>>;

/** What servers see and do of the agent. */
export interface ServedAgent {
  /** Where clients get their events. */
  readonly bus: EventBus;
  /** `--export-file-*` as they are now; `undefined` where no file is written. */
  readonly rotation: RotationSettings | undefined;
  /** `node_name` and the like of events that a client's stages make themselves. */
  readonly commonFields: JsonObject;
  readonly health: AgentHealth;
  readonly figures: AgentFigures;
  /** `undefined` where no source has any. */
  readonly tracingPolicies: PolicyControl | undefined;
  readonly logLevel: LogLevel;
  setLogLevel(level: LogLevel): void;
  /** Only where there is a {@link rotation}. */
  setRotation(settings: RotationSettings): void;
  /** `agent_init`, as JSON without a newline. */
  introduce(): Uint8Array;
  options(): readonly ShownOption[];
  /** Counts and logs an error of our own. */
  reportInternalError(error: unknown): void;
}

/** What a server is made from. */
export interface ServerCreateSettings<R extends OptionRows = OptionRows> {
  readonly values: ValuesOf<R>;
  /** Whether its address was set; else it is the default. */
  readonly isAddressSet: boolean;
  /** How many events may wait for each client, and how many bytes of them. */
  readonly queue: { readonly maxEvents: number; readonly maxBytes: number };
  readonly agent: ServedAgent;
  readonly log: ConsolaInstance;
}

/** What a server declares. */
export interface ServerDefinition<R extends OptionRows = OptionRows> extends ComponentDefinition<R> {
  /** The option that has its address; an empty one closes it. */
  readonly addressOption: keyof R & string;
  /** Whether its clients take events: then a run needs no exporter. */
  readonly takesEvents?: true;
  /** Whether its clients may bring tracing policies. */
  readonly bringsPolicies?: true;
  /**
   * What other options say of it: that it is to be open, or closed.
   * @default nothing: an address that was set opens it
   */
  asked?(config: OptionView<R>): boolean | undefined;
  /** Loads the implementation and makes the server. */
  create(settings: ServerCreateSettings<R>): Promise<Server>;
}

/** Gives a definition its types: `create` sees the values of its own options. */
export function defineServer<const R extends OptionRows>(
  definition: ServerDefinition<R>,
): ServerDefinition<R> {
  return definition;
}
