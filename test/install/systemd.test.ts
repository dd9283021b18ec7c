import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { missing, packedTetrad, SYSTEM_PATH, scratchDirectory } from "../pack/support.ts";

const LIMIT_MS = 120_000;
setDefaultTimeout(LIMIT_MS);
const BOOT_MS = 30_000;
const hasSystemd = existsSync("/lib/systemd/systemd");
if (!hasSystemd) console.warn("SKIPPED: the test of the service needs systemd");

/** Boots, and runs life.sh to its end. @returns What it printed, or `undefined` where systemd does not boot. */
async function liveUnderSystemd(): Promise<{ lines: string[]; journal: string } | undefined> {
  const directory = join(scratchDirectory(), "systemd");
  mkdirSync(directory);
  copyFileSync(packedTetrad(), join(directory, "tetrad"));
  copyFileSync(join(import.meta.dir, "systemd/life.sh"), join(directory, "life.sh"));
  const machine = Bun.spawn(["sh", join(import.meta.dir, "systemd/machine.sh"), directory], {
    env: { PATH: SYSTEM_PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    const read = (name: string) => {
      const path = join(directory, name);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    const bootDeadline = performance.now() + BOOT_MS;
    const deadline = performance.now() + LIMIT_MS - BOOT_MS;
    while (!read("out.txt").includes("= done\n")) {
      const isBooted = read("out.txt").includes("= booted\n");
      if (!isBooted && (machine.exitCode !== null || performance.now() > bootDeadline)) {
        machine.kill("SIGTERM");
        console.warn(`SKIPPED: systemd does not boot here: ${await new Response(machine.stderr).text()}`);
        return undefined;
      }
      if (performance.now() > deadline) break;
      await Bun.sleep(50);
    }
    const lines = read("out.txt").split("\n");
    return { lines: lines.filter((line) => line.startsWith("= ")), journal: read("journal.txt") };
  } finally {
    machine.kill("SIGTERM");
    await machine.exited;
  }
}

/** `undefined` where systemd is missing or does not boot: then it is skipped, and counted as such. */
const life =
  hasSystemd && !missing(["gcc", "unshare", "systemctl"], { root: true })
    ? await liveUnderSystemd()
    : undefined;

describe.skipIf(life === undefined)("under systemd", () => {
  test("it is installed, says ready, has dropped what it can, reloads, is restarted when it hangs, and is uninstalled", async () => {
    expect(life?.lines).toEqual([
      "= booted",
      "= ActiveState active",
      "= StatusText Running",
      // CAP_DAC_READ_SEARCH, for the followed file.
      "= CapEff 0000000000000004",
      "= CapPrm 0000000000000004",
      "= CapInh 0000000000000000",
      "= CapAmb 0000000000000000",
      "= NoNewPrivs 1",
      // A filter.
      "= Seccomp 2",
      "= a user of its own",
      "= checkpoint",
      "= reloaded",
      "= StatusText Running",
      "= the same process",
      "= NRestarts 0",
      "= NRestarts 1",
      "= ActiveState active",
      "= Result success",
      "= done",
    ]);
    expect(life?.journal).toContain('msg="Metadata event sent over UDP"');
    expect(life?.journal).toContain('msg="Privileges dropped"');
    expect(life?.journal).not.toContain("level=error");
  });
});
