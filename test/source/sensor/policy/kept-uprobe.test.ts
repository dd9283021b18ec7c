/** Hooks on programs that go on when the sensor has ended, until the next one has its own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../../../kernel/support.ts";
import { documentOf } from "../../../policy/document/support.ts";
import { createPidNamespace, type Enclosure, RunningSensor } from "../support.ts";
import { buildProbedProgram, hasCompiler } from "./probed-program.ts";

(hasCompiler ? describeWithBpf : describe.skip)("hooks on programs that are to go on", () => {
  let enclosure: Enclosure;
  let directory: string;
  let bpf: string;
  let target: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "tetrad-kept-"));
    bpf = mkdtempSync(join(tmpdir(), "tetrad-bpf-"));
    target = buildProbedProgram(directory);
    expect(Bun.spawnSync(["mount", "-t", "bpf", "bpf", bpf]).exitCode).toBe(0);
    enclosure = await createPidNamespace();
  });
  afterAll(async () => {
    await enclosure?.[Symbol.asyncDispose]();
    Bun.spawnSync(["umount", bpf]);
    for (const path of [directory, bpf]) rmSync(path, { recursive: true });
  });

  async function startSensor(text: string, keeps: boolean): Promise<RunningSensor> {
    const file = join(directory, "policy.yaml");
    writeFileSync(file, text);
    const programs = { directory: join(bpf, "dir"), keeps, releases: true };
    const options = { directory: "", isStrict: true, areFixed: false, keptIn: "" };
    return await RunningSensor.start({
      scope: enclosure.scope,
      policyFiles: { ...options, files: [file], programs },
    });
  }

  const kept = () => {
    try {
      return readdirSync(join(bpf, "dir", "tetrad")).length;
    } catch {
      return 0;
    }
  };

  test.each(["true", "false"])(
    "do, and are taken over, with disable-uprobe-multi: %s",
    async (isDisabled) => {
      const text = documentOf(`options: [{name: disable-uprobe-multi, value: "${isDisabled}"}]
uprobes:
- path: ${target}
  symbols: [check_pin]
  args: [{index: 0, type: int}]
  selectors:
  - matchArgs: [{index: 0, operator: Equal, values: ["13"]}]
    matchActions: [{action: Sigkill}]
usdts:
- {path: ${target}, provider: tetradtest, name: gate}`);
      const run = (user: string) => enclosure.run([target, user, "1"]);
      for (let i = 0; i < 2; i++) {
        const sensor = await startSensor(text, true);
        expect(await run("13")).toBe("");
        await sensor[Symbol.asyncDispose]();
        expect(await run("13")).toBe("");
        // The counter of the static tracepoint stays raised, too.
        expect(await run("7")).toBe("check=-7 gate=14 semaphore=1\n");
        expect(kept()).toBe(1);
      }
      const last = await startSensor(text, false);
      expect(await run("13")).toBe("");
      await last[Symbol.asyncDispose]();
      expect(await run("13")).toBe("check=-13 gate=26 semaphore=0\n");
      expect(kept()).toBe(0);
    },
  );
});
