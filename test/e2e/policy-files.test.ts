/** Files of policies that are not what they should be, or not yet: none of them ends the agent, or what others do. */
import { afterEach, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  FineGuidanceSensors,
  TracingPolicyState,
} from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import { cleanUp, onEnd, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

/** Of x86-64 and arm64. */
const KILL = process.arch === "arm64" ? 129 : 62;

/** Ends who calls `kill`. What follows the actions keeps it from ending all that are in the scope. */
function policy(name: string): string {
  return `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${name}
spec:
  tracepoints:
    - subsystem: raw_syscalls
      event: sys_enter
      raw: true
      args: [{index: 1, type: int64}]
      selectors:
        - matchActions: [{action: Sigkill}]
          matchArgs: [{index: 1, operator: Equal, values: ["${KILL}"]}]
`;
}
const TRY = ["sh", "-c", "exec 2>/dev/null; (kill -0 $$; echo alive); echo over"];
const STOPPED = "over\n";
const ALIVE = "alive\nover\n";

/** An agent that watches a PID namespace of its own, and a directory of policies. */
async function start(...before: readonly ((directory: string) => void)[]) {
  const enclosure = await createPidNamespace();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  const directory = temporaryDirectory();
  for (const prepare of before) prepare(directory);
  const agent = startTetrad([
    ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--udp-output-enabled"],
    ...["--server-address=127.0.0.1:0", "--grpc-enabled", `--tracing-policy-dir=${directory}`],
  ]);
  await agent.logged("Sensor watches");
  const client = new GrpcClient(await addressIn(agent.log));
  const list = async () => (await client.call(FineGuidanceSensors.method.listTracingPolicies, {})).policies;
  const enabled = async () =>
    (await list())
      .filter(({ state }) => state === TracingPolicyState.TP_STATE_ENABLED)
      .map(({ name }) => name);
  const changes = () => agent.log().split("Policies changed").length - 1;
  return { enclosure, directory, agent, list, enabled, changes, at: (name: string) => join(directory, name) };
}

/** Waits for what the API says. */
async function untilAsync(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(20);
}

describeWithBpf("files of policies", () => {
  test("a file that is written slowly counts when its writer has closed it, also where what is there already is a policy", async () => {
    const { enclosure, at, agent, enabled } = await start();
    const text = policy("slow");
    const file = openSync(at("slow.yaml"), "w", 0o600);
    // Without the condition it would end whatever is in the scope.
    writeSync(file, text.slice(0, text.indexOf("          matchArgs")));
    await agent.logged("open for writing");
    expect(await enclosure.run(TRY)).toBe(ALIVE);
    expect(await enabled()).toEqual([]);
    writeSync(file, text.slice(text.indexOf("          matchArgs")));
    closeSync(file);
    await agent.logged("Policies changed");
    expect(await enclosure.run(TRY)).toBe(STOPPED);
    // And once more, in its place.
    const again = openSync(at("slow.yaml"), "r+");
    ftruncateSync(again, 0);
    writeSync(again, text.slice(0, text.indexOf("      selectors")));
    await until(() => agent.log().split("open for writing").length === 3, "it is seen to be written again");
    expect(await enclosure.run(TRY)).toBe(STOPPED);
    closeSync(again);
    await until(() => agent.log().split("Policies changed").length === 3, "it is another one");
    expect(await enclosure.run(TRY)).toBe(ALIVE);
  });

  test("one that is written while the agent starts is loaded afterwards", async () => {
    let file = 0;
    const { enabled } = await start((directory) => {
      file = openSync(join(directory, "late.yaml"), "w", 0o600);
      writeSync(file, policy("late").slice(0, 100));
    });
    expect(await enabled()).toEqual([]);
    writeSync(file, policy("late").slice(100));
    closeSync(file);
    await untilAsync(async () => (await enabled()).length === 1);
  });

  test("a file that is replaced by renaming, by a link, or through a directory, is stopped by one or the other at all times", async () => {
    const { enclosure, directory, at, changes, agent, list } = await start();
    writeFileSync(at("a.yaml"), policy("a"));
    await until(() => changes() === 1, "it is loaded");
    const end = join(temporaryDirectory(), "end");
    const tries = enclosure.run([
      "sh",
      "-c",
      `exec 2>/dev/null; n=0; while ! [ -e ${end} ]; do (kill -0 $$; echo alive); n=$((n+1)); done; echo $n`,
    ]);
    const steps = [
      () => {
        writeFileSync(at(".new"), `${policy("a")}# again\n`);
        renameSync(at(".new"), at("a.yaml"));
      },
      () => {
        mkdirSync(at("..v1"));
        writeFileSync(join(at("..v1"), "a.yaml"), `${policy("a")}# linked\n`);
        symlinkSync("..v1/a.yaml", at(".link"));
        renameSync(at(".link"), at("a.yaml"));
      },
      () => {
        mkdirSync(at("..v2"));
        writeFileSync(join(at("..v2"), "a.yaml"), `${policy("b")}# of another name\n`);
        symlinkSync("..v2/a.yaml", at(".link"));
        renameSync(at(".link"), at("a.yaml"));
      },
      () => {
        mkdirSync(at("sub"));
        writeFileSync(join(at("sub"), "b.yaml"), policy("b"));
        unlinkSync(at("a.yaml"));
      },
    ];
    for (const [index, step] of steps.entries()) {
      step();
      await until(
        () => changes() === index + 2,
        () => `change ${index}: ${agent.log()}`,
      );
    }
    writeFileSync(end, "");
    expect(await tries).toMatch(/^\d{2,}\n$/);
    expect((await list()).map(({ name, error }) => [name, error])).toEqual([["b", ""]]);
    rmSync(directory, { recursive: true });
    await agent.logged("they stay");
    expect(await enclosure.run(TRY)).toBe(STOPPED);
  });

  test("what is no file, is too large, cannot be read or is nonsense leaves the others, at the start and later", async () => {
    const nonsense = (directory: string, prefix: string) => {
      const at = (name: string) => join(directory, `${prefix}-${name}`);
      expect(Bun.spawnSync(["mkfifo", at("fifo.yaml")]).exitCode).toBe(0);
      writeFileSync(at("large.yaml"), "#");
      truncateSync(at("large.yaml"), 50 * 1024 ** 2);
      symlinkSync("loop.yaml", at("loop.yaml"));
      symlinkSync("/dev/zero", at("device.yaml"));
      symlinkSync("/proc/kmsg", at("proc.yaml"));
      mkdirSync(at("directory.yaml"));
      writeFileSync(at("theirs.yaml"), policy("theirs"));
      chmodSync(at("theirs.yaml"), 0o666);
      writeFileSync(at("binary.yaml"), crypto.getRandomValues(new Uint8Array(4096)));
      writeFileSync(at("deep.yaml"), "[".repeat(100_000));
      writeFileSync(at("bomb.yaml"), bomb());
      writeFileSync(at("empty.yaml"), "");
      writeFileSync(at("good.yaml"), policy(`${prefix}-good`));
    };
    const { enclosure, directory, agent, enabled } = await start((directory) => nonsense(directory, "first"));
    expect(await enabled()).toEqual(["first-good"]);
    expect(agent.log()).toMatch(/first-large\.yaml.*found 52428800 bytes, expected at most 1M/);
    nonsense(directory, "later");
    await agent.logged("Policies changed");
    await untilAsync(async () => (await enabled()).length === 2);
    expect(await enclosure.run(TRY)).toBe(STOPPED);
    expect(agent.process.exitCode).toBeNull();
  });

  test("a directory of 500 files is loaded, of which most are wrong", async () => {
    const { enclosure, list, enabled, directory, changes } = await start((directory) => {
      for (let i = 0; i < 500; i++) {
        const text = policy(`policy-${i}`);
        writeFileSync(
          join(directory, `${i}.yaml`),
          i % 50 === 0 ? text : text.replace("operator", "operater"),
        );
      }
    });
    const all = await list();
    expect(all).toHaveLength(500);
    expect(await enabled()).toHaveLength(10);
    expect(all.filter(({ error }) => error === "")).toHaveLength(10);
    expect(await enclosure.run(TRY)).toBe(STOPPED);
    for (let i = 0; i < 500; i++) if (i !== 250) unlinkSync(join(directory, `${i}.yaml`));
    await until(() => changes() >= 1, "they are gone");
    await untilAsync(async () => (await list()).length === 1);
    expect(await enabled()).toEqual(["policy-250"]);
    expect(await enclosure.run(TRY)).toBe(STOPPED);
  });
});

/** YAML whose aliases stand for a billion elements. */
function bomb(): string {
  const lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x","x"]'];
  for (let i = 1; i < 10; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(",")}]`,
    );
  return lines.join("\n");
}
