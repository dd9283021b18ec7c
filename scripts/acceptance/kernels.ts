/** @module All tests of `kernel/` and the sensor on each kernel, in virtual machines. */
import { Glob } from "bun";
import { SERIES, testInMachine } from "../../test/vm/machine.ts";
import { type Acceptance, type Outcome, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** A room's tests take ten minutes at most where nothing else runs. */
const TIMEOUT_SECONDS = 3600;

async function filesOf(...patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) for await (const path of new Glob(pattern).scan(ROOT)) files.push(path);
  return files.sort();
}

/** Test files that run in virtual machines alone. */
export function machineTests(): Promise<string[]> {
  return filesOf("test/**/*.vm.ts");
}

/** What runs in one machine, by name. */
async function rooms(): Promise<Record<string, string[]>> {
  return {
    "kernel/": await filesOf("test/kernel/**/*.test.ts", "test/os/bpf*/**/*.test.ts"),
    "source/sensor/": await filesOf("test/source/sensor/**/*.test.ts"),
    "in machines alone": await machineTests(),
  };
}

export const kernels: Acceptance = {
  name: "kernels",
  summary: `all tests of kernel/ and the sensor on Linux ${SERIES.join(", ")}, in virtual machines`,
  description: `Installs Debian's qemu-system-x86, busybox-static, zstd and kmod where they are missing, downloads
Debian's kernels (60 to 170 MB each, once), and runs the tests of each room in a machine. Takes half an hour where the
machines are emulated.`,
  async run(say) {
    const outcomes: Outcome[] = [];
    for (const kernel of SERIES) {
      for (const [name, files] of Object.entries(await rooms())) {
        const outcome = await timed(`Linux ${kernel}, ${name}`, say, async () => {
          const run = await testInMachine(files, { kernel, timeoutSeconds: TIMEOUT_SECONDS });
          if (run.failed > 0) say(run.stderr.replace(/^\(pass\).*\n/gm, "").trimEnd());
          return run;
        });
        outcomes.push(outcome);
      }
    }
    return outcomes;
  },
};
