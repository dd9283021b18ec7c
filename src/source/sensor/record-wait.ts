/** @module How the sensor waits for records: asleep until the first one, then in steps, so that many are read at once. */
import { ReadableWatch } from "../../os/readable-watch.ts";
import type { Wake } from "../wake.ts";

/** Milliseconds between two looks at the ring while records come. Timers are late by one or two. */
const PAUSE = 16;
/** Milliseconds of sleep after which the ring is looked at all the same: a wake-up may be lost. */
const LONGEST_SLEEP = 5000;

/** Waits between two looks at a ring. */
export class RecordWait implements Disposable {
  readonly #wake: Wake;
  readonly #now: () => number;
  readonly #watch: ReadableWatch | undefined;
  /** Whether the kernel ended the last wait. */
  #isWoken = false;
  /** Whether records came in a sleep that nobody ended. */
  #isLost = false;
  /** Milliseconds of the last sleep; 0 after a pause. */
  #slept = 0;

  /**
   * @param fd Of the ring.
   * @param wake Ends any wait.
   * @param warn Takes a sentence when there can be no sleep. Then the ring is looked at all the time.
   * @param now Milliseconds of a clock that does not jump.
   */
  constructor(
    fd: number,
    wake: Wake,
    warn: (message: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#wake = wake;
    this.#now = now;
    try {
      this.#watch = new ReadableWatch(fd, () => this.#onReadable());
    } catch (error) {
      warn(`Sensor looks for events ${Math.round(1000 / PAUSE)} times a second: ${String(error)}`);
    }
  }

  /**
   * @param hasFound Whether the last look found records.
   * @param longest Milliseconds to sleep at most.
   */
  async wait(hasFound: boolean, longest: number = LONGEST_SLEEP): Promise<void> {
    if (hasFound && this.#slept > 0 && !this.#isWoken) this.#isLost = true;
    // A record that comes after others is read with those that follow. What woke for nothing might do so on and on.
    const isQuiet = hasFound ? this.#slept >= PAUSE : !this.#isWoken;
    this.#isWoken = false;
    this.#slept = 0;
    if (this.#watch === undefined || this.#isLost || !isQuiet) {
      await this.#wake.wait(PAUSE);
      return;
    }
    this.#watch.arm();
    const began = this.#now();
    await this.#wake.wait(Math.min(longest, LONGEST_SLEEP));
    this.#slept = this.#now() - began;
  }

  #onReadable(): void {
    this.#isWoken = true;
    this.#isLost = false;
    this.#wake.signal();
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }
}
