/** Agents that send to a cluster and are killed again and again. */
import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { EVENTS, onEnd, TETRAD } from "./harness.ts";

/** Bytes that are written to the file of events at once. */
const PIECE = 1024 * 1024;

/** Writes `count` distinct events to a file. @returns Its path. */
export function writeEvents(directory: string, count: number): string {
  const path = join(directory, "events.jsonl");
  const fd = openSync(path, "w", 0o600);
  const templates = EVENTS.filter((event) => event.includes('"pid":'));
  let piece = "";
  for (let i = 0; i < count; i++) {
    piece += `${numberedEvent(templates[i % templates.length]!, i)}\n`;
    if (piece.length < PIECE && i + 1 < count) continue;
    writeSync(fd, piece);
    piece = "";
  }
  closeSync(fd);
  return path;
}

/** The event with its number in it. */
function numberedEvent(event: string, number: number): string {
  return event
    .replace(/"node_name":"[^"]*"/, "")
    .replace(/\}$/, `,"node_name":"n-${number}"}`)
    .replace(/,,/g, ",");
}

/** The number of an event as it came; `undefined` for metadata. */
export function numberOf(message: string): number | undefined {
  const digits = /"node_name":"n-(?<digits>\d+)"\}$/.exec(message)?.groups?.digits;
  return digits === undefined ? undefined : Number(digits);
}

/** What {@link AgentInTrouble} is given. */
export interface AgentSettings {
  readonly directory: string;
  readonly events: string;
  readonly url: string;
  readonly options?: readonly string[];
}

/** An agent that reads a file to its end, from where it was, and keeps what it has on disk. */
export class AgentInTrouble {
  readonly #settings: AgentSettings;
  #process: Subprocess | undefined;
  /** Of the last run. */
  log = "";

  constructor(settings: AgentSettings) {
    this.#settings = settings;
    onEnd(() => this.kill());
  }

  /** Starts it. @param options More than all runs have. */
  start(...options: readonly string[]): Subprocess {
    const { directory, events, url } = this.#settings;
    this.#process = Bun.spawn(
      [
        TETRAD,
        `--event-source=file:${events}`,
        "--from-beginning",
        `--elasticsearch-hosts=${url}`,
        `--elasticsearch-queue-dir=${join(directory, "queue")}`,
        "--elasticsearch-backoff-init=50ms",
        "--elasticsearch-backoff-max=1s",
        ...(this.#settings.options ?? []),
        ...options,
      ],
      { stdout: "ignore", stderr: Bun.file(join(directory, "agent.log")) },
    );
    return this.#process;
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  /** Lets it run until all is delivered. @returns Its exit code. */
  async finish(): Promise<number> {
    const process = this.start("--exit-at-end");
    const code = await process.exited;
    this.log = await this.logNow();
    return code;
  }

  /** What the last run has said so far. */
  logNow(): Promise<string> {
    return Bun.file(join(this.#settings.directory, "agent.log")).text();
  }
}

/** A number from 0 up to 1 that the seed decides. */
export function seeded(seed: string): () => number {
  let i = 0;
  return () => createHash("sha256").update(`${seed} ${i++}`).digest().readUInt32LE(0) / 2 ** 32;
}
