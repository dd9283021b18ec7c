/** Policies for pods that hook functions of the kernel, and what they stop. This host's own kernel may have no kprobes. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { WorkloadSelector } from "../../../../src/policy/workload.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { policyOf } from "./read-policy.ts";
import { id, Pods, start } from "./workload-support.ts";

const UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const OTHER = "11111111-2222-3333-4444-555555555555";

const IN_KITCHEN: WorkloadSelector = {
  namespace: "kitchen",
  pod: undefined,
  container: undefined,
  hasHost: false,
};

function hasLsm(): boolean {
  const modules = "/sys/kernel/security/lsm";
  return existsSync(modules) && readFileSync(modules, "latin1").split(",").includes("bpf");
}

/** A policy that acts on the programs that pods with `app: web` execute. */
const acting = (call: string, action: string) =>
  policyOf(
    `podSelector: {matchLabels: {app: web}}
kprobes:
- call: ${call}
  syscall: false
  selectors:
  - matchActions: [${action}]
`,
    "guard",
  );

describeWithBpf("policies for pods", () => {
  test.each([
    ["end the first program of a pod's container", "security_bprm_check", "{action: Sigkill}"],
    ["keep it from being executed", "security_bprm_check", "{action: Override, argError: -1}"],
  ])("%s, and no other pod's", async (_, call, action) => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, runIn } = running;
    policies.put("guard", acting(call, action));
    pods.set(UID, { app: "web" });
    pods.set(OTHER, { app: "db" });
    const echo = ["/bin/echo", "alive"];
    expect(await runIn(cgroup("kubepods", `pod${OTHER}`, id("b")), echo)).toBe("alive\n");
    expect(await runIn(cgroup("kubepods", `pod${UID}`, id("a")), echo)).toBe("");
    expect(await runIn(cgroup("my.service"), echo)).toBe("alive\n");
  });

  test("are as many on one hook as a cluster has", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, runIn } = running;
    const all = Array.from({ length: 40 }, (_, index) =>
      policyOf(
        `podSelector: {matchLabels: {app: web${index}}}
kprobes:
- call: security_bprm_check
  syscall: false
  selectors:
  - matchArgs: [{index: 0, operator: Prefix, values: ["/bin/", "/usr/bin/"]}]
    matchActions: [{action: Override, argError: -1}]
  args: [{index: 0, type: linux_binprm}]
`,
        `p${index}`,
      ),
    );
    const before = performance.now();
    policies.expect(all);
    for (const policy of all) policies.put(policy.name, policy);
    policies.expect([]);
    console.log(`40 policies with selectors: ${Math.round(performance.now() - before)} ms`);
    pods.set(UID, { app: "web39" });
    pods.set(OTHER, { app: "db" });
    const echo = ["/bin/echo", "alive"];
    expect(await runIn(cgroup("kubepods", `pod${OTHER}`, id("b")), echo)).toBe("alive\n");
    expect(await runIn(cgroup("kubepods", `pod${UID}`, id("a")), echo)).toBe("");
  });

  test.skipIf(!hasLsm())("decide in hooks of the security modules, by namespace and labels", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, runIn } = running;
    const hook = `lsmhooks:
- hook: file_open
  args: [{index: 0, type: file}]
  selectors:
  - matchArgs: [{index: 0, operator: Equal, values: [/etc/hostname]}]
    matchActions: [{action: Override, argError: -1}]
`;
    policies.put("labels", policyOf(`podSelector: {matchLabels: {app: web}}\n${hook}`, "labels"));
    const shop = "11111111-2222-3333-4444-666666666666";
    policies.put("namespace", { ...policyOf(`podSelector: {}\n${hook}`, "namespace"), workload: IN_KITCHEN });
    pods.set(UID, { app: "web" });
    pods.set(OTHER, { app: "db" });
    pods.set(shop, { app: "db", namespace: "kitchen" });
    const read = ["/bin/cat", "/etc/hostname"];
    const stopped = async (...names: string[]) => (await runIn(cgroup(...names), read)) === "";
    expect(await stopped("kubepods", `pod${UID}`, id("a"))).toBe(true);
    expect(await stopped("kubepods", `pod${OTHER}`, id("b"))).toBe(false);
    expect(await stopped("kubepods", `pod${shop}`, id("c"))).toBe(true);
    expect(await stopped("my.service")).toBe(false);
  });
});
