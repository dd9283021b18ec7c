/** Policies on functions of the kernel that come when the agent has given up its rights, and that go on when it has ended. */
import { afterEach, expect, test } from "bun:test";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { FineGuidanceSensors } from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import { cleanUp, onEnd, startTetrad, temporaryDirectory } from "./harness.ts";

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
const OF_FUNCTION = policy("function", "call: group_send_sig_info\n      syscall: false", 0);

const TRY = ["sh", "-c", "exec 2>/dev/null; (kill -0 $$; echo alive); echo over"];
const STOPPED = "over\n";
const ALIVE = "alive\nover\n";
const [major = 0, minor = 0] = release().split(".").map(Number);
const HAS_KPROBE_LINKS = major > 5 || (major === 5 && minor >= 15);

async function enclose() {
  const enclosure = await createPidNamespace();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  return enclosure;
}

describeWithBpf("policies on functions of an agent that runs", () => {
  test.each([[], ["--user=65534:65534"]])(
    "come by the API and by files with the rights that are kept: %j",
    async (...user) => {
      const enclosure = await enclose();
      const directory = temporaryDirectory();
      chmodSync(directory, 0o755);
      const agent = startTetrad([
        ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"],
        ...["--server-address=127.0.0.1:0", `--tracing-policy-dir=${directory}`, ...user],
      ]);
      await agent.logged("Sensor watches");
      expect(agent.log()).toMatch(
        /msg="Privileges dropped".* capabilities=CAP_SYS_PTRACE,(?:CAP_SYS_ADMIN,)?CAP_PERFMON,CAP_BPF /,
      );
      const client = new GrpcClient(await addressIn(agent.log));
      const { addTracingPolicy, deleteTracingPolicy } = FineGuidanceSensors.method;
      expect(await enclosure.run(TRY)).toBe(ALIVE);
      await client.call(addTracingPolicy, { yaml: OF_CALL });
      expect(await enclosure.run(TRY)).toBe(STOPPED);
      await client.call(deleteTracingPolicy, { name: "call" });
      expect(await enclosure.run(TRY)).toBe(ALIVE);
      writeFileSync(join(directory, ".new"), OF_FUNCTION);
      renameSync(join(directory, ".new"), join(directory, "function.yaml"));
      await agent.logged("Policies changed");
      expect(await enclosure.run(TRY)).toBe(STOPPED);
      agent.process.kill("SIGKILL");
      await agent.process.exited;
      expect(await enclosure.run(TRY)).toBe(ALIVE);
    },
  );

  test("go on when it has ended, where the kernel has links of kprobes", async () => {
    const enclosure = await enclose();
    const directory = temporaryDirectory();
    const run = (...command: string[]) => expect(Bun.spawnSync(command).exitCode).toBe(0);
    run("mount", "-t", "bpf", "bpf", directory);
    onEnd(() => run("umount", directory));
    const file = join(temporaryDirectory(), "policy.yaml");
    writeFileSync(file, OF_CALL);
    const start = async () => {
      const agent = startTetrad([
        ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--udp-output-enabled"],
        ...[`--tracing-policy=${file}`, "--keep-sensors-on-exit", `--bpf-dir=${directory}/dir`],
      ]);
      await agent.logged("Sensor watches");
      return agent;
    };
    for (let i = 0; i < 2; i++) {
      const agent = await start();
      expect(await enclosure.run(TRY)).toBe(STOPPED);
      expect(agent.log().includes("this kernel has no links for it")).toBe(!HAS_KPROBE_LINKS);
      agent.process.kill("SIGKILL");
      await agent.process.exited;
      expect(await enclosure.run(TRY)).toBe(HAS_KPROBE_LINKS ? STOPPED : ALIVE);
    }
  });
});
