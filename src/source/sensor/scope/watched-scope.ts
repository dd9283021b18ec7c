/** @module The scope of a running sensor, which may end, and of which there may be another one later. */

import { errorCode } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import type { Scope } from "../probe/index.ts";
import { type ResolvedScope, resolveScope } from "./scope.ts";

/** What has become of a scope: it has ended and may come back, is there again, or has ended for good. */
export type ScopeChange = "none" | "gone" | "back" | "over";

/** Milliseconds between two looks at a scope that may end. */
const INTERVAL = 1000;
/** The same while a process runs in one that cannot return: its end, which is recorded, is the scope's. A cgroup may be another one soon. */
const HELD_INTERVAL = 10_000;

/** Faults that pass. */
const TRANSIENT = new Set(["EMFILE", "ENFILE", "ENOMEM", "EINTR", "EAGAIN"]);

/** Follows the scope of one name. */
export class WatchedScope implements Disposable {
  readonly name: string;
  readonly kernel: Scope;
  readonly #procfs: string;
  #current: ResolvedScope | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @throws TetradError as {@link resolveScope}. */
  constructor(name: string, procfs: string) {
    this.name = name;
    this.#procfs = procfs;
    this.#current = resolveScope(name, procfs);
    this.kernel = this.#current.kernel;
  }

  /** The id of the cgroup that is watched, 0 for none: no cgroup has that. */
  get cgroupId(): bigint {
    return this.#current?.cgroupId ?? 0n;
  }

  /** Whether a process that procfs shows is in the scope. */
  contains(pid: number): boolean {
    return this.#current?.contains(pid) === true;
  }

  /** Milliseconds between two looks. @param isHeld Whether a process runs in the scope. */
  interval(isHeld: boolean): number {
    return isHeld && this.#current?.mayReturn === false ? HELD_INTERVAL : INTERVAL;
  }

  /** Has {@link look} look the next time. */
  hasten(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Looks what has become of the scope since the last time, when that is {@link interval} ago.
   * @param now Milliseconds, of the same clock each time.
   * @param isHeld As for {@link interval}.
   */
  look(now: number, isHeld: boolean): ScopeChange {
    if (now < this.#lookedAt + this.interval(isHeld)) return "none";
    this.#lookedAt = now;
    if (this.#current === undefined) return this.#find();
    if (!this.#current.hasEnded()) return "none";
    // Kept: its number may not become another's while programs use it.
    if (!this.#current.mayReturn) return "over";
    this[Symbol.dispose]();
    return "gone";
  }

  #find(): ScopeChange {
    try {
      this.#current = resolveScope(this.name, this.#procfs);
      return "back";
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (error instanceof TetradError || TRANSIENT.has(code)) return "none";
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#current?.[Symbol.dispose]();
    this.#current = undefined;
  }
}
