/** @module What this process holds open: descriptors (files, sockets, maps, programs, rings) and timers. */
import { readdirSync, readlinkSync } from "node:fs";

/** What Bun opens for itself at some moment and keeps. */
const OF_RUNTIME = /^anon_inode:(\[(eventpoll|eventfd|timerfd|signalfd)\]|inotify)$/;

function descriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${number}`);
      return OF_RUNTIME.test(target) || target.startsWith("/proc/") ? [] : [`${number} ${target}`];
    } catch {
      // The one that the directory was read through is closed by now.
      return [];
    }
  });
}

/** Counts the timers that are set while it watches. */
export class TimerWatch implements Disposable {
  readonly #original = { setTimeout, setInterval, clearTimeout, clearInterval };
  readonly #active = new Set<unknown>();

  constructor() {
    const { setTimeout: set, setInterval: repeat } = this.#original;
    const active = this.#active;
    const once = (run: () => void, ms?: number): unknown => {
      const timer: unknown = set(() => {
        active.delete(timer);
        run();
      }, ms);
      active.add(timer);
      return timer;
    };
    const again = (run: () => void, ms?: number): unknown => {
      const timer = repeat(run, ms);
      active.add(timer);
      return timer;
    };
    const clear = (timer: unknown): void => {
      active.delete(timer);
      this.#original.clearTimeout(timer as Timer);
    };
    Object.assign(globalThis, {
      setTimeout: once,
      setInterval: again,
      clearTimeout: clear,
      clearInterval: clear,
    });
  }

  get count(): number {
    return this.#active.size;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#original);
  }
}

/** Descriptors and timers that are there now and were not when it was made. */
export class OpenResources implements Disposable {
  readonly #before = new Set(descriptors());
  readonly #timers = new TimerWatch();

  /** One line each. */
  left(): string[] {
    const opened = descriptors().filter((descriptor) => !this.#before.has(descriptor));
    return this.#timers.count === 0 ? opened : [...opened, `${this.#timers.count} timers`];
  }

  [Symbol.dispose](): void {
    this.#timers[Symbol.dispose]();
  }
}
