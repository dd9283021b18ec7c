/** Hooks on programs that go on when the sensor has ended, until the next one has its own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../../../kernel/support.ts";
import { documentOf } from "../../../policy/document/support.ts";
import { createPidNamespace, type Enclosure, RunningSensor, until } from "../support.ts";
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

  async function startSensor(text: string, keeps: boolean, scope = enclosure.scope): Promise<RunningSensor> {
    const file = join(directory, "policy.yaml");
    writeFileSync(file, text);
    const programs = { directory: join(bpf, "dir"), keeps, releases: true };
    const options = { directory: "", isStrict: true, areFixed: false, keptIn: "" };
    return await RunningSensor.start({
      scope,
      policyFiles: { ...options, files: [file], programs },
    });
  }

  const firstOf = ({ scope }: Enclosure) => Number(scope!.slice("pidns:".length));
  /** The kernel's number of a PID namespace. */
  const numberOf = (of: Enclosure) => statSync(`/proc/${firstOf(of)}/ns/pid`).ino;

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

  test("are not put upon another namespace that is given the number of the one they were for", async () => {
    const text = documentOf(`uprobes:
- path: ${target}
  symbols: [check_pin]
  selectors: [{matchActions: [{action: Sigkill}]}]`);
    await using stack = new AsyncDisposableStack();
    const next = async (): Promise<Enclosure> => stack.use(await createPidNamespace());
    // The lowest number that is free is given; another one on this host may have been faster.
    for (let round = 0; round < 10; round++) {
      const first = await createPidNamespace();
      const number = numberOf(first);
      await (await startSensor(text, true, first.scope))[Symbol.asyncDispose]();
      expect(await first.run([target, "7", "1"])).toBe("");
      // Its parent takes it away, which is not there to any more where that is ended first.
      process.kill(firstOf(first), "SIGKILL");
      await until(() => !existsSync(`/proc/${firstOf(first)}`), "the namespace has ended");
      await first[Symbol.asyncDispose]();
      let other = await next();
      for (let i = 0; i < 5 && numberOf(other) !== number; i++) other = await next();
      if (numberOf(other) !== number) continue;
      expect(await other.run([target, "7", "1"])).toContain("check=");
      await (await startSensor(text, false))[Symbol.asyncDispose]();
      expect(kept()).toBe(0);
      return;
    }
    throw new Error("no namespace was given a number again");
  });
});
