/** More than the ring buffer holds, while nobody reads it: what is lost is counted, and said. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup, RunningSensor } from "./support.ts";

const PROCESSES = 200;

describeWithBpf("a flood of programs with long arguments", () => {
  test("every record is read or counted as lost, and the log says that events were dropped", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope, ringBufferSize: 1 << 16 });
    // The test's thread waits here, and so does the reader.
    const { exitCode } = Bun.spawnSync([
      "sh",
      "-c",
      'echo $$ > "$0/cgroup.procs"; i=0; while [ $i -lt $1 ]; do /bin/true "$2"; i=$((i + 1)); done',
      enclosure.path,
      String(PROCESSES),
      "x".repeat(8000),
    ]);
    expect(exitCode).toBe(0);
    expect(readFileSync(`${enclosure.path}/cgroup.procs`, "latin1")).toBe("");
    await sensor[Symbol.asyncDispose]();

    const { lost } = sensor.counters;
    const [execs, exits] = [sensor.execs.length, sensor.exits.length];
    // A fork, an execution and an end of each, and the end of the shell, which began outside. A fork becomes no event.
    expect(lost).toBeGreaterThan(PROCESSES);
    expect(execs + exits).toBeGreaterThan(0);
    expect(lost + execs + exits).toBeLessThanOrEqual(3 * PROCESSES + 2);
    expect(lost + execs + exits).toBeGreaterThanOrEqual(2 * PROCESSES);
    expect(sensor.messages.join("\n")).toContain(`dropped events: ${lost} records`);
  });
});
