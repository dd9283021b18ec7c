/** @module Times: the kernel's, nanoseconds since boot, as wall-clock time in RFC 3339. */
import { CLOCK, clockNanoseconds } from "../../os/system-call.ts";
import { flat } from "./flat.ts";

const SECOND = 1_000_000_000n;
const NANOSECONDS = 1_000_000_000;

/** Readings of both clocks, of which the one with the least time between counts: a pause may come in any. */
const READINGS = 4;

/** Formats times of `CLOCK_BOOTTIME`. */
export class BootClock {
  /** Wall-clock time of the boot. */
  #boot = 0n;
  /** The second of the last time, which most often is that of the next: no division then. */
  #cachedStart = -SECOND;
  #cachedText = "";

  constructor() {
    this.synchronize();
  }

  /** Follows changes of the wall clock. Call it now and then. */
  synchronize(): void {
    let narrowest: bigint | undefined;
    for (let i = 0; i < READINGS; i++) {
      const before = clockNanoseconds(CLOCK.BOOTTIME);
      const wall = clockNanoseconds(CLOCK.REALTIME);
      const width = clockNanoseconds(CLOCK.BOOTTIME) - before;
      if (narrowest !== undefined && width >= narrowest) continue;
      narrowest = width;
      this.#boot = wall - before - width / 2n;
    }
  }

  /** `nanoseconds` since boot as `2026-01-31T12:34:56.123456789Z`, with 0, 3, 6 or 9 digits as protobuf has it. */
  format(nanoseconds: bigint): string {
    return flat(this.#format(nanoseconds));
  }

  #format(nanoseconds: bigint): string {
    const time = this.#boot + nanoseconds;
    let fraction = Number(time - this.#cachedStart);
    if (fraction < 0 || fraction >= NANOSECONDS) {
      const second = time / SECOND;
      this.#cachedStart = second * SECOND;
      this.#cachedText = new Date(Number(second) * 1000).toISOString().slice(0, -".000Z".length);
      fraction = Number(time - this.#cachedStart);
    }
    if (fraction === 0) return `${this.#cachedText}Z`;
    const digits = String(NANOSECONDS + fraction).slice(1);
    if (fraction % 1_000_000 === 0) return `${this.#cachedText}.${digits.slice(0, 3)}Z`;
    if (fraction % 1_000 === 0) return `${this.#cachedText}.${digits.slice(0, 6)}Z`;
    return `${this.#cachedText}.${digits}Z`;
  }
}
