/** Policies on functions of the kernel that go on when the agent has ended, and the next agent, which takes them over. */
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { cleanUp, onEnd, startTetrad, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

/** Ends who sends signal 0. */
const POLICY = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: no-kill
spec:
  kprobes:
    - call: sys_kill
      args: [{index: 1, type: int}]
      selectors:
        - matchArgs: [{index: 1, operator: Equal, values: ["0"]}]
          matchBinaries: [{operator: NotIn, values: ["/usr/bin/nobody"]}]
          matchActions: [{action: Sigkill}]
`;
const TRY = ["sh", "-c", "exec 2>/dev/null; (kill -0 $$; echo alive); echo over"];
const STOPPED = "over\n";
const ALIVE = "alive\nover\n";
const [major = 0, minor = 0] = release().split(".").map(Number);
const HAS_KPROBE_LINKS = major > 5 || (major === 5 && minor >= 15);

describeWithBpf("policies on functions, of an agent that ends", () => {
  test("go on, and are taken over, where the kernel has links of kprobes", async () => {
    const enclosure = await createPidNamespace();
    onEnd(async () => {
      await enclosure[Symbol.asyncDispose]();
    });
    const directory = temporaryDirectory();
    const run = (...command: string[]) => expect(Bun.spawnSync(command).exitCode).toBe(0);
    run("mount", "-t", "bpf", "bpf", directory);
    onEnd(() => run("umount", directory));
    const file = join(temporaryDirectory(), "policy.yaml");
    writeFileSync(file, POLICY);
    for (let i = 0; i < 3; i++) {
      const agent = startTetrad([
        ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--udp-output-enabled"],
        ...[`--tracing-policy=${file}`, "--keep-sensors-on-exit", `--bpf-dir=${directory}/dir`],
      ]);
      await agent.logged("Sensor watches");
      expect(await enclosure.run(TRY)).toBe(STOPPED);
      expect(agent.log().includes("this kernel has no links for it")).toBe(!HAS_KPROBE_LINKS);
      agent.process.kill("SIGKILL");
      await agent.process.exited;
      expect(await enclosure.run(TRY)).toBe(HAS_KPROBE_LINKS ? STOPPED : ALIVE);
    }
  });
});
