/** @module What the pipeline is given (option values and what it needs of the agent), and what it offers. */

import type { EventBatch } from "../event/batch.ts";
import type { ValidateMode } from "../event/decode.ts";
import type { JsonObject } from "../lib/json/object.ts";
import type { Counters } from "../telemetry/counters.ts";
import type { EnrichSettings } from "./enrich/waiting-room.ts";
import type { CgroupLimiterSettings } from "./limit/cgroup-limiter.ts";

/** A line that was dropped as invalid, for the log. */
export interface InvalidEvent {
  /** Why, in words. Holds nothing of the line's text while redaction filters are set. */
  readonly reason: string;
  /** The beginning of the line, or `undefined` while redaction filters are set: what cannot be parsed cannot be redacted. */
  readonly sample: string | undefined;
}

/** Values of `--export-aggregation-*`. */
export interface AggregationSettings {
  /** Milliseconds, above 0. */
  readonly windowMs: number;
  /** Different events held at most, above 0. */
  readonly bufferSize: number;
  /** Room that several share. @default that of one */
  readonly room?: HeldRoom;
}

/** Characters of text that may still be held. */
export interface HeldRoom {
  left: number;
}

/** What the texts of filters are called. */
export interface FilterNames {
  readonly allowlist: string;
  readonly denylist: string;
  readonly fieldFilters: string;
}

/** What the pipeline is made of. Filter texts are the options' values as they were given. */
export interface PipelineSettings {
  /** `--validate`. */
  readonly validate: ValidateMode;
  /** `--export-allowlist`; empty for none. */
  readonly exportAllowlist: string;
  /** `--export-denylist`; empty for none. */
  readonly exportDenylist: string;
  /** What problems of the filters call them. @default the options' names */
  readonly filterNames?: FilterNames;
  /** `--enable-pid-set-filter`. */
  readonly enablePidSetFilter: boolean;
  /** `--field-filters`; empty for none. */
  readonly fieldFilters: string;
  /** `--redaction-filters`; empty for none. */
  readonly redactionFilters: string;
  /** `--export-rate-limit`: events a minute; negative for no limit. */
  readonly exportRateLimit: number;
  /** `--cgroup-rate`; `undefined` for no limit. */
  readonly cgroupRate?: CgroupLimiterSettings | undefined;
  /** `--enable-export-aggregation` and its two options; `undefined` when off. */
  readonly aggregation: AggregationSettings | undefined;
  /** `node_name`, `cluster_name` and `node_labels` of events that the pipeline makes itself. */
  readonly commonFields: JsonObject;
  /** What is added to values from elsewhere; `undefined` for nothing. */
  readonly enrichment?: EnrichSettings | undefined;
  /** The pipeline counts here. */
  readonly counters: Counters;
  /** Milliseconds since 1970. The stages have no clock of their own. */
  readonly clock: () => number;
  /** Called for every invalid line. The callee decides how often it logs. */
  readonly onInvalid: (event: InvalidEvent) => void;
  /** Called with an error of our own that took an event with it, which the callee counts. */
  readonly onInternalError: (error: unknown) => void;
  /** Called for what is odd but not wrong, at start and later; a full sentence without a period. */
  readonly warn: (message: string) => void;
}

/** Decides which events leave and what they contain. */
export interface Pipeline {
  /** How often to call {@link poll}, milliseconds; `undefined` when the pipeline makes no events itself. */
  readonly pollIntervalMs: number | undefined;
  /**
   * Whether events are due that came before those of the next batch: then {@link poll} before that.
   */
  readonly isDue: boolean;
  /** Whether {@link poll} brings events that must not be dropped for want of room. @default false */
  readonly mustDeliver?: boolean;
  /** Takes what is called when events are due before the next one comes in. @default they are polled for */
  callWhenDue?(wake: () => void): void;
  /** Loads what only events need. To be awaited before the first batch. @default there is nothing to load */
  prepare?(): Promise<void>;
  /** Leaves in `batch` what goes on, changed where stages change it, and counts every line. Never throws. */
  process(batch: EventBatch): void;
  /**
   * Events that are due without a new one coming in. Call it until it returns `undefined`.
   * @param now Milliseconds since 1970.
   * @returns A batch that is valid until the next call.
   */
  poll(now: number): EventBatch | undefined;
  /** Everything that is still held, at shutdown. Call it until it returns `undefined`. */
  flush(): EventBatch | undefined;
  /** Lets go of what is held. Nothing may follow. @default nothing is */
  close?(): void;
}
