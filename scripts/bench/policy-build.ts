/**
 * What a policy for files posts and costs while something is built on the host: this project, with the bundler, and two
 * programs, with the C compiler. Of a kernel with kprobes it is the policy that comes with tetrad, of others one on a
 * tracepoint with the same paths.
 *
 *   bun scripts/bench/policy-build.ts [ROUNDS]
 *   test/vm/kernel-vm --kernel=6.1 --icount -- bun scripts/bench/policy-build.ts 1
 *
 * The time of programs is what the kernel counts of them (`kernel.bpf_stats_enabled`), so a busy machine does little to it; in
 * the machine a nanosecond is an executed instruction. Writes a line of JSON for each figure. Needs gcc and root.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConsola } from "consola";
import type { EventBatch } from "../../src/event/batch.ts";
import { haveFeature } from "../../src/kernel/feature/index.ts";
import { readBuiltin } from "../../src/policy/builtin/index.ts";
import { checkPolicies, type Kernel } from "../../src/policy/check/index.ts";
import { readPolicies } from "../../src/policy/document/index.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { valueTexts } from "../../src/policy/single-values.ts";
import { SensorSource } from "../../src/source/sensor/index.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import type { PolicyFigure } from "./policy-figure.ts";
import { ProgramStatistics, programNanoseconds } from "./program-time.ts";
import { LoadNamespace } from "./sensor-load.ts";
import { median } from "./statistics.ts";

const ROUNDS = Number(process.argv[2] ?? 5);
const POLICY = "file-access";
const ROOT = new URL("../../", import.meta.url).pathname;
/** How long an event may be on its way, milliseconds. */
const PATIENCE_MS = 600_000;
const POLL_MS = 20;
const SETTLE_MS = 5000;
/** Of the tracepoint of openat(2): the path. */
const PATH_FIELD = 6;
const output = mkdtempSync(join(tmpdir(), "tetrad-build-"));
const COMMANDS = [
  [process.execPath, "build", "src/main.ts", "--target=bun", "--minify", "--splitting", `--outdir=${output}`],
  ["gcc", "-O2", "-o", join(output, "flood"), "scripts/bench/native/sensor-flood.c"],
  ["gcc", "-O2", "-o", join(output, "spawn"), "scripts/bench/native/spawn.c"],
];

/** What is built is all that the sensor watches. */
const namespace = await LoadNamespace.create();
/** Lines of the policy's events. */
const posted: string[] = [];
const text = new TextDecoder();
const source = new SensorSource(
  { nodeName: "bench", scope: namespace.scope },
  {
    sink: {
      write: () => undefined,
      offer(batch: EventBatch) {
        batch.makeText();
        for (let i = 0; i < batch.count; i++) {
          const line = text.decode(batch.line(i));
          if (line.includes(`"policy_name":"${POLICY}"`)) posted.push(line);
        }
      },
    },
    counters: createCounters(),
    log: createConsola({ level: 0 }),
  },
);

/** What a build takes, microseconds of processor time. */
interface Cost {
  /** With what the kernel runs for sensor and policy in it. */
  readonly build: number;
  /** Of this process, the sensor, meanwhile. */
  readonly sensor: number;
  /** Of programs of sensor and policy. */
  readonly programs: number;
}

/** Builds all once. @throws Error when something cannot be built. */
async function build(): Promise<Cost> {
  const { user, system } = process.cpuUsage();
  const ran = programNanoseconds(process.pid);
  let taken = 0;
  for (const command of COMMANDS) {
    const child = Bun.spawn(namespace.enter(command), { cwd: ROOT, stdout: "ignore", stderr: "pipe" });
    const [exitCode, errors] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    if (exitCode !== 0) throw new Error(`Cannot run ${command.join(" ")}:\n${errors}`);
    taken += Number(child.resourceUsage()!.cpuTime.total);
  }
  const programs = (programNanoseconds(process.pid) - ran) / 1000;
  const after = process.cpuUsage();
  return { build: taken, sensor: after.user - user + after.system - system, programs };
}

