/** The start of the sensor, while processes begin and end all the time. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../../kernel/support.ts";
import { createPidNamespace, type ProcessEvent, RunningSensor, until } from "./support.ts";

/** Two shells, each running a program while a directory is there: of their children every one executes it. */
const LOAD =
  'for n in 1 2; do (i=0; while [ $i -lt 20000 ] && [ -e "$0" ]; do /bin/true; i=$((i+1)); done) & done; wait';
const STARTS = 4;
/** Ends that each sensor sees before it is stopped. */
const ENDS = 60;

const hasFlag = ({ process }: ProcessEvent, flag: string): boolean =>
  (process.flags ?? "").split(" ").includes(flag);

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
});
