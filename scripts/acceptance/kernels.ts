/** @module All tests of `kernel/` and the sensor on each kernel, in virtual machines. */
import { availableParallelism } from "node:os";
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

/** What runs in one machine, by name: what takes longest first, so that no processor waits for it at the end. */
async function rooms(): Promise<readonly (readonly [name: string, files: readonly string[]])[]> {
  return [
    ["source/sensor/", await filesOf("test/source/sensor/**/*.test.ts")],
    ["kernel/", await filesOf("test/kernel/**/*.test.ts", "test/os/bpf*/**/*.test.ts")],
    ["in machines alone", await machineTests()],
  ];
}

export const kernels: Acceptance = {
  name: "kernels",
  summary: `all tests of kernel/ and the sensor on Linux ${SERIES.join(", ")}, in virtual machines`,
  description: `Installs Debian's qemu-system-x86, busybox-static, zstd and kmod where they are missing, downloads
Debian's kernels (60 to 170 MB each, once), and runs the tests of each room in a machine. As many machines run side by
side as there are processors. Takes an hour on two where the machines are emulated.`,
  async run(say) {
    const parts = (await rooms()).flatMap(([room, files]) =>
      SERIES.map((kernel) => ({ kernel, room, files })),
    );
    const outcomes: Outcome[] = [];
    let next = 0;
    const work = async () => {
      while (next < parts.length) {
        const index = next++;
        const { kernel, room, files } = parts[index] as (typeof parts)[number];
        outcomes[index] = await timed(`Linux ${kernel}, ${room}`, say, async () => {
          const run = await testInMachine(files, { kernel, timeoutSeconds: TIMEOUT_SECONDS });
          if (run.failed > 0) say(run.stderr.replace(/^\(pass\).*\n/gm, "").trimEnd());
          return run;
        });
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    return outcomes;
  },
};
