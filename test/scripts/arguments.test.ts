import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const scripts = join(import.meta.dir, "../../scripts");

function run(script: string, argument: string) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, join(scripts, script), argument]);
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe.each(["build.ts", "deb/main.ts", "image/main.ts", "pack/main.ts", "figures/main.ts"])(
  "%s",
  (script) => {
    test("--help says what it does and takes, and does nothing", () => {
      const { exitCode, stdout, stderr } = run(script, "--help");
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toMatch(/\n\nUsage: .*\n(.*\n)*\s+--help\n/);
    });

    test("an option that it does not have is one line", () => {
      const { exitCode, stdout, stderr } = run(script, "--hepl");
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toMatch(/^.*'--hepl'.*--help lists what there is\n$/);
    });
  },
);
