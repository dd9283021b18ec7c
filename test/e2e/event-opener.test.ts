/** An agent on a kernel that says that perf events take `CAP_SYS_ADMIN`. This one would let it open them itself, and is not asked. */
import { afterEach, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  FineGuidanceSensors,
  TracingPolicyState,
} from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { capabilityNames, readProcessPrivileges } from "../../src/os/capability.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import { cleanUp, onEnd, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

const POLICY = (name: string) => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${name}
spec:
  tracepoints:
    - subsystem: sched
      event: sched_process_exit
`;

/** Starts an agent in a mount namespace of its own, in which the setting is 3. */
async function start(...args: string[]) {
  const enclosure = await createPidNamespace();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  const setting = join(temporaryDirectory(), "perf_event_paranoid");
  writeFileSync(setting, "3\n");
  const mount = 'mount --bind "$0" /proc/sys/kernel/perf_event_paranoid && exec "$@"';
  const agent = startTetrad(
    [
      ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"],
      ...["--server-address=127.0.0.1:0", ...args],
    ],
    { prefix: ["unshare", "--mount", "sh", "-c", mount, setting] },
  );
  await agent.logged("Privileges dropped");
  return { enclosure, agent, opener: openerIn(agent.log()) };
}

function openerIn(log: string): number {
  return Number(/opened by a process of their own" pid=(\d+)/.exec(log)?.[1]);
}

describeWithBpf("the process that opens perf events for an agent", () => {
  test.each([[[]], [["--user=65534:65534"]]])("has the only CAP_SYS_ADMIN: %j", async (user) => {
    const { agent, opener } = await start(...user);
    const rights = readProcessPrivileges(agent.process.pid);
    const all = rights.effective | rights.permitted | rights.bounding;
    expect(capabilityNames(all)).toEqual(["CAP_SYS_PTRACE", "CAP_PERFMON", "CAP_BPF"]);
    await until(
      () => readProcessPrivileges(opener).hasSystemCallFilter,
      () => "its filter",
    );
    const { effective, permitted, users } = readProcessPrivileges(opener);
    expect(capabilityNames(effective | permitted)).toEqual(["CAP_SYS_ADMIN"]);
    expect(users).toEqual(rights.users);
  });

  test("serves policies that come later, and its end is said of those and in the log", async () => {
    const { enclosure, agent, opener } = await start();
    const client = new GrpcClient(await addressIn(agent.log));
    const { addTracingPolicy, listTracingPolicies } = FineGuidanceSensors.method;
    await client.call(addTracingPolicy, { yaml: POLICY("first") });
    await enclosure.run(["true"]);
    await until(
      () => agent.stdout().includes("process_tracepoint"),
      () => "an event of the policy",
    );
    process.kill(opener, "SIGKILL");
    await agent.logged("the process that opens perf events has ended");
    await expect(client.call(addTracingPolicy, { yaml: POLICY("second") })).rejects.toThrow(
      "the process that opens perf events for the agent has ended",
    );
    const { policies } = await client.call(listTracingPolicies, {});
    expect(policies.map(({ name, state }) => [name, state])).toEqual([
      ["first", TracingPolicyState.TP_STATE_ENABLED],
      ["second", TracingPolicyState.TP_STATE_LOAD_ERROR],
    ]);
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)("ends with it: %s", async (signal) => {
    const { agent, opener } = await start();
    expect(existsSync(`/proc/${opener}/exe`)).toBe(true);
    agent.process.kill(signal);
    await agent.exit();
    expect(agent.log()).not.toContain("has ended");
    await until(
      () => !existsSync(`/proc/${opener}/exe`),
      () => `the end of ${opener}`,
    );
  });

  test("is not there where no policies may come", async () => {
    const { opener } = await start("--no-runtime-policies");
    expect(opener).toBeNaN();
  });
});
