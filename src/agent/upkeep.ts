/** @module What the agent does by the clock: statistics, events that are due without a new one, memory given back. */
import { releaseEmbeddedProgram, releaseExecutablePages } from "../os/memory.ts";
import { MemoryTrimmer } from "./memory-trimmer.ts";

/** How often the agent looks after itself; keeps the process alive when nothing else is going on. Milliseconds. */
const HEARTBEAT_MS = 1000;
/** The same where nothing has to be kept: each beat wakes an agent that has nothing to do. */
const SLOW_HEARTBEAT_MS = 30_000;

/**
 * When memory is given back at first, milliseconds after the start: the runtime's compilers, at work on what events need,
 * bring in most of its code, once. It makes the peak lower, and takes 1 ms each time.
 */
const EARLY_RELEASES_MS = [60, 150, 300, 500];

/** What {@link Upkeep.start} is given. Times are milliseconds; 0 or `undefined` is never. */
export interface UpkeepSettings {
  readonly pollMs: number | undefined;
  readonly poll: () => void;
  /** Now and then while nothing is read. */
  readonly rest: () => void;
  readonly statisticsMs: number;
  readonly logStatistics: () => void;
  /** Once a second, where there is something to keep. */
  readonly keep: (() => void) | undefined;
}

function releaseMemory(): void {
  releaseEmbeddedProgram();
  releaseExecutablePages();
}

/** The agent's timers. */
export class Upkeep {
  readonly #read: () => number;
  readonly #trimmer = new MemoryTrimmer(releaseMemory);
  #timers: ReturnType<typeof setInterval>[] = [];
  #early: ReturnType<typeof setTimeout>[] | undefined;

  /** @param read How many events have been read so far. */
  constructor(read: () => number) {
    this.#read = read;
  }

  /** Starts the timers, those of an earlier call anew. */
  start({ pollMs, poll, rest, statisticsMs, logStatistics, keep }: UpkeepSettings): void {
    this.#stopTimers();
    this.#early ??= EARLY_RELEASES_MS.map((ms) => setTimeout(releaseMemory, ms));
    let readBefore = -1;
    const beat = (): void => {
      keep?.();
      const read = this.#read();
      if (read === readBefore) rest();
      readBefore = read;
      this.#trimmer.look(read, performance.now());
    };
    // The first one when the start is over, and what it left behind can go.
    this.#timers.push(setTimeout(beat, HEARTBEAT_MS) as unknown as ReturnType<typeof setInterval>);
    this.#timers.push(setInterval(beat, keep === undefined ? SLOW_HEARTBEAT_MS : HEARTBEAT_MS));
    if (pollMs !== undefined) this.#timers.push(setInterval(poll, pollMs));
    if (statisticsMs > 0) this.#timers.push(setInterval(logStatistics, statisticsMs));
  }

  /** Idempotent. */
  stop(): void {
    this.#stopTimers();
    for (const timer of this.#early?.splice(0) ?? []) clearTimeout(timer);
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }
}
