import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CLOCK, clockNanoseconds } from "../../../../src/os/system-call.ts";
import { BootClock, highHalf, joinTime, lowHalf } from "../../../../src/source/sensor/event/clock.ts";
import { ExecIds } from "../../../../src/source/sensor/event/exec-id.ts";
import { JsonWriter } from "../../../../src/source/sensor/event/json-writer.ts";

const SECOND = 1_000_000_000n;

type Write = (out: JsonWriter, high: number, low: number) => void;

function written(write: Write, time: bigint): string {
  const out = new JsonWriter(8);
  write(out, highHalf(time), lowHalf(time));
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
  fc.assert(fc.property(times, (time) => expect(joinTime(highHalf(time), lowHalf(time))).toBe(time)));
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

describe("BootClock and the wall clock", () => {
  /** A clock whose boot was at a time of the wall clock. */
  function createClock(boot: bigint) {
    const clocks = { now: 5n * SECOND, boot };
    const clock = new BootClock({ wall: () => clocks.boot + clocks.now, boot: () => clocks.now });
    const write: Write = (out, ...time) => clock.writeWallTime(out, ...time);
    return { clock, clocks, wall: (time: bigint) => written(write, time) };
  }
  const BOOT = 1_700_000_000n * SECOND;

  test("carries into the next second", () => {
    const { wall } = createClock(BOOT + 600_000_000n);
    expect(wall(399_999_999n)).toBe("2023-11-14T22:13:20.999999999Z");
    expect(wall(400_000_000n)).toBe("2023-11-14T22:13:21Z");
    expect(wall(SECOND + 400_000_001n)).toBe("2023-11-14T22:13:22.000000001Z");
  });

  test("takes times before 1970 for what they are", () => {
    expect(createClock(-20n).wall(1n)).toBe("1969-12-31T23:59:59.999999981Z");
    expect(createClock(-20n).wall(20n)).toBe("1970-01-01T00:00:00Z");
    expect(createClock(-90_300_000_000n).wall(SECOND)).toBe("1969-12-31T23:58:30.700Z");
  });

  test("follows steps, and stays where it is while readings only tremble", () => {
    const { clock, clocks, wall } = createClock(BOOT);
    clocks.boot += 3000n;
    clock.synchronize();
    expect(wall(1n)).toBe("2023-11-14T22:13:20.000000001Z");
    clocks.boot = BOOT - 3600n * SECOND;
    clock.synchronize();
    expect(wall(1n)).toBe("2023-11-14T21:13:20.000000001Z");
  });
});

test("ExecIds encodes node, time and pid in base64, for nodes of any name", () => {
  const clock = new BootClock();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), times, fc.nat(4_194_304), (node, time, pid) => {
      const id = new ExecIds(node, clock).encode(highHalf(time), lowHalf(time), pid);
      expect(Buffer.from(id).toString()).toBe(Buffer.from(`${node}:${time}:${pid}`).toString("base64"));
    }),
  );
});
