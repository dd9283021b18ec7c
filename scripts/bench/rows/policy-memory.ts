/** @module What twenty policies take of memory. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { sensorObstacle } from "../../../src/source/sensor/index.ts";
import { WORK_DIRECTORY } from "../fixture.ts";
import { SensorAgent } from "../sensor-agent.ts";
import { LoadNamespace } from "../sensor-load.ts";
import { median } from "../statistics.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

const POLICIES = 20;
const HOOKS = 5;
const CALLS = "/sys/kernel/tracing/events/syscalls/";
/** Of the first argument of a system call among the fields of its tracepoint. */
const FIRST_ARGUMENT = 5;
/** Seconds until the agent has given back what its start took. */
const SETTLE = { quick: 2, full: 20 };
const MEGABYTE = 1 << 20;

/** Tracepoints of system calls that have an argument. */
function tracepoints(): string[] {
  if (!existsSync(CALLS))
    throw new NotMeasured("the kernel has no tracepoints of system calls, or tracefs is not mounted");
  const names = readdirSync(CALLS).filter((name) => name.startsWith("sys_enter_"));
  const format = (name: string) => readFileSync(`${CALLS}${name}/format`, "latin1");
  return names.filter((name) => format(name).split("\tfield:").length > FIRST_ARGUMENT + 1);
}

/** A file with all policies, each hook on a tracepoint of its own, of calls that nobody makes with these arguments. */
function writePolicies(): string {
  const events = tracepoints().slice(0, POLICIES * HOOKS);
  if (events.length < POLICIES * HOOKS) throw new NotMeasured(`${events.length} tracepoints are too few`);
  const documents = Array.from({ length: POLICIES }, (_, index) => ({
    apiVersion: "cilium.io/v1alpha1",
    kind: "TracingPolicy",
    metadata: { name: `many-${index}` },
    spec: {
      tracepoints: events.slice(index * HOOKS, (index + 1) * HOOKS).map((event) => ({
        subsystem: "syscalls",
        event,
        args: [{ index: FIRST_ARGUMENT, type: "uint64" }],
        selectors: [
          { matchArgs: [{ index: FIRST_ARGUMENT, operator: "Equal", values: ["123456789", "5", "6"] }] },
        ],
      })),
    },
  }));
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const path = `${WORK_DIRECTORY}twenty-policies.yaml`;
  writeFileSync(path, documents.map((document) => JSON.stringify(document)).join("\n---\n"));
  return path;
}

async function residentBytes(
  { executable, isQuick }: RowSettings,
  flags: readonly string[],
): Promise<number> {
  await using namespace = await LoadNamespace.create();
  const agent = await SensorAgent.start(executable, namespace.scope, undefined, flags);
  await Bun.sleep((isQuick ? SETTLE.quick : SETTLE.full) * 1000);
  const bytes = agent.rssBytes;
  await agent.stop();
  return bytes;
}

async function measure(settings: RowSettings): Promise<number> {
  const obstacle = sensorObstacle();
  if (obstacle !== undefined) throw new NotMeasured(obstacle.message);
  if (!existsSync(settings.executable)) throw new NotMeasured("not built: run npm run build");
  const path = writePolicies();
  const added: number[] = [];
  for (let round = 0; round < (settings.isQuick ? 1 : settings.rounds); round++) {
    const without = await residentBytes(settings, []);
    const withPolicies = await residentBytes(settings, [`--tracing-policy=${path}`]);
    added.push((withPolicies - without) / MEGABYTE);
  }
  return median(added);
}

export const policyMemory: Row = {
  name: "policies/memory",
  label: `RSS that ${POLICIES} policies with ${POLICIES * HOOKS} hooks add`,
  goal: { atMost: 15 },
  kind: "memory",
  unit: "MB",
  digits: 1,
  measure,
};
