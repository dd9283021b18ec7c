/**
 * The contract of an exporter module of tetrad: a file that `--export-module` names and whose default export is an
 * {@link Exporter}. `tetrad sdk` writes this file; docs/export-modules.md explains it.
 */

/** What the default export of a module is. */
export interface Exporter {
  /** What it needs. What is missing is an error at the start. @default nothing */
  readonly needs?: Needs;
  /**
   * Opens what is needed to export: connections, files. Called once, before the first batch, in each process that has the module.
   * When it throws, the process ends and another one tries again, later and later.
   */
  open?(context: Context): void | Promise<void>;
  /**
   * Exports a batch. The next one comes when this one is done. Returning acknowledges all events of it but those that were refused: they are not given
   * again. Throwing says nothing of those that were not acknowledged: they are given again, so an event may come twice.
   * An event with which this throws, or the process ends, again and again is given alone, then kept as a dead letter.
   */
  export(batch: Batch): void | Promise<void>;
  /** Closes it: the agent ends. It has a few seconds. */
  close?(): void | Promise<void>;
}

/** What a module needs. */
export interface Needs {
  /** Options that `--export-module-options` has to have. */
  readonly options?: readonly string[];
}

/** Where a module runs. */
export interface Context {
  /** Name of the exporter: `module`, or as `--exporter` names it. */
  readonly name: string;
  /** What `--export-module-options` says. */
  readonly options: Readonly<Record<string, string>>;
  /** The event `agent_init`: which agent on which host is speaking. It is the first event of an agent, too, before all others. */
  readonly agent: AgentEvent;
}

/** Events, in order. */
export interface Batch {
  readonly length: number;
  /** The events as text: one JSON document a line, each with its newline. The memory is the module's. */
  readonly bytes: Uint8Array;
  /** The same as strings, without newlines. Made when asked for. */
  readonly lines: readonly string[];
  /** The same as objects. Made when asked for; this costs more than all else. */
  readonly events: readonly TetragonEvent[];
  /** Says that the first `count` events have been dealt with: should anything happen later, they are not given again. */
  acknowledge(count: number): void;
  /** Says that event `i` can never be exported, and why. It is counted as refused, and kept as a dead letter. */
  refuse(i: number, reason: string): void;
}

/**
 * An error that says when to try again: `throw Object.assign(new Error("busy"), { retryAfterMs: 5000 })`.
 */
export interface RetryError extends Error {
  /** Milliseconds. */
  readonly retryAfterMs: number;
}

/**
 * An event as Tetragon's JSON has it: one member says what happened, under the name of its type, such as `process_exec`. 64-bit numbers may be
 * strings. `tetrad schema` prints all of it.
 */
export interface TetragonEvent {
  readonly time?: string;
  readonly node_name?: string;
  readonly cluster_name?: string;
  readonly process_exec?: ProcessEvent;
  readonly process_exit?: ProcessEvent & {
    readonly signal?: string;
    readonly status?: number;
    readonly time?: string;
  };
  readonly process_kprobe?: ProcessEvent & PolicyEvent & { readonly function_name?: string };
  readonly process_tracepoint?: ProcessEvent &
    PolicyEvent & { readonly subsys?: string; readonly event?: string };
  readonly process_uprobe?: ProcessEvent & PolicyEvent & { readonly path?: string; readonly symbol?: string };
  readonly process_lsm?: ProcessEvent & PolicyEvent & { readonly function_name?: string };
  readonly [type: string]: unknown;
}

/** Which agent is speaking: an event of its own, with the member `event` and without one for a type. */
export interface AgentEvent {
  readonly event?: string;
  readonly hostname?: string;
  readonly node_name?: string;
  readonly [field: string]: unknown;
}

/** What all events of processes have. */
export interface ProcessEvent {
  readonly process?: Process;
  readonly parent?: Process;
  readonly [field: string]: unknown;
}

/** What events of tracing policies have. */
export interface PolicyEvent {
  readonly policy_name?: string;
  readonly action?: string;
  readonly message?: string;
  readonly tags?: readonly string[];
  readonly args?: readonly Readonly<Record<string, unknown>>[];
}

/** A process. */
export interface Process {
  readonly exec_id?: string;
  readonly parent_exec_id?: string;
  readonly pid?: number;
  readonly uid?: number;
  readonly cwd?: string;
  readonly binary?: string;
  readonly arguments?: string;
  readonly flags?: string;
  readonly start_time?: string;
  readonly docker?: string;
  readonly pod?: Pod;
  readonly [field: string]: unknown;
}

/** The pod that a process runs in. */
export interface Pod {
  readonly namespace?: string;
  readonly name?: string;
  readonly workload?: string;
  readonly workload_kind?: string;
  readonly pod_labels?: Readonly<Record<string, string>>;
  readonly container?: { readonly id?: string; readonly name?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** What a test of a module exports: `export default { "title": async (run) => { … } } satisfies Tests`; `tetrad sdk test` runs it. */
export type Tests = Readonly<Record<string, (run: Run) => void | Promise<void>>>;

/** Gives events to an exporter as the agent does, and says what became of them. */
export type Run = (exporter: Exporter, given: Given) => Promise<Outcome>;

/** What {@link Run} gives. */
export interface Given {
  /** In one batch. */
  readonly events: readonly TetragonEvent[];
  /** @default none */
  readonly options?: Readonly<Record<string, string>>;
}

/** What became of events. */
export interface Outcome {
  /** Those that were acknowledged, by their place. */
  readonly acknowledged: readonly number[];
  readonly refused: readonly { readonly i: number; readonly reason: string }[];
  /** What `export` threw. */
  readonly error?: unknown;
}
