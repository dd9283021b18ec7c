/** The start of the sensor, while processes begin and end all the time. */
import { expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PF_EXITING } from "../../../src/source/sensor/probe/shared/task-flags.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup, createPidNamespace, type ProcessEvent, RunningSensor, until } from "./support.ts";

/** Two shells, each running a program while a directory is there: of their children every one executes it. */
const LOAD =
  'for n in 1 2; do (i=0; while [ $i -lt 20000 ] && [ -e "$0" ]; do /bin/true; i=$((i+1)); done) & done; wait';
const STARTS = 4;
/** Ends that each sensor sees before it is stopped. */
const ENDS = 60;

const hasFlag = ({ process }: ProcessEvent, flag: string): boolean =>
  (process.flags ?? "").split(" ").includes(flag);

/** Field 9 of a `stat` file, counted from the end of the name, field 2. */
const FLAGS = 9 - 3;

/** The host's procfs, but for a process which it shows as one that has released its program and not yet ended. */
function procfsOfEnding(directory: string, pid: number): void {
  for (const name of readdirSync("/proc")) {
    if (name !== String(pid)) symlinkSync(join("/proc", name), join(directory, name));
  }
  const own = join(directory, String(pid));
  mkdirSync(own);
  for (const name of ["status", "cgroup", "cmdline"])
    writeFileSync(join(own, name), readFileSync(`/proc/${pid}/${name}`));
  const [name = "", rest = ""] = readFileSync(`/proc/${pid}/stat`, "latin1").split(/(?<=\) )/);
  const fields = rest.split(" ");
  fields[FLAGS] = String(Number(fields[FLAGS]) | PF_EXITING);
  writeFileSync(join(own, "stat"), name + fields.join(" "));
  mkdirSync(join(own, "task", String(pid)), { recursive: true });
  writeFileSync(join(own, "task", String(pid), "stat"), name + fields.join(" "));
}

describeWithBpf("a sensor that starts among processes which begin and end", () => {
  test.each([1, 2, 3])(
    "knows what they execute from the first one on, and reports none twice (%d)",
    async () => {
      await using enclosure = await createPidNamespace();
      const directory = mkdtempSync(join(tmpdir(), "tetrad-start-"));
      const load = enclosure.run(["/bin/sh", "-c", LOAD, directory]);
      try {
        for (let start = 0; start < STARTS; start++) {
          const sensor = await RunningSensor.start({ scope: enclosure.scope });
          await until(() => sensor.exits.length >= ENDS, "processes end");
          await sensor[Symbol.asyncDispose]();
          const ids = sensor.execs.map(({ process }) => process.exec_id);
          expect(new Set(ids).size).toBe(ids.length);
          const told = new Set(ids);
          for (const event of sensor.exits) {
            expect(event.process).toMatchObject({ binary: expect.stringMatching(/^\/(usr\/)?bin\/true$/) });
            expect(hasFlag(event, "execve") || hasFlag(event, "procFS")).toBe(true);
            expect(told).toContain(event.process.exec_id);
          }
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
      await load;
    },
  );

  test("reports no end of a process that had released its program before it was ever read", async () => {
    await using enclosure = await createCgroup();
    const directory = mkdtempSync(join(tmpdir(), "tetrad-procfs-"));
    const enter = `echo $$ > ${enclosure.path}/cgroup.procs && exec sleep 1000`;
    const ending = Bun.spawn(["/bin/sh", "-c", enter]);
    try {
      await until(
        () => readFileSync(`/proc/${ending.pid}/comm`, "latin1") === "sleep\n",
        "the process executes its program",
      );
      procfsOfEnding(directory, ending.pid);
      await using sensor = await RunningSensor.start({ scope: enclosure.scope, procfs: directory });
      expect(sensor.execs).toEqual([]);
      ending.kill("SIGKILL");
      await ending.exited;
      await enclosure.run(["/bin/true"]);
      await until(() => sensor.exits.length > 0, "another process ends");
      expect(sensor.exits.map(({ process }) => process.binary)).toEqual([
        expect.stringMatching(/^\/(usr\/)?bin\/true$/),
      ]);
    } finally {
      ending.kill("SIGKILL");
      rmSync(directory, { recursive: true });
    }
  });
});
