/** @module The contract of every source: where events come from. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Component } from "../component/component.ts";
import type { ComponentDefinition } from "../component/definition.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { EventBatch } from "../event/batch.ts";
import type { IdentityFigures } from "../kubernetes/figures.ts";
import type { ApiClient } from "../kubernetes/index.ts";
import type { UserIdentity } from "../os/drop-privileges.ts";
import type { PodIdentity } from "../pipeline/enrich/container.ts";
import type { PolicyControl } from "../policy/registry/control.ts";
import type { PodSource } from "../policy/workload.ts";
import type { Counters } from "../telemetry/counters.ts";

/** Takes batches from sources. There is one sink, the agent's; sources share it. */
export interface Sink {
  /**
   * Consumes the batch of a source that can wait, before it returns: the source may reuse the batch's buffers right
   * after.
   * @returns `undefined` when the source may go on at once, or a promise to await before the next batch: as long as an
   * exporter that must not lose takes, or until the run is to end.
   */
  write(batch: EventBatch): Promise<void> | undefined;
  /** Consumes the batch of a source that cannot wait: what finds no room is dropped and counted. */
  offer(batch: EventBatch): void;
}

/** What a source is given by the agent. */
export interface SourceSettings {
  readonly sink: Sink;
  /** Sources count `read`, `bytes_read`, `line_too_long` here. */
  readonly counters: Counters;
  readonly log: ConsolaInstance;
}

/** What a source counts beside events: those of its figures that it has. */
export interface SourceFigures {
  /** Records that were read from the kernel. */
  readonly records: number;
  /** Processes that are remembered, at most so many, and those that were forgotten for want of room. */
  readonly processes: { readonly size: number; readonly capacity: number; readonly evictions: number };
}

/** A source of events. */
export interface Source extends Component {
  /** As the user named it: `stdin`, `file:/var/log/tetragon/*.log`. */
  readonly name: string;
  /**
   * Reads until the source ends (a finite one) or {@link stop} is called; then resolves, with everything that was read
   * handed to the sink. Called once, after every component has started and the agent has given up its rights. Faults
   * (a file that vanishes, a read error) are logged, counted and lived with. One that rejects all the same has failed:
   * the others go on without it.
   */
  run(): Promise<void>;
  /** Ends {@link run} at a line boundary, waits for it until `signal` aborts, and closes everything. */
  stop(signal: AbortSignal): Promise<void>;
  /**
   * Once {@link run} has ended: whether something that was to be read to its end could not be read, or was not there.
   * Only sources that end by themselves say so.
   */
  readonly hasFailed?: boolean;
  /** Live. */
  readonly figures?: SourceFigures;
  /** The tracing policies of a source that has any. */
  readonly tracingPolicies?: PolicyControl;
}

/** `--export-allowlist` and `--export-denylist` as they were given: JSON objects, one after another. */
export interface ExportFilters {
  readonly allowlist: string;
  readonly denylist: string;
}

/** What is known of pods. */
export interface SourceIdentity extends PodIdentity {
  readonly pods: PodSource;
  /** Asks the API server, where there is one. */
  readonly client: ApiClient | undefined;
  readonly figures: IdentityFigures;
}

/** What a source is made from. */
export interface SourceCreateSettings<R extends OptionRows = OptionRows> extends SourceSettings {
  /** Of its own options. */
  readonly values: ValuesOf<R>;
  /** What the user wrote after the type and a colon; `""` where the type takes nothing. */
  readonly argument: string;
  /** Where the positions of what can be read again are kept. Sources share one. */
  readonly checkpoint: Checkpoint;
  /** `--max-line-size`: longest line, in bytes without its newline. */
  readonly maxLineBytes: number;
  /** Name of this node. */
  readonly nodeName: string | undefined;
  /** `--cluster-name`; empty for none. */
  readonly clusterName: string;
  /** `--user`: whom the agent changes to when all sources have started; `undefined` stays who it is. */
  readonly user: UserIdentity | undefined;
  /** Says of which pods events are; `undefined` where nobody does. */
  readonly identity?: SourceIdentity | undefined;
  /** The filters that the pipeline has now: what a source may leave out already. */
  readonly filters: () => ExportFilters;
}

/** What a source declares. */
export interface SourceDefinition<R extends OptionRows = OptionRows> extends ComponentDefinition<R> {
  /** How it is written and what it is, for the help text: `stdin`, `file:GLOB for files that grow`. */
  readonly summary: string;
  /** What follows the type and a colon in `--event-source`: how help writes it, and an example. @default nothing */
  readonly argument?: { readonly placeholder: string; readonly what: string; readonly example: string };
  /**
   * How `auto` tries it, and when that is, for the help text. Sources that have this are tried in the order of the
   * list, until one can start. @default `auto` leaves it out
   */
  readonly automatic?: { readonly argument: string; readonly summary: string };
  /** Whether it can resume where a checkpoint says. */
  readonly isResumable?: true;
  /** Whether its events say by themselves of which pods they are, where that is known. @default the pipeline adds it to those that do not */
  readonly usesIdentity?: true;
  /** Whether its start cannot fail: then nothing has to wait for it. @default it may fail */
  readonly alwaysStarts?: true;
  /** The files that it reads, a path or glob each. @default none */
  reads?(argument: string): readonly string[];
  /** Loads the implementation and makes one source. */
  create(settings: SourceCreateSettings<R>): Promise<Source>;
}

/** Gives a definition its types: `create` sees the values of its own options. */
export function defineSource<const R extends OptionRows>(
  definition: SourceDefinition<R>,
): SourceDefinition<R> {
  return definition;
}