/** The policy for this kernel. @throws Error when it cannot be loaded. */
function policyFor(kernel: Kernel): Policy {
  const builtin = readBuiltin(POLICY)!;
  const document = haveFeature("kprobe").answer === "yes" ? builtin : onTracepoint(builtin);
  const { policies, findings } = checkPolicies(document, { file: POLICY, kernel });
  if (policies.length !== 1) throw new Error(`Cannot load: ${JSON.stringify(findings)}`);
  return policies[0]!;
}

/** A policy on what is opened below the same paths. */
function onTracepoint(builtin: string): string {
  const conditions = readPolicies(builtin, { file: POLICY }).policies.flatMap(({ hooks }) =>
    hooks.flatMap(({ selectors }) => selectors.flatMap((selector) => selector.conditions)),
  );
  const paths = conditions.flatMap((condition) => {
    if (condition.kind !== "argument" || !["Prefix", "Glob"].includes(condition.operand.operator)) return [];
    return valueTexts(condition.operand).map((value) => JSON.parse(value) as string);
  });
  const values = [...new Set(paths)].filter((path) => !path.includes("*"));
  return JSON.stringify({
    apiVersion: "cilium.io/v1alpha1",
    kind: "TracingPolicy",
    metadata: { name: POLICY },
    spec: {
      tracepoints: [
        {
          subsystem: "syscalls",
          event: "sys_enter_openat",
          args: [{ index: PATH_FIELD, type: "string" }],
          selectors: [{ matchArgs: [{ index: PATH_FIELD, operator: "Prefix", values }] }],
        },
      ],
    },
  });
}

function medians(costs: readonly Cost[]): Cost {
  const of = (part: keyof Cost) => median(costs.map((cost) => cost[part]));
  return { build: of("build"), sensor: of("sensor"), programs: of("programs") };
}

/** Whether the policy posts what it is there for. @throws Error when it does not. */
async function provokeEvent(): Promise<void> {
  Bun.spawnSync(namespace.enter(["cat", "/etc/shadow"]), { stdout: "ignore" });
  const deadline = performance.now() + PATIENCE_MS;
  while (!posted.some((line) => line.includes('"/etc/shadow"'))) {
    if (performance.now() > deadline) throw new Error("A read of /etc/shadow is not posted");
    await Bun.sleep(POLL_MS);
  }
}

function report(figure: PolicyFigure): void {
  console.log(JSON.stringify(figure));
}

const seconds = (microseconds: number): string => (microseconds / 1e6).toFixed(3);

/** With the sensor alone, and with the policy, in turns. */
async function run(): Promise<void> {
  await source.start();
  const running = source.run();
  const policies = await source.policies();
  const policy = policyFor(policies.kernel);
  await build();
  const [without, loaded]: [Cost[], Cost[]] = [[], []];
  using _ = new ProgramStatistics();
  let posts = 0;
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await build());
    policies.put(POLICY, policy);
    // What compiling leaves is collected.
    await Bun.sleep(SETTLE_MS);
    loaded.push(await build());
    await policies.drained();
    posts = posted.length;
    if (round === ROUNDS - 1) await provokeEvent();
    policies.delete(POLICY);
  }
  const [alone, added] = [medians(without), medians(loaded)];
  const more = added.programs - alone.programs + added.sensor - alone.sensor;
  report({
    name: "events of a policy for files while the project is built",
    value: posts,
    goal: 0,
    detail: "a read of /etc/shadow afterwards is posted",
  });
  report({
    name: "processor time that the policy for files adds to building the project, %",
    value: (more / alone.build) * 100,
    goal: 3,
    detail:
      `build ${seconds(alone.build)} s without the policy, ${seconds(added.build)} with it; ` +
      `programs ${seconds(alone.programs)}, ${seconds(added.programs)}; this process ${seconds(alone.sensor)}, ${seconds(added.sensor)}`,
  });
  await source.stop(new AbortController().signal);
  await running;
}

try {
  await run();
} finally {
  await namespace[Symbol.asyncDispose]();
  rmSync(output, { recursive: true });
}
process.exit(0);
