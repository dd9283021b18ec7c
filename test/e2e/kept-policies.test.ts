/** Policies that go on when the agent has ended, and the next agent, which takes them over. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { cleanUp, onEnd, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

/** Of x86-64 and arm64. */
const KILL = process.arch === "arm64" ? 129 : 62;

/** Ends who calls `kill`. */
const POLICY = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: no-kill
spec:
  tracepoints:
    - subsystem: raw_syscalls
      event: sys_enter
      raw: true
      args: [{index: 1, type: int64}]
      selectors:
        - matchArgs: [{index: 1, operator: Equal, values: ["${KILL}"]}]
          matchBinaries: [{operator: NotIn, values: ["/usr/bin/nobody"]}]
          matchActions: [{action: Sigkill}]
`;
/** Says that it lives unless the policy is there. */
const TRY = ["sh", "-c", "exec 2>/dev/null; (kill -0 0; echo alive); echo over"];
const STOPPED = "over\n";
const ALIVE = "alive\nover\n";

/** A BPF file system of the test's own. */
function mountBpf(): string {
  const path = temporaryDirectory();
  const run = (...command: string[]) => expect(Bun.spawnSync(command).exitCode).toBe(0);
  run("mount", "-t", "bpf", "bpf", path);
  onEnd(() => run("umount", path));
  return path;
}

async function enclose() {
  const enclosure = await createPidNamespace();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  return enclosure;
}

let scope: Awaited<ReturnType<typeof enclose>>;
let bpf: string;
let policyFile: string;

function flags(...more: readonly string[]): string[] {
  return [
    ...["--event-source=sensor", `--sensor-scope=${scope.scope}`, "--udp-output-enabled"],
    ...[`--tracing-policy=${policyFile}`, "--tracing-policy-dir=", `--bpf-dir=${join(bpf, "dir")}`, ...more],
  ];
}

async function startAgent(...more: readonly string[]) {
  const agent = startTetrad(flags(...more));
  await agent.logged("Sensor watches");
  return agent;
}

/** Ends it without giving it a word. */
async function killAgent({ process: agent }: Awaited<ReturnType<typeof startAgent>>): Promise<void> {
  agent.kill("SIGKILL");
  await agent.exited;
}

const runs = (): string[] => {
  const directory = join(bpf, "dir", "tetrad");
  return existsSync(directory) ? readdirSync(directory) : [];
};

describeWithBpf("policies of an agent that ends", () => {
  beforeEach(async () => {
    scope = await enclose();
    bpf = mountBpf();
    policyFile = join(temporaryDirectory(), "policy.yaml");
    writeFileSync(policyFile, POLICY);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)("end with it on %s, however it ends", async (signal) => {
    const agent = await startAgent();
    expect(await scope.run(TRY)).toBe(STOPPED);
    agent.process.kill(signal);
    await agent.process.exited;
    expect(await scope.run(TRY)).toBe(ALIVE);
    expect(runs()).toEqual([]);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)("go on after %s with --keep-sensors-on-exit", async (signal) => {
    const agent = await startAgent("--keep-sensors-on-exit");
    agent.process.kill(signal);
    await agent.process.exited;
    expect(await scope.run(TRY)).toBe(STOPPED);
    expect(runs()).toHaveLength(1);
    expect(statSync(join(bpf, "dir", "tetrad")).mode & 0o777).toBe(0o700);
  });

  test("are taken over without a gap, also from agents that were killed, and events come again", async () => {
    await killAgent(await startAgent("--keep-sensors-on-exit"));
    const end = join(temporaryDirectory(), "end");
    const tries = scope.run([
      "sh",
      "-c",
      `exec 2>/dev/null; n=0; while ! [ -e ${end} ]; do (kill -0 0; echo alive); n=$((n+1)); done; echo $n`,
    ]);
    for (let i = 0; i < 3; i++) {
      const agent = await startAgent("--keep-sensors-on-exit", "--export-stdout");
      expect(agent.log()).toContain("Policies of an earlier run were taken over");
      await until(() => agent.stdout().includes('"process_tracepoint"'), "an event");
      expect(runs()).toHaveLength(1);
      await killAgent(agent);
    }
    writeFileSync(end, "");
    expect(await tries).toMatch(/^\d{2,}\n$/);
  });

  test("end once an agent without the flag has attached its own, and with it", async () => {
    await killAgent(await startAgent("--keep-sensors-on-exit"));
    const agent = await startAgent();
    expect(agent.log()).toContain("Policies of an earlier run have ended");
    expect(await scope.run(TRY)).toBe(STOPPED);
    await killAgent(agent);
    expect(await scope.run(TRY)).toBe(ALIVE);
    expect(existsSync(join(bpf, "dir"))).toBe(false);
  });

  test("stay where --release-pinned-bpf says so", async () => {
    await killAgent(await startAgent("--keep-sensors-on-exit"));
    await killAgent(await startAgent("--release-pinned-bpf=false"));
    expect(await scope.run(TRY)).toBe(STOPPED);
  });

  test("are ended whatever version they are of, and how they lie there", async () => {
    await killAgent(await startAgent("--keep-sensors-on-exit"));
    const directory = join(bpf, "dir", "tetrad");
    mkdirSync(join(directory, "v9", "deep"), { recursive: true });
    renameSync(
      join(directory, runs().find((name) => name !== "v9")!),
      join(directory, "v9", "deep", "links"),
    );
    mkdirSync(join(bpf, "dir", "of_another"));
    await killAgent(await startAgent());
    expect(await scope.run(TRY)).toBe(ALIVE);
    expect(readdirSync(join(bpf, "dir"))).toEqual(["of_another"]);
  });

  test("stay when the next agent cannot start", async () => {
    await killAgent(await startAgent("--keep-sensors-on-exit"));
    writeFileSync(policyFile, "apiVersion: cilium.io/v1alpha1\nkind: Tracing");
    const { code } = await runTetrad(flags("--keep-sensors-on-exit", "--tracing-policy-strict"));
    expect(code).toBe(2);
    expect(await scope.run(TRY)).toBe(STOPPED);
    expect(runs()).toHaveLength(1);
  });

  test("go with their policies while the agent runs", async () => {
    const directory = temporaryDirectory();
    renameSync(policyFile, join(directory, "a.yaml"));
    policyFile = "";
    const agent = await startAgent("--keep-sensors-on-exit", `--tracing-policy-dir=${directory}`);
    const [run] = runs();
    expect(readdirSync(join(bpf, "dir", "tetrad", run!)).length).toBeGreaterThan(1);
    renameSync(join(directory, "a.yaml"), join(directory, "a.gone"));
    await until(() => readdirSync(join(bpf, "dir", "tetrad", run!)).length === 0, "nothing is pinned");
    await killAgent(agent);
    expect(await scope.run(TRY)).toBe(ALIVE);
  });

  test("go on where they came after the agent had changed its user", async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    const come = () => renameSync(policyFile, join(directory, "a.yaml"));
    const agent = await startAgent(
      "--keep-sensors-on-exit",
      `--tracing-policy-dir=${directory}`,
      "--user=65534:65534",
      "--tracing-policy=",
    );
    await agent.logged("Privileges dropped");
    come();
    await agent.logged("Policies changed");
    expect(await scope.run(TRY)).toBe(STOPPED);
    await killAgent(agent);
    expect(await scope.run(TRY)).toBe(STOPPED);
    policyFile = "";
    await killAgent(await startAgent("--keep-sensors-on-exit"));
    expect(await scope.run(TRY)).toBe(ALIVE);
  });

  test("cannot be kept where no BPF file system is, or others may change it", async () => {
    const refusal = async (directory: string) => {
      const { code, stderr } = await runTetrad([
        ...flags("--keep-sensors-on-exit").filter((flag) => !flag.startsWith("--bpf-dir")),
        `--bpf-dir=${directory}`,
      ]);
      expect(code).toBe(2);
      return stderr;
    };
    const plain = temporaryDirectory();
    expect(await refusal(join(plain, "bpf"))).toContain(
      `found no BPF file system at ${plain}: mount one (mount -t bpf bpf /sys/fs/bpf`,
    );
    const theirs = join(bpf, "theirs");
    mkdirSync(theirs, { mode: 0o700 });
    chownSync(theirs, 12_345, 12_345);
    expect(await refusal(theirs)).toContain(`found directory ${theirs} owned by user 12345`);
    mkdirSync(join(theirs, "tetrad"));
    expect(await refusal(theirs)).toContain(`found directory ${theirs} owned by user 12345`);
    expect(readdirSync(join(theirs, "tetrad"))).toEqual([]);
    expect(await scope.run(TRY)).toBe(ALIVE);
  });
});
