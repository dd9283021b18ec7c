/** @module The `--export-rate-limit` stage and the `rate_limit_info` events that report what it dropped. */
import { TokenBucket } from "./token-bucket.ts";

/** How often drops are reported, as in Tetragon. */
export const REPORT_INTERVAL_MS = 60_000;

/** Limits events a minute and counts what it drops. */
export class RateLimiter {
  readonly #bucket: TokenBucket;
  #dropped = 0;
  #nextReport: number;

  /** @param eventsPerMinute Not negative. @param now Milliseconds. */
  constructor(eventsPerMinute: number, now: number) {
    this.#bucket = new TokenBucket(eventsPerMinute, now);
    this.#nextReport = now + REPORT_INTERVAL_MS;
  }

  /** Whether an event may leave; one that may not is counted. */
  allow(now: number): boolean {
    if (this.#bucket.take(now)) return true;
    this.#dropped++;
    return false;
  }

  /** What was dropped since the last report, once a minute if there was anything; else 0. */
  takeDue(now: number): number {
    if (now < this.#nextReport) {
      // A clock that was set back must not silence the reports.
      if (this.#nextReport - now > REPORT_INTERVAL_MS) this.#nextReport = now + REPORT_INTERVAL_MS;
      return 0;
    }
    const behind = Math.floor((now - this.#nextReport) / REPORT_INTERVAL_MS) + 1;
    this.#nextReport += behind * REPORT_INTERVAL_MS;
    return this.takeAll();
  }

  /** What was dropped since the last report. */
  takeAll(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
