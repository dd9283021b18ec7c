/**
 * @module Times: the kernel's, nanoseconds since boot, as wall-clock time in RFC 3339.
 *
 * A time is two numbers, the halves of the kernel's 64 bits: one double would be exact for 104 days only.
 */
import { bootNanoseconds } from "../../../os/boot-time.ts";
import { CLOCK, clockNanoseconds } from "../../../os/system-call.ts";
import { type JsonWriter, json } from "./json-writer.ts";

/** Resolution of start times in procfs: `1 / USER_HZ` seconds, which is 10 ms on every Linux. */
export const PROCFS_TICK = 10_000_000n;

const SECOND = 1_000_000_000n;
const NANOSECONDS = 1_000_000_000;
const HALF = 2 ** 32;

/** Readings of both clocks, of which the one with the least time between counts: a pause may come in any. */
const READINGS = 4;
/**
 * Nanoseconds by which two readings of the boot may differ while the clocks stand still to each other. Both are
 * adjusted at the same rate (`kernel/time/timekeeping.c`), so what is more is a step of the wall clock.
 */
const UNSTEADINESS = 100_000n;

const ZULU = "Z".charCodeAt(0);
const POINT = ".".charCodeAt(0);

/** The time of two halves, as one number. */
export function joinTime(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The upper half of a time, an unsigned number of 32 bits. */
export function highHalf(time: bigint): number {
  return Number(time >> 32n);
}

/** The lower half. */
export function lowHalf(time: bigint): number {
  return Number(time & 0xffffffffn);
}

/** A time of the wall clock: seconds since 1970, and nanoseconds of the second. */
export interface WallTime {
  seconds: number;
  nanoseconds: number;
}

/** A second since boot, and how it is written. */
class BootSecond {
  readonly #high: number;
  readonly #low: number;
  /** The number of the second, its digits; empty for the first one. */
  readonly digits: Uint8Array;
  /** The second of the wall clock in which it begins, and the next. */
  readonly #wallTexts: readonly [Uint8Array, Uint8Array];
  /** The first of them as a number, since 1970. */
  readonly #wallSecond: number;
  /** Nanoseconds of the wall clock when it begins. */
  readonly #wallFraction: number;

  /**
   * @param boot Wall-clock time of the boot, nanoseconds since 1970.
   * @param time A time within the second, nanoseconds since boot.
   */
  constructor(boot: bigint, time: bigint) {
    const second = time / SECOND;
    const start = second * SECOND;
    this.#high = highHalf(start);
    this.#low = lowHalf(start);
    this.digits = json(second === 0n ? "" : String(second));
    const wall = boot + start;
    // Before 1970, which a host without a battery for its clock may take it for, a remainder is negative.
    const fraction = ((wall % SECOND) + SECOND) % SECOND;
    const wallSecond = (wall - fraction) / SECOND;
    this.#wallTexts = [wallText(wallSecond), wallText(wallSecond + 1n)];
    this.#wallSecond = Number(wallSecond);
    this.#wallFraction = Number(fraction);
  }

  /** Nanoseconds from the beginning of the second; of a time outside of it, a number outside of its nanoseconds. */
  elapsed(high: number, low: number): number {
    // Exact where it matters: a difference that is too large for that is too large for a second, too.
    return (high - this.#high) * HALF + (low - this.#low);
  }

  /** Sets `time` to the wall-clock time. */
  readWall(time: WallTime, elapsed: number): void {
    const sum = this.#wallFraction + elapsed;
    const isNext = sum >= NANOSECONDS;
    time.seconds = isNext ? this.#wallSecond + 1 : this.#wallSecond;
    time.nanoseconds = isNext ? sum - NANOSECONDS : sum;
  }

  /** Writes the wall-clock time, without its zone. */
  writeLocal(out: JsonWriter, elapsed: number): void {
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
  out.byte(POINT);
  writeDigits(out, nanoseconds, false);
}

/** The nine digits of a number of nanoseconds below a second; unless `isWhole`, triplets of zeros at the end go. */
function writeDigits(out: JsonWriter, nanoseconds: number, isWhole: boolean): void {
  const microseconds = (nanoseconds / 1000) | 0;
  const milliseconds = (nanoseconds / 1_000_000) | 0;
  out.triplet(milliseconds);
  if (!isWhole && milliseconds * 1_000_000 === nanoseconds) return;
  out.triplet(microseconds - milliseconds * 1000);
  if (isWhole || microseconds * 1000 !== nanoseconds) out.triplet(nanoseconds - microseconds * 1000);
}

/** Two clocks, nanoseconds: the wall's since 1970, the kernel's since boot. */
export interface Clocks {
  readonly wall: () => bigint;
  readonly boot: () => bigint;
}

const SYSTEM_CLOCKS: Clocks = {
  wall: () => clockNanoseconds(CLOCK.REALTIME),
  boot: bootNanoseconds,
};

/** Writes times of `CLOCK_BOOTTIME`. */
export class BootClock {
  readonly #clocks: Clocks;
  /** Wall-clock time of the boot. */
  #boot: bigint;
  /** The seconds of the last times: an event says when something happened, and when its process began. */
  #last!: BootSecond;
  #secondLast!: BootSecond;
  readonly #wallTime: WallTime = { seconds: 0, nanoseconds: 0 };

  constructor(clocks: Clocks = SYSTEM_CLOCKS) {
    this.#clocks = clocks;
    this.#boot = this.#readBoot();
    this.#forget();
  }

  /** Follows steps of the wall clock. Call it now and then. */
  synchronize(): void {
    const boot = this.#readBoot();
    const difference = boot - this.#boot;
    if (difference >= -UNSTEADINESS && difference <= UNSTEADINESS) return;
    this.#boot = boot;
    this.#forget();
  }

  #readBoot(): bigint {
    let boot = 0n;
    let narrowest: bigint | undefined;
    for (let i = 0; i < READINGS; i++) {
      const before = this.#clocks.boot();
      const wall = this.#clocks.wall();
      const width = this.#clocks.boot() - before;
      if (narrowest !== undefined && width >= narrowest) continue;
      narrowest = width;
      boot = wall - before - width / 2n;
    }
    return boot;
  }

  #forget(): void {
    this.#last = new BootSecond(this.#boot, 0n);
    this.#secondLast = this.#last;
  }

  /** Writes a time as `2026-01-31T12:34:56.123456789Z`, with as many digits as it needs: 0, 3, 6 or 9. */
  writeWallTime(out: JsonWriter, high: number, low: number): void {
    const elapsed = this.#locate(high, low);
    this.#last.writeLocal(out, elapsed);
    out.byte(ZULU);
  }

  /** A time as numbers, in an object that the next call changes. */
  wallTime(high: number, low: number): Readonly<WallTime> {
    const elapsed = this.#locate(high, low);
    this.#last.readWall(this.#wallTime, elapsed);
    return this.#wallTime;
  }

  /** Writes a time as nanoseconds since boot. */
  writeNanoseconds(out: JsonWriter, high: number, low: number): void {
    const elapsed = this.#locate(high, low);
    const { digits } = this.#last;
    if (digits.length === 0) {
      out.number(elapsed);
      return;
    }
    out.raw(digits);
    writeDigits(out, elapsed, true);
  }

  /** Makes the last second that of a time. @returns Nanoseconds since it began. */
  #locate(high: number, low: number): number {
    const elapsed = this.#last.elapsed(high, low);
    if (elapsed >= 0 && elapsed < NANOSECONDS) return elapsed | 0;
    const second = this.#secondLast;
    this.#secondLast = this.#last;
    this.#last = second;
    const elapsedInSecond = second.elapsed(high, low);
    if (elapsedInSecond >= 0 && elapsedInSecond < NANOSECONDS) return elapsedInSecond | 0;
    this.#last = new BootSecond(this.#boot, joinTime(high, low));
    return this.#last.elapsed(high, low) | 0;
  }
}
