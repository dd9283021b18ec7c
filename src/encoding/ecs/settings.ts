/** @module What an encoder of documents is told. */
import type { Spelling } from "./classify.ts";

/** The agent that makes the documents. */
export interface AgentFields {
  /** Of the build, such as `v0.1.0`. */
  readonly version: string;
  /** Which agent it is, whenever it was started. */
  readonly id?: string | undefined;
  /** Which start of it: another agent's metadata has another one, and says nothing of {@link id}. */
  readonly startId?: string | undefined;
}

/** Which data stream a document is for. */
export interface DataStream {
  readonly type: string;
  readonly dataset: string;
  readonly namespace: string;
}

/** What an encoder of documents is told. */
export interface EcsSettings {
  readonly agent: AgentFields;
  /** @default `logs`, `tetragon.log`, `default` */
  readonly dataStream?: DataStream | undefined;
  /**
   * How `event.action` is spelt, and whether arguments are taken apart at every space, as Elastic's published integration
   * has both. @default "tetragon"
   */
  readonly spelling?: Spelling | undefined;
  /** Whether `event.original` has a copy of `message`: an index where it is an alias refuses that. @default false */
  readonly hasOriginal?: boolean | undefined;
  /** Whether `process.command_line` and `process.args_count` repeat what other fields say. @default false */
  readonly hasCommandLine?: boolean | undefined;
  /** Milliseconds since 1970, for a document of which nothing else says when it was. @default `Date.now` */
  readonly now?: (() => number) | undefined;
}

export const DATA_STREAM: DataStream = { type: "logs", dataset: "tetragon.log", namespace: "default" };
export const MODULE = "tetragon";
export const AGENT_TYPE = "tetrad";
