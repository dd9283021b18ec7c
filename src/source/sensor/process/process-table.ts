/**
 * @module The processes that the sensor remembers: those that run, and those that have ended but are the
 * parent of one that is remembered.
 */
import { ImageMemory } from "./image-memory.ts";
import { MAX_ANCESTORS, type Process } from "./process.ts";

/** Running processes among which one is chosen that is to be forgotten. */
const EVICTION_CHOICE = 64;

/** A bounded table with reference counts. */
export class ProcessTable {
  /** Processes to remember at most. */
  readonly capacity: number;
  readonly #keepAncestors: boolean;
  readonly #images: ImageMemory;
  /** Running processes by pid, in the order in which they began. */
  readonly #live = new Map<number, Process>();
  /** Ended ones that something refers to, but for those that were evicted, in the order in which they ended. */
  readonly #ended = new Set<Process>();
  /** Processes that were forgotten because the table was full. */
  evictions = 0;

  /**
   * @param capacity Processes to remember at most.
   * @param keepAncestors Whether an ended process still holds its parent, so that there are ancestors beyond the parent.
   * @param images Counts what images take.
   */
  constructor(capacity: number, keepAncestors: boolean, images: ImageMemory = new ImageMemory()) {
    this.capacity = capacity;
    this.#keepAncestors = keepAncestors;
    this.#images = images;
  }

  /** Programs whose arguments were shortened for want of memory. */
  get shortened(): number {
    return this.#images.shortened;
  }

  /** Whether a process runs, as far as is known. */
  get hasRunning(): boolean {
    return this.#live.size > 0;
  }

  /** Processes that are remembered. */
  get size(): number {
    return this.#live.size + this.#ended.size;
  }

  /** The running process that `pid` and its start, the halves of nanoseconds since boot, name. */
  find(pid: number, startHigh: number, startLow: number): Process | undefined {
    const process = this.#live.get(pid);
    if (process === undefined) return undefined;
    if (process.beganAt(startHigh, startLow)) return process;
    // Used again by a later process: then the end of this one went by unseen.
    if (process.beganBefore(startHigh, startLow)) this.end(process);
    return undefined;
  }

  /** The running process with that pid. */
  findByPid(pid: number): Process | undefined {
    return this.#live.get(pid);
  }

  /** Adds a running process, which refers to its parent. It takes the place of an earlier image of the process. */
  add(process: Process): void {
    const { pid } = process;
    if (process.parent !== undefined) process.parent.references++;
    const earlier = this.#live.get(pid);
    this.#live.set(pid, process);
    if (earlier !== undefined) this.#leave(earlier);
    if (this.#keepAncestors) this.#cutAncestors(process);
    while (this.size > this.capacity) this.#evict();
    this.#images.add(process.image);
  }

  /** Marks a process as ended and forgets what nothing refers to any more. */
  end(process: Process): void {
    if (!process.isLive) return;
    this.#live.delete(process.pid);
    this.#leave(process);
  }

  /** A process that is none of the running ones any more. */
  #leave(process: Process): void {
    process.isLive = false;
    // Most have no children: those never get into the set of ended ones.
    if (process.references > 1) this.#ended.add(process);
    this.#unreference(process);
    if (!this.#keepAncestors) this.#releaseParent(process);
  }

  /** Marks all processes as ended. */
  endAll(): void {
    for (const process of [...this.#live.values()]) this.end(process);
  }

  /** Keeps a process from being forgotten until {@link release}, even when it ends. */
  retain(process: Process): void {
    process.references++;
  }

  /** Takes back a {@link retain}. */
  release(process: Process): void {
    this.#unreference(process);
  }

  /** Takes one reference away; where it was the last, the process goes, and its reference to its parent. */
  #unreference(process: Process | undefined): void {
    while (process !== undefined && --process.references <= 0) {
      this.#ended.delete(process);
      this.#images.remove(process.image);
      const { parent } = process;
      process.parent = undefined;
      process = parent;
    }
  }

  #releaseParent(process: Process): void {
    const { parent } = process;
    process.parent = undefined;
    this.#unreference(parent);
  }

  /**
   * Lets go of what is further away than events report. A running process keeps its parent: its own events need it, and
   * what that one holds was cut before.
   */
  #cutAncestors(process: Process): void {
    let last = process.parent;
    for (let i = 0; i < MAX_ANCESTORS && last !== undefined; i++) last = last.parent;
    if (last !== undefined && !last.isLive) this.#releaseParent(last);
  }

  /** Forgets the process that ended first, or, when all run, one of those that began first. */
  #evict(): void {
    this.evictions++;
    const [firstEnded] = this.#ended;
    const oldest = firstEnded ?? this.#oldestLive();
    if (oldest === undefined) return;
    // The pid of one that has ended may be that of one that runs.
    if (oldest.isLive) {
      this.#live.delete(oldest.pid);
      oldest.isLive = false;
      // Its children still report it as their parent, and count as its references.
      if (--oldest.references <= 0) this.#images.remove(oldest.image);
    }
    this.#ended.delete(oldest);
    this.#releaseParent(oldest);
  }

  /** The running process that began first; rather one without children, where one of the first has none. */
  #oldestLive(): Process | undefined {
    let first: Process | undefined;
    let count = 0;
    for (const process of this.#live.values()) {
      first ??= process;
      if (process.references === 1) return process;
      if (++count === EVICTION_CHOICE) break;
    }
    return first;
  }
}
