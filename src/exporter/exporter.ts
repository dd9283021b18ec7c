/** @module The contract of every exporter: where events go. */
import type { Followed } from "../checkpoint/followers.ts";
import type { Component } from "../component/component.ts";
import type { ComponentDefinition } from "../component/definition.ts";
import type { Subscriber } from "../component/subscriber.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { AgentFacts, UdpFacts } from "../metadata/document.ts";
import type { UserIdentity } from "../os/drop-privileges.ts";
import type { Family } from "../telemetry/family.ts";
import type { ExporterSettings } from "./delivery/settings.ts";

/** An exporter of events. It never throws and never rejects because of what the outside does. */
export interface Exporter extends Subscriber, Component {
  /** As in the log and the counters. */
  readonly name: string;
  /**
   * Whether sources that can wait do so without bound rather than that it loses events. Then the end of a run waits
   * for it, too, and what it lost is a failure of the run.
   */
  readonly blocks: boolean;
  /**
   * Lets `agent_init` go, and events after it. Called once, when every component has started and the agent has given
   * up its rights.
   */
  begin(): void;
  /** There is new metadata to say, which need not wait for an event. Before {@link begin} and while it stops it does nothing. */
  announce(): void;
  /** How its file is rotated, where there is one; a new value holds from the next event on. */
  rotation?: FileRotation | undefined;
  /** What waits now. */
  readonly queued: Queued;
  /** How often a process of its own has ended and was started again; `undefined` for one that has none. */
  readonly restarts?: number | undefined;
}

/** What waits to leave. */
export interface Queued {
  readonly events: number;
  readonly bytes: number;
  /** When the oldest of them was read, milliseconds since 1970, where that is known. */
  readonly oldest?: number | undefined;
}

/** How a file is rotated. */
export interface FileRotation {
  readonly maxSizeMb: number;
  /** 0 keeps all. */
  readonly maxBackups: number;
  /** Milliseconds; 0 for never. */
  readonly rotationIntervalMs: number;
}

/** What an exporter is made from. */
export interface ExporterCreateSettings<R extends OptionRows = OptionRows>
  extends Omit<ExporterSettings, "whenFull"> {
  /** Of its own options. Exporters of one type have each their own. */
  readonly values: ValuesOf<R>;
  /** Number of the user that the agent will change to: trusted like its own. */
  readonly user?: number | undefined;
  /** Who that is. */
  readonly identity?: UserIdentity | undefined;
  /** Whether the agent has the kernel refuse system calls: its other processes do, too. */
  readonly filtersCalls?: boolean;
  /** Which agent it is, as of the start. */
  readonly facts: AgentFacts;
  /** The agent's metrics as they are now, once all runs; before that there are none. */
  readonly metrics?: (() => Promise<readonly Family[]>) | undefined;
  /** Where a durable one notes how far it has exported each stream. */
  readonly followed: Followed | undefined;
}

/** What an exporter declares. */
export interface ExporterDefinition<R extends OptionRows = OptionRows> extends ComponentDefinition<R> {
  /** The option that asks for the exporter: one that is not false and not empty. */
  readonly enabledBy: keyof R & string;
  /** Whether what it has exported is never exported again: a checkpoint follows it. */
  readonly isDurable?: true;
  /** Whether there is only one such place, so that there cannot be two of them. */
  readonly isSingle?: true;
  /**
   * Whether its readers may know events only: then `agent_init` goes there where `--export-metadata` says so.
   * @default always
   */
  readonly metadata?: "asked";
  /** Where a checkpoint is kept that follows it, unless `--checkpoint-file` says so; `undefined` for nowhere. */
  checkpoint?(values: ValuesOf<R>): OwnCheckpoint | undefined;
  /** Where it sends datagrams, as `agent_init` says it. */
  udp?(values: ValuesOf<R>): UdpFacts;
  /** Loads the implementation and makes one exporter. */
  create(settings: ExporterCreateSettings<R>): Promise<Exporter>;
}

/** A checkpoint in a directory of an exporter's own. */
export interface OwnCheckpoint {
  readonly path: string;
  /** What names the directory. */
  readonly option: string;
  readonly directory: string;
}

/** Gives a definition its types: `create` sees the values of its own options. */
export function defineExporter<const R extends OptionRows>(
  definition: ExporterDefinition<R>,
): ExporterDefinition<R> {
  return definition;
}
