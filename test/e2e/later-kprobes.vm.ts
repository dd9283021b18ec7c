/** Policies on functions of the kernel that come when the agent has given up its rights, where perf events take `CAP_SYS_ADMIN`. */
import { afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
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

/** Ends who sends signal 0: at a system call, or at a function within it. */
function policy(name: string, hook: string, argument: number): string {
  return `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${name}
spec:
  kprobes:
    - ${hook}
      args: [{index: ${argument}, type: int}]
      selectors:
        - matchArgs: [{index: ${argument}, operator: Equal, values: ["0"]}]
          matchBinaries: [{operator: NotIn, values: ["/usr/bin/nobody"]}]
          matchActions: [{action: Sigkill}]
`;
}
const OF_CALL = policy("call", "call: sys_kill", 1);
const OF_FUNCTION = policy("function", "call: security_task_kill\n      syscall: false", 2);

const TRY = ["sh", "-c", "exec 2>/dev/null; (kill -0 $$; echo alive); echo over"];
const STOPPED = "over\n";
const ALIVE = "alive\nover\n";
const PARANOIA = "/proc/sys/kernel/perf_event_paranoid";

async function enclose() {
  const enclosure = await createPidNamespace();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  return enclosure;
}

describeWithBpf("policies on functions of an agent that runs", () => {
  test.each([[[]], [["--user=65534:65534"]]])(
    "come by the API and by files without CAP_SYS_ADMIN of the agent: %j",
    async (user) => {
      const before = readFileSync(PARANOIA, "latin1");
      writeFileSync(PARANOIA, "3");
      onEnd(() => writeFileSync(PARANOIA, before));
      const enclosure = await enclose();
      const directory = temporaryDirectory();
      chmodSync(directory, 0o755);
      const agent = startTetrad([
        ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"],
        ...["--server-address=127.0.0.1:0", `--tracing-policy-dir=${directory}`, ...user],
      ]);
      await agent.logged("Sensor watches");
      await agent.logged("Privileges dropped");
      const { effective, permitted } = readProcessPrivileges(agent.process.pid);
      expect(capabilityNames(effective | permitted).toSorted()).toEqual([
        "CAP_BPF",
        "CAP_PERFMON",
        "CAP_SYS_PTRACE",
      ]);
      const opener = Number(/opened by a process of their own" pid=(\d+)/.exec(agent.log())![1]);
      const client = new GrpcClient(await addressIn(agent.log));
      const { addTracingPolicy, deleteTracingPolicy, listTracingPolicies } = FineGuidanceSensors.method;
      expect(await enclosure.run(TRY)).toBe(ALIVE);
      await client.call(addTracingPolicy, { yaml: OF_CALL });
      expect(await enclosure.run(TRY)).toBe(STOPPED);
      await client.call(deleteTracingPolicy, { name: "call" });
      expect(await enclosure.run(TRY)).toBe(ALIVE);
      const rights = readProcessPrivileges(opener);
      expect(capabilityNames(rights.effective | rights.permitted)).toEqual(["CAP_SYS_ADMIN"]);
      expect(rights.hasSystemCallFilter).toBe(true);

      writeFileSync(join(directory, ".new"), OF_FUNCTION);
      renameSync(join(directory, ".new"), join(directory, "function.yaml"));
      await agent.logged("Policies changed");
      expect(await enclosure.run(TRY)).toBe(STOPPED);

      process.kill(opener, "SIGKILL");
      await agent.logged("the process that opens perf events has ended");
      expect(await enclosure.run(TRY)).toBe(STOPPED);
      await expect(client.call(addTracingPolicy, { yaml: OF_CALL })).rejects.toThrow(
        "the process that opens perf events for the agent has ended",
      );
      const { policies } = await client.call(listTracingPolicies, {});
      expect(policies.map(({ name, state }) => [name, state])).toEqual([
        ["function", TracingPolicyState.TP_STATE_ENABLED],
        ["call", TracingPolicyState.TP_STATE_LOAD_ERROR],
      ]);
      agent.process.kill("SIGKILL");
      await agent.process.exited;
      expect(await enclosure.run(TRY)).toBe(ALIVE);
    },
  );

  test("end with an agent that is killed, and so does the process that opens events", async () => {
    const before = readFileSync(PARANOIA, "latin1");
    writeFileSync(PARANOIA, "3");
    onEnd(() => writeFileSync(PARANOIA, before));
    const enclosure = await enclose();
    const agent = startTetrad([
      ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"],
      "--server-address=127.0.0.1:0",
    ]);
    await agent.logged("Privileges dropped");
    const opener = Number(/opened by a process of their own" pid=(\d+)/.exec(agent.log())![1]);
    const client = new GrpcClient(await addressIn(agent.log));
    await client.call(FineGuidanceSensors.method.addTracingPolicy, { yaml: OF_FUNCTION });
    expect(await enclosure.run(TRY)).toBe(STOPPED);
    agent.process.kill("SIGKILL");
    await agent.process.exited;
    expect(await enclosure.run(TRY)).toBe(ALIVE);
    await until(
      () => !existsSync(`/proc/${opener}/exe`),
      () => `the end of ${opener}`,
    );
  });
});
