/**
 * @module What agent, keeper and runner say to each other: JSON, one message a line. Events do not go that way: they lie in memory
 * that the agent writes and the others can only read.
 *
 *     agent ── keeper ── runner, which has the module
 *
 * The keeper has what the agent gives up when it has started: the right to make a process, of another user. It starts the runner,
 * ends it when it does what it may not, and starts another one.
 */
import type { UserIdentity } from "../../os/drop-privileges.ts";

/** Descriptors of both processes beside the usual three. */
export const MEMORY_FD = 3;
export const CHANNEL_FD = 4;

/** Longest message, bytes: reasons of refusals are cut long before. */
export const LONGEST_MESSAGE = 256 * 1024;

/** How a module is run. */
export interface ModuleSettings {
  /** Absolute. */
  readonly path: string;
  /** Of the exporter. */
  readonly name: string;
  /** What the user gave the module. */
  readonly options: Readonly<Record<string, string>>;
  /** Whom the runner becomes; absent: nobody else. */
  readonly user?: UserIdentity | undefined;
  /** Whether the kernel refuses it what an exporter has no use for. */
  readonly filtersCalls: boolean;
  /** How long it may take to acknowledge a batch, milliseconds. */
  readonly timeoutMs: number;
  /** Resident memory that the runner may have, bytes. */
  readonly maxMemory: number;
}

/** A batch in the shared memory: so many lines, each with its newline, one behind the other. */
export interface BatchMessage {
  readonly type: "batch";
  readonly id: number;
  readonly at: number;
  readonly bytes: number;
  readonly count: number;
}

/** The runner has taken the first `count` lines of a batch. */
export interface ProgressMessage {
  readonly type: "progress";
  readonly id: number;
  readonly count: number;
}

/** The runner is done with a batch: it has taken all lines but those that it refuses. */
export interface DoneMessage {
  readonly type: "done";
  readonly id: number;
  readonly refused: readonly (readonly [i: number, reason: string])[];
}

/** The module threw: of lines of which nothing was said nothing is known. */
export interface FailedMessage {
  readonly type: "failed";
  readonly id: number;
  readonly error: string;
  readonly retryAfterMs?: number | undefined;
}

/** The first that the keeper is given. */
export interface KeeperStart {
  readonly type: "start";
  readonly module: ModuleSettings;
  /** The line `agent_init`. */
  readonly agent: string;
  /** Whom the keeper becomes where the module has no user of its own: who the agent will be. */
  readonly keeper?: UserIdentity | undefined;
}

/** What the keeper is given. */
export type ToKeeper = KeeperStart | { readonly type: "stop"; readonly withinMs: number } | BatchMessage;

/** What the keeper says. */
export type FromKeeper =
  | { readonly type: "up"; readonly pid: number }
  /** `isUnusable`: it would be no other one the next time. */
  | { readonly type: "down"; readonly why: string; readonly isUnusable: boolean; readonly inMs: number }
  /** The runner has ended, or is not there. `isSuspect`: it was at work on this batch. */
  | { readonly type: "lost"; readonly id: number; readonly why: string; readonly isSuspect: boolean }
  | { readonly type: "log"; readonly lines: readonly string[]; readonly left: number }
  | ProgressMessage
  | DoneMessage
  | FailedMessage;

/** What the runner is given. */
export type ToRunner =
  | {
      readonly type: "start";
      readonly module: ModuleSettings;
      readonly agent: string;
      readonly parent: number;
    }
  | { readonly type: "stop" }
  | BatchMessage;

/** What the runner says. */
export type FromRunner =
  | { readonly type: "ready" }
  | { readonly type: "unusable"; readonly error: string }
  | { readonly type: "broken"; readonly error: string }
  | ProgressMessage
  | DoneMessage
  | FailedMessage;
