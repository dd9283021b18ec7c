/**
 * @module `--cgroup-rate`: how many events one cgroup may cause. Events name a container's cgroup by its id.
 *
 * As in Tetragon: the rate is a sliding window of two intervals; a cgroup that exceeds it is throttled, which
 * drops its process_exec and process_exit events, and let go after it has been below the limit, or silent, for five seconds.
 */

/** What is limited: the events that a tenant makes in any number. Those that policies ask for are not, as in Tetragon. */
export function isLimited(type: string): boolean {
  return type === "process_exec" || type === "process_exit";
}

/** A cgroup began or ceased to be throttled. */
export interface ThrottleChange {
  readonly type: "THROTTLE_START" | "THROTTLE_STOP";
  /** Name of the cgroup: the container id as far as Tetragon knows it. */
  readonly cgroup: string;
}

/** Values of `--cgroup-rate`, both above 0. */
export interface CgroupLimiterSettings {
  readonly events: number;
  /** Milliseconds. */
  readonly interval: number;
}

/** How long a throttled cgroup has to behave. */
const CALM_MS = 5000;
/** After how long a cgroup without events is forgotten. */
const FORGET_MS = 60_000;
/** Cgroups that are followed; more are not limited. */
const MAX_CGROUPS = 32_768;

interface CgroupState {
  readonly name: string;
  /** Start of the current interval. */
  intervalStart: number;
  /** Events in the current interval and in the one before. */
  current: number;
  previous: number;
  lastEvent: number;
  isThrottled: boolean;
  /** When the rate last exceeded the limit. */
  lastExcess: number;
}

/** Follows the event rate of each cgroup. */
export class CgroupLimiter {
  readonly #settings: CgroupLimiterSettings;
  readonly #cgroups = new Map<string, CgroupState>();
  readonly #changes: ThrottleChange[] = [];

  constructor(settings: CgroupLimiterSettings) {
    this.#settings = settings;
  }

  /**
   * Counts an event.
   * @param name Tells cgroups apart, and is reported. @param now Milliseconds.
   * @returns Whether the event may go on.
   */
  allow(name: string, now: number): boolean {
    let state = this.#cgroups.get(name);
    if (state === undefined) {
      if (this.#cgroups.size === MAX_CGROUPS) return true;
      state = {
        name,
        intervalStart: now,
        current: 0,
        previous: 0,
        lastEvent: now,
        isThrottled: false,
        lastExcess: 0,
      };
      this.#cgroups.set(name, state);
    }
    this.#advance(state, now);
    state.current++;
    state.lastEvent = now;
    if (this.#rate(state, now) > this.#settings.events) {
      state.lastExcess = now;
      if (!state.isThrottled) this.#changes.push({ type: "THROTTLE_START", cgroup: state.name });
      state.isThrottled = true;
    }
    return !state.isThrottled;
  }

  /** Lets calm cgroups go and forgets silent ones. Call it about once a second. */
  poll(now: number): void {
    for (const [name, state] of this.#cgroups) {
      if (state.isThrottled && this.#isCalm(state, now)) {
        state.isThrottled = false;
        this.#changes.push({ type: "THROTTLE_STOP", cgroup: state.name });
      }
      if (!state.isThrottled && now - state.lastEvent >= FORGET_MS) this.#cgroups.delete(name);
    }
  }

  /** The changes since the last call: what `process_throttle` events are made of. */
  takeChanges(): ThrottleChange[] {
    return this.#changes.splice(0);
  }

  #isCalm(state: CgroupState, now: number): boolean {
    if (now - state.lastEvent > CALM_MS) return true;
    this.#advance(state, now);
    return this.#rate(state, now) < this.#settings.events && now - state.lastExcess > CALM_MS;
  }

  #advance(state: CgroupState, now: number): void {
    const passed = Math.floor((now - state.intervalStart) / this.#settings.interval);
    if (passed <= 0) return;
    state.previous = passed === 1 ? state.current : 0;
    state.current = 0;
    state.intervalStart += passed * this.#settings.interval;
  }

  /** Events in the interval that ends now; those of the interval before count for the part that is left of it. */
  #rate(state: CgroupState, now: number): number {
    const { interval } = this.#settings;
    const left = Math.max(0, interval - (now - state.intervalStart));
    return (state.previous * left) / interval + state.current;
  }
}
