/** @module One process, or rather one program that it ran: Tetragon gives each `execve` an id of its own. */
import type { Container, ContainerIdentity } from "../../../pipeline/enrich/container.ts";
import { joinTime, PROCFS_TICK } from "../event/clock.ts";
import type { ProcessImage } from "./image.ts";

/** Ancestors beyond the parent that events have and the table holds: a process that executes on and on adds one each time. */
export const MAX_ANCESTORS = 64;

/** Where a process stands and since when. Times are the halves of nanoseconds since boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began: with `pid`, its name in the kernel. */
  readonly startHigh: number;
  readonly startLow: number;
  /** When this image began. */
  readonly timeHigh: number;
  readonly timeLow: number;
  readonly parentExecId: Uint8Array;
  /** A sum of {@link FLAG}. */
  readonly flags: number;
  readonly image: ProcessImage;
  /** Where it is in a container whose pod somebody knows, or will. */
  readonly container?: Container | undefined;
  /** Its number in its own PID namespace. @default not known */
  readonly namespacePid?: number;
}

/** What of a process is the same in all events, as strings. */
export interface ProcessTexts {
  execId: string | undefined;
  parentExecId: string | undefined;
  startTime: string | undefined;
}

/** A process in the table. */
export class Process {
  readonly pid: number;
  #startHigh: number;
  #startLow: number;
  readonly timeHigh: number;
  readonly timeLow: number;
  readonly parentExecId: Uint8Array;
  readonly flags: number;
  readonly image: ProcessImage;
  readonly container: Container | undefined;
  readonly namespacePid: number;
  /** Whether it may be a probe of the kubelet, as far as {@link identity} says. */
  isProbe = false;
  /** The process that began this one, or the image that it had before; `undefined` when that is not known. */
  parent: Process | undefined;
  /** Itself while it runs, and each process that has it as its parent. */
  references = 1;
  /** Whether the kernel may still have it run. */
  isLive = true;
  /** `exec_id`, once it was asked for. */
  execId: Uint8Array | undefined = undefined;
  /** `start_time`, once it was asked for: it stays the same when the wall clock is set. */
  startTime: Uint8Array | undefined = undefined;
  /** Its JSON up to `refcnt`, once it was written as a parent. */
  head: Uint8Array | undefined = undefined;
  /** What its protobuf message has in all events, once that was asked for. */
  message: Uint8Array | undefined = undefined;
  #texts: ProcessTexts | undefined = undefined;
  /** What {@link head} and {@link message} were made with. */
  #identity: ContainerIdentity | undefined = undefined;

  constructor(identity: ProcessIdentity, parent: Process | undefined) {
    this.pid = identity.pid;
    this.#startHigh = identity.startHigh;
    this.#startLow = identity.startLow;
    this.timeHigh = identity.timeHigh;
    this.timeLow = identity.timeLow;
    this.parentExecId = identity.parentExecId;
    this.flags = identity.flags;
    this.image = identity.image;
    this.container = identity.container;
    this.namespacePid = identity.namespacePid ?? 0;
    this.parent = parent;
  }

  /** What is known of its container now. What was made of it while something else was known is let go. */
  get identity(): ContainerIdentity | undefined {
    if (this.container === undefined) return undefined;
    const { identity } = this.container;
    if (identity !== this.#identity) {
      this.#identity = identity;
      this.isProbe = identity?.maybeExecProbe(this.image) === true;
      this.head = undefined;
      this.message = undefined;
    }
    return identity;
  }

  /** What objects have of it, to be filled in by who needs it. */
  get texts(): ProcessTexts {
    this.#texts ??= { execId: undefined, parentExecId: undefined, startTime: undefined };
    return this.#texts;
  }

  /** Whether this entry is the process of this pid that began then. procfs knows a start to 10 ms only. */
  beganAt(high: number, low: number): boolean {
    if (low === this.#startLow && high === this.#startHigh) return true;
    const own = joinTime(this.#startHigh, this.#startLow);
    if (own / PROCFS_TICK !== joinTime(high, low) / PROCFS_TICK) return false;
    // Of the two the kernel's is the one that is asked for again.
    this.#startHigh = high;
    this.#startLow = low;
    return true;
  }

  /** Whether it began before a process that began then. */
  beganBefore(high: number, low: number): boolean {
    return this.#startHigh < high || (this.#startHigh === high && this.#startLow < low);
  }
}
