/**
 * Hooks of the security modules and on functions of the kernel that go on when the sensor has ended, until the next one has its own
 * (`npm run acceptance -- policies`).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../../../kernel/support.ts";
import { documentOf } from "../../../policy/document/support.ts";
import { createPidNamespace, type Enclosure, RunningSensor } from "../support.ts";

const FILE = "/proc/sys/kernel/ostype";
const POLICY = documentOf(`lsmhooks:
- hook: file_open
  args: [{index: 0, type: file}]
  selectors:
  - matchArgs: [{index: 0, operator: Equal, values: [${FILE}]}]
    matchActions: [{action: Override, argError: -1}]
fentries:
- call: sys_getpriority
  args: [{index: 0, type: int}]
  return: true
  returnArg: {index: 0, type: int}
${release().startsWith("5.10.") ? "" : "loader: true"}`);
const GET_PRIORITY = 'python3 -c "import os; os.getpriority(0, 0)"';

describeWithBpf("hooks on the kernel that are to go on", () => {
  let enclosure: Enclosure;
  let directory: string;
  let bpf: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "tetrad-kept-"));
    bpf = mkdtempSync(join(tmpdir(), "tetrad-bpf-"));
    expect(Bun.spawnSync(["mount", "-t", "bpf", "bpf", bpf]).exitCode).toBe(0);
    enclosure = await createPidNamespace();
  });
  afterAll(async () => {
    await enclosure?.[Symbol.asyncDispose]();
    Bun.spawnSync(["umount", bpf]);
    for (const path of [directory, bpf]) rmSync(path, { recursive: true });
  });

  async function startSensor(keeps: boolean): Promise<RunningSensor> {
    const file = join(directory, "policy.yaml");
    writeFileSync(file, POLICY);
    const programs = { directory: join(bpf, "dir"), keeps, releases: true };
    const options = { directory: "", isStrict: true, areFixed: false, keptIn: "" };
    return await RunningSensor.start({
      scope: enclosure.scope,
      policyFiles: { ...options, files: [file], programs },
    });
  }

  /** What is pinned, without numbers: of the earlier run and of this one. */
  const pinned = () => {
    const parent = join(bpf, "dir", "tetrad");
    const names = (path: string) => readdirSync(path).map((name) => name.replace(/^\d+_/, ""));
    return readdirSync(parent).map((run) => names(join(parent, run)).sort());
  };
  const look = () => enclosure.run(["bash", "-c", `cat ${FILE} 2>&1`]);

  test("do at functions and at hooks of the security modules, and are taken over", async () => {
    const types = ["process_lsm", "process_kprobe"];
    for (const keeps of [true, true, false]) {
      const sensor = await startSensor(keeps);
      const policies = await sensor.source.policies();
      expect(await look()).toContain("Operation not permitted");
      await enclosure.run(["bash", "-c", GET_PRIORITY]);
      await policies.drained();
      const events = sensor.events.flatMap((event) =>
        Object.keys(event).filter((type) => types.includes(type)),
      );
      // Once each: programs of the earlier run are gone.
      expect(events.sort()).toEqual(["process_kprobe", "process_lsm"]);
      await sensor[Symbol.asyncDispose]();
      if (!keeps) break;
      expect(await look()).toContain("Operation not permitted");
      const [names, ...others] = pinned();
      expect(others).toEqual([]);
      // A loader enforces nothing, and has nothing to look on.
      expect(names!.filter((name) => name.includes("getpriority"))).toHaveLength(2);
      expect(names!.filter((name) => name.includes("file_open"))).toHaveLength(1);
      expect(names!.filter((name) => /mmap/.test(name))).toEqual([]);
    }
    expect(await look()).toBe("Linux\n");
    expect(() => pinned()).toThrow("ENOENT");
  });
});
