/** Policies for pods that hook functions of the kernel, and what they stop. This host's own kernel may have no kprobes. */
import { expect, test } from "bun:test";
import { describeWithBpf } from "../../../kernel/support.ts";
import { policyOf } from "./read-policy.ts";
import { id, Pods, start } from "./workload-support.ts";

const UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const OTHER = "11111111-2222-3333-4444-555555555555";

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
});
