/** @module All tests of `kernel/` and the sensor on each kernel, in virtual machines. */
import { Glob } from "bun";
import { SERIES, testInMachine } from "../../test/vm/machine.ts";
import { type Acceptance, type Outcome, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ROOMS = ["test/kernel", "test/source/sensor"];
/** One file takes two minutes at most where nothing else runs. */
const TIMEOUT_SECONDS = 1800;

/** Test files that are about the kernel, in order: those that run on the host too, and those for machines alone. */
export async function kernelTests(): Promise<string[]> {
  const files: string[] = [];
  for (const room of ROOMS) {
    for await (const path of new Glob(`${room}/**/*.test.ts`).scan(ROOT)) files.push(path);
  }
  return [...files.sort(), ...(await machineTests())];
}

/** Test files that run in virtual machines alone. */
export async function machineTests(): Promise<string[]> {
  const files: string[] = [];
  for await (const path of new Glob("test/**/*.vm.ts").scan(ROOT)) files.push(path);
  return files.sort();
}

async function runFile(kernel: string, file: string, say: (text: string) => void): Promise<Outcome> {
  return timed(`Linux ${kernel}: ${file}`, say, async () => {
    const run = await testInMachine([file], { kernel, timeoutSeconds: TIMEOUT_SECONDS });
    if (run.failed > 0) say(run.stderr.trimEnd());
    return run;
  });
}

export const kernels: Acceptance = {
  name: "kernels",
  summary: `all tests of kernel/ and the sensor on Linux ${SERIES.join(", ")}, in virtual machines`,
  description: `Installs Debian's qemu-system-x86, busybox-static, zstd and kmod where they are missing, downloads
Debian's kernels (60 to 170 MB each, once), and runs each test file in a machine of its own. Takes about an hour where
the machines are emulated.`,
  async run(say) {
    const files = await kernelTests();
    const outcomes: Outcome[] = [];
    for (const kernel of SERIES) {
      const own: Outcome[] = [];
      for (const file of files) own.push(await runFile(kernel, file, say));
      const sum = (key: "passed" | "failed" | "skipped" | "seconds") =>
        own.reduce((total, outcome) => total + outcome[key], 0);
      outcomes.push(...own.filter(({ failed }) => failed > 0), {
        name: `Linux ${kernel}, all`,
        passed: sum("passed"),
        failed: sum("failed"),
        skipped: sum("skipped"),
        seconds: sum("seconds"),
      });
    }
    return outcomes;
  },
};
