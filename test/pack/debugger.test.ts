import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { missing, packedProbe, run, SYSTEM_PATH, scratchDirectory } from "./support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const env = { PATH: SYSTEM_PATH };

describe.skipIf(missing(["gcc", "gdb"]))("gdb", () => {
  test("names the libraries of a running program and of its core dump, and reads the program without a complaint", async () => {
    const program = Bun.spawn([packedProbe(), "sleep"], { env: {}, stdout: "pipe" });
    try {
      await program.stdout.getReader().read();
      const core = join(scratchDirectory(), "core");
      const live = ["-ex", "info sharedlibrary", "-ex", `generate-core-file ${core}`];
      const dump = ["-ex", `core-file ${core}`, "-ex", "info sharedlibrary"];
      for (const commands of [
        ["-p", String(program.pid), ...live],
        [packedProbe(), ...dump],
      ]) {
        const { stdout, stderr } = run(
          ["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", ...commands],
          env,
        );
        for (const name of ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"]) {
          expect(stdout).toMatch(new RegExp(`^ .*No +${name.replaceAll(".", "\\.")}$`, "m"));
        }
        expect(stdout + stderr).not.toContain("/proc/self");
        expect(stderr).not.toMatch(/BFD|bad value|invalid/);
      }
    } finally {
      program.kill("SIGKILL");
      await program.exited;
    }
  });
});

describe.skipIf(missing(["gcc", "perf"]))("perf", () => {
  test("finds the program's build id", () => {
    const data = join(scratchDirectory(), "perf.data");
    const recorded = run(["perf", "record", "-o", data, packedProbe(), "quiet"], env);
    if (recorded.code !== 0)
      return console.warn(`SKIPPED: perf may not record here: ${recorded.stderr.trim()}`);
    const notes = run(["readelf", "-n", packedProbe()], env).stdout;
    const buildId = /Build ID: ([0-9a-f]+)/.exec(notes)?.[1] ?? "none";
    expect(run(["perf", "buildid-list", "-i", data], env).stdout).toContain(`${buildId} ${packedProbe()}`);
  });
});
