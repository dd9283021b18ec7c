/** What procfs showed of the processes that run already may be large: it is let go of once it is events. */

import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";

const PROCESSES = 200;
/** Times and capability sets that a reading of a process has; nothing that is kept of it has any. */
const BIGINTS_PER_PROCESS = 5;

function countBigInts(): number {
  Bun.gc(true);
  return (heapStats().objectTypeCounts as { BigInt?: number }).BigInt ?? 0;
}

describeWithBpf("processes that run already", () => {
  test("are remembered without what procfs showed of them", async () => {
    await using enclosure = await createCgroup();
    await enclosure.run([
      "sh",
      "-c",
      `i=0; while [ $i -lt ${PROCESSES} ]; do sleep 1000 >/dev/null 2>&1 & i=$((i + 1)); done`,
    ]);
    const before = countBigInts();
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    expect(sensor.execs.length).toBeGreaterThanOrEqual(PROCESSES);
    expect(sensor.source.figures.processes.size).toBeGreaterThanOrEqual(PROCESSES);
    await until(
      () => countBigInts() - before < (PROCESSES * BIGINTS_PER_PROCESS) / 4,
      "the readings are garbage",
    );
  });
});
