/**
 * @module Times: the kernel's, nanoseconds since boot, as wall-clock time in RFC 3339.
 *
 * A time is two numbers, the halves of the kernel's 64 bits: one double would be exact for 104 days only.
 */
import { CLOCK, clockNanoseconds } from "../../os/system-call.ts";
import { type JsonWriter, json } from "./json-writer.ts";

const SECOND = 1_000_000_000n;
const NANOSECONDS = 1_000_000_000;
const HALF = 2 ** 32;

/** Readings of both clocks, of which the one with the least time between counts: a pause may come in any. */
const READINGS = 4;

const ZULU = "Z".charCodeAt(0);
const POINT = ".".charCodeAt(0);

/** The time of two halves, as one number. */
export function joinTime(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** A second since boot, and how it is written. */
class BootSecond {
  readonly #high: number;
  readonly #low: number;
  /** The number of the second, its digits; empty for the first one. */
  readonly digits: Uint8Array;
  /** The second of the wall clock in which it begins, and the next. */
  readonly #wallTexts: readonly [Uint8Array, Uint8Array];
  /** Nanoseconds of the wall clock when it begins. */
  readonly #wallFraction: number;

  /**
   * @param boot Wall-clock time of the boot, nanoseconds since 1970.
   * @param time A time within the second, nanoseconds since boot.
   */
  constructor(boot: bigint, time: bigint) {
    const second = time / SECOND;
    const start = second * SECOND;
    this.#high = Number(start >> 32n);
    this.#low = Number(start & 0xffffffffn);
    this.digits = json(second === 0n ? "" : String(second));
    const wall = boot + start;
    const wallSecond = wall / SECOND;
    this.#wallTexts = [wallText(wallSecond), wallText(wallSecond + 1n)];
    this.#wallFraction = Number(wall % SECOND);
  }

  /** Nanoseconds from the beginning of the second; of a time outside of it, a number outside of its nanoseconds. */
  elapsed(high: number, low: number): number {
    // Exact where it matters: a difference that is too large for that is too large for a second, too.
    return (high - this.#high) * HALF + (low - this.#low);
  }

  /** Writes the wall-clock time, without the zone. */
  writeWallTime(out: JsonWriter, elapsed: number): void {
    const sum = this.#wallFraction + elapsed;
    const isNext = sum >= NANOSECONDS;
    out.raw(isNext ? this.#wallTexts[1] : this.#wallTexts[0]);
    writeFraction(out, isNext ? sum - NANOSECONDS : sum);
  }
}

function wallText(second: bigint): Uint8Array {
  return json(new Date(Number(second) * 1000).toISOString().slice(0, -".000Z".length));
}

/** Point and digits, 0, 3, 6 or 9 as protobuf has it. */
function writeFraction(out: JsonWriter, nanoseconds: number): void {
  if (nanoseconds === 0) return;
  const microseconds = (nanoseconds / 1000) | 0;
  const milliseconds = (nanoseconds / 1_000_000) | 0;
  out.byte(POINT);
  out.triplet(milliseconds);
  if (milliseconds * 1_000_000 === nanoseconds) return;
  out.triplet(microseconds - milliseconds * 1000);
  if (microseconds * 1000 !== nanoseconds) out.triplet(nanoseconds - microseconds * 1000);
}

/** Writes times of `CLOCK_BOOTTIME`. */
export class BootClock {
  /** Wall-clock time of the boot. */
  #boot = 0n;
  /** The seconds of the last times: an event tells when something happened, and when its process began. */
  #last!: BootSecond;
  #other!: BootSecond;

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
    this.#last = new BootSecond(this.#boot, clockNanoseconds(CLOCK.BOOTTIME));
    this.#other = this.#last;
  }

  /** Writes a time as `2026-01-31T12:34:56.123456789Z`, with as many digits as it needs: 0, 3, 6 or 9. */
  writeWallTime(out: JsonWriter, high: number, low: number): void {
    const elapsed = this.#locate(high, low);
    this.#last.writeWallTime(out, elapsed);
    out.byte(ZULU);
  }

  /** Writes a time as nanoseconds since boot. */
  writeNanoseconds(out: JsonWriter, high: number, low: number): void {
    const elapsed = this.#locate(high, low);
    const { digits } = this.#last;
    if (digits.length === 0) {
      out.number(elapsed);
      return;
    }
    const microseconds = (elapsed / 1000) | 0;
    const milliseconds = (elapsed / 1_000_000) | 0;
    out.raw(digits);
    out.triplet(milliseconds);
    out.triplet(microseconds - milliseconds * 1000);
    out.triplet(elapsed - microseconds * 1000);
  }

  /** Makes the last second that of a time. @returns Nanoseconds since it began. */
  #locate(high: number, low: number): number {
    const elapsed = this.#last.elapsed(high, low);
    if (elapsed >= 0 && elapsed < NANOSECONDS) return elapsed | 0;
    const second = this.#other;
    this.#other = this.#last;
    this.#last = second;
    const elapsedOther = second.elapsed(high, low);
    if (elapsedOther >= 0 && elapsedOther < NANOSECONDS) return elapsedOther | 0;
    this.#last = new BootSecond(this.#boot, joinTime(high, low));
    return this.#last.elapsed(high, low) | 0;
  }
}
