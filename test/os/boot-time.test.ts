import { expect, test } from "bun:test";
import { bootNanoseconds, parseBootOffset } from "../../src/os/boot-time.ts";

const MODULE = new URL("../../src/os/boot-time.ts", import.meta.url).pathname;
const STAT = new URL("../../src/source/sensor/procfs/stat.ts", import.meta.url).pathname;
/** Nanoseconds that the machine may take for what follows. */
const MINUTE = 60_000_000_000n;

test("parseBootOffset() reads seconds and nanoseconds, of a clock that is ahead or behind", () => {
  expect(parseBootOffset("monotonic           0         0\nboottime       86400       500\n")).toBe(
    86_400_000_000_500n,
  );
  expect(parseBootOffset("monotonic  12 0\nboottime  -100 1\n")).toBe(-99_999_999_999n);
  expect(parseBootOffset("monotonic  12 0\n")).toBe(0n);
  expect(parseBootOffset("")).toBe(0n);
});

/** Why no time namespace can be made here: no right, a kernel without CONFIG_TIME_NS (below 5.6), an unshare(1) without it. */
function timeNamespaceObstacle(): string | undefined {
  const { exitCode, stderr } = Bun.spawnSync(["unshare", "--time", "--boottime", "1", "--fork", "true"]);
  return exitCode === 0 ? undefined : stderr.toString().trim();
}

const obstacle = timeNamespaceObstacle();
if (obstacle !== undefined) console.warn(`SKIPPED: tests of time namespaces: ${obstacle}`);

for (const seconds of [864_000, -1]) {
  test.skipIf(obstacle !== undefined)(
    `times since boot are the kernel's in a time namespace that is ${seconds} s off`,
    () => {
      const script = `
      const { bootNanoseconds } = await import("${MODULE}");
      const { parseStat } = await import("${STAT}");
      const stat = await Bun.file("/proc/self/stat").text();
      console.log(String(bootNanoseconds()), String(parseStat(stat).start));`;
      const { stdout } = Bun.spawnSync([
        "unshare",
        "--time",
        "--boottime",
        String(seconds),
        "--fork",
        process.execPath,
        "-e",
        script,
      ]);
      const now = bootNanoseconds();
      const times = stdout.toString().trim().split(" ");
      expect(times).toHaveLength(2);
      for (const text of times) {
        const age = now - BigInt(text);
        expect(age).toBeGreaterThan(-MINUTE);
        expect(age).toBeLessThan(MINUTE);
        expect(age).toBeGreaterThanOrEqual(-10_000_000n);
      }
    },
  );
}
