import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CLOCK, clockNanoseconds } from "../../../src/os/system-call.ts";
import { BootClock, joinTime } from "../../../src/source/sensor/clock.ts";
import { ExecIds } from "../../../src/source/sensor/exec-id.ts";
import { JsonWriter } from "../../../src/source/sensor/json-writer.ts";

const SECOND = 1_000_000_000n;
const high = (time: bigint): number => Number(time >> 32n);
const low = (time: bigint): number => Number(time & 0xffffffffn);

type Write = (out: JsonWriter, high: number, low: number) => void;

function written(write: Write, time: bigint): string {
  const out = new JsonWriter(8);
  write(out, high(time), low(time));
  return new TextDecoder().decode(out.bytes.subarray(0, out.end));
}

/** Times since boot, near seconds and far from them, of machines that run for moments and for centuries. */
const times = fc
  .tuple(fc.bigInt({ min: 0n, max: 9_000_000_000n }), fc.bigInt({ min: -2n, max: SECOND }))
  .map(([seconds, nanoseconds]) => {
    const time = seconds * SECOND + nanoseconds;
    return time < 0n ? 0n : time;
  });

test("joinTime() puts halves together", () => {
  fc.assert(fc.property(times, (time) => expect(joinTime(high(time), low(time))).toBe(time)));
});

describe("BootClock", () => {
  test("writes nanoseconds since boot, whatever it wrote before", () => {
    const clock = new BootClock();
    const write: Write = (out, ...time) => clock.writeNanoseconds(out, ...time);
    fc.assert(fc.property(times, (time) => expect(written(write, time)).toBe(String(time))));
    for (const time of [0n, 1n, SECOND - 1n, SECOND, SECOND + 1n, 7n]) {
      expect(written(write, time)).toBe(String(time));
    }
  });

  test("writes wall-clock times that are as far apart as the times since boot", () => {
    const clock = new BootClock();
    const write: Write = (out, ...time) => clock.writeWallTime(out, ...time);
    const wall = (time: bigint): bigint => {
      const text = written(write, time);
      const [, seconds = "", fraction = ""] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(text) ?? [];
      return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
    };
    const boot = wall(0n);
    fc.assert(fc.property(times, (time) => expect(wall(time) - boot).toBe(time)));
    const expected = clockNanoseconds(CLOCK.REALTIME) - clockNanoseconds(CLOCK.BOOTTIME);
    expect(Math.abs(Number(boot - expected))).toBeLessThan(1e9);
  });

  test("writes as many digits as are needed", () => {
    const clock = new BootClock();
    const write: Write = (out, ...time) => clock.writeWallTime(out, ...time);
    const zero = /\.(\d{9})Z$/.exec(written(write, 5n)) ?? [];
    const base = 2n * SECOND + 5n - BigInt(zero[1] ?? 5);
    for (const [added, digits] of [
      [0n, ""],
      [1n, ".000000001"],
      [1000n, ".000001"],
      [1_000_000n, ".001"],
      [SECOND - 1n, ".999999999"],
      [SECOND, ""],
    ] as const) {
      expect(written(write, base + added)).toMatch(new RegExp(`:\\d\\d${digits.replace(".", "\\.")}Z$`));
    }
  });
});

test("ExecIds encodes node, time and pid in base64, for nodes of any name", () => {
  const clock = new BootClock();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), times, fc.nat(4_194_304), (node, time, pid) => {
      const id = new ExecIds(node, clock).encode(high(time), low(time), pid);
      expect(Buffer.from(id).toString()).toBe(Buffer.from(`${node}:${time}:${pid}`).toString("base64"));
    }),
  );
});
