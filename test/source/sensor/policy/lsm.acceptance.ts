/** Hooks of the security modules, and mapped files, on a kernel that has BPF among its security modules (`npm run acceptance -- policies`). */
import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { KernelTypes } from "../../../../src/kernel/btf/index.ts";
import { readBuiltin, withLsmHooks } from "../../../../src/policy/builtin/index.ts";
import { checkPolicies } from "../../../../src/policy/check/index.ts";
import type { SensorPolicies } from "../../../../src/source/sensor/policy/policies.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, type Enclosure, RunningSensor } from "../support.ts";
import { policyOf } from "./read-policy.ts";

/** Policies on one hook: more than programs that the kernel lets a function call (`BPF_MAX_TRAMP_LINKS`, 38). */
const COUNT = 128;
/** Files that each of several processes opens. */
const OPENS = 300;

/** Where kernels that may be told to preempt what runs in them say whether they do. */
const PREEMPTION = "/sys/kernel/debug/sched/preempt";

/** Whether the kernel's integrity measurement makes digests of all programs. */
function isMeasured(): boolean {
  return readFileSync("/proc/cmdline", "latin1").includes("ima_policy=tcb");
}

function canPreempt(): boolean {
  Bun.spawnSync(["mount", "-t", "debugfs", "none", "/sys/kernel/debug"], { stderr: "ignore" });
  return existsSync(PREEMPTION);
}

/** Has the kernel preempt whatever runs in it, until it is disposed of. */
function preempting(): Disposable {
  // `none (voluntary) full`
  const [, before = "voluntary"] = /\((\w+)\)/.exec(readFileSync(PREEMPTION, "latin1")) ?? [];
  writeFileSync(PREEMPTION, "full");
  return { [Symbol.dispose]: () => writeFileSync(PREEMPTION, before) };
}

describeWithBpf("hooks of the security modules", () => {
  let enclosure: Enclosure;
  let sensor: RunningSensor;
  let policies: SensorPolicies;
  beforeAll(async () => {
    enclosure = await createPidNamespace();
    sensor = await RunningSensor.start({ scope: enclosure.scope });
    policies = await sensor.source.policies();
  });
  afterAll(async () => {
    await sensor[Symbol.asyncDispose]();
    await enclosure[Symbol.asyncDispose]();
  });

  async function eventsOf(type: string, ...command: readonly string[]): Promise<Record<string, unknown>[]> {
    sensor.events.length = 0;
    await enclosure.run([...command]);
    await policies.drained();
    return sensor.events.flatMap((event) => {
      const payload = (event as unknown as Record<string, Record<string, unknown> | undefined>)[type];
      return payload === undefined ? [] : [payload];
    });
  }

  test.skipIf(release().startsWith("5.10."))(
    "tell of mapped files, each once for a process, with its build id",
    async () => {
      policies.put("loader", policyOf("loader: true"));
      const events = await eventsOf("process_loader", "/bin/true");
      policies.delete("loader");
      const paths = events.map(({ path }) => String(path));
      expect(paths).toEqual([...new Set(paths)]);
      expect(paths.some((path) => path.endsWith("/true"))).toBe(true);
      expect(paths.some((path) => /\/libc[.-]/.test(path))).toBe(true);
      for (const { buildid } of events) expect(Buffer.from(String(buildid), "base64").length).toBe(20);
    },
  );

  test("decide for a ready-made policy, which stops a way out of a container", async () => {
    const { policies: found } = checkPolicies(readBuiltin("file-access")!, {
      file: "builtin:file-access",
      kernel: policies.kernel,
    });
    const moved = withLsmHooks(found[0]!, policies.kernel);
    expect(moved.hooks.map(({ section }) => section)).toContain("lsmhooks");
    const enforcing = {
      ...moved,
      // Where the kernel has no hook that programs can be at, the function stays.
      hooks: moved.hooks
        .filter(({ section }) => section === "lsmhooks")
        .map((hook) => ({
          ...hook,
          selectors: hook.selectors.map((selector) => ({
            ...selector,
            actions: [{ action: "Override", error: -1 } as const],
          })),
        })),
    };
    policies.put("stops", enforcing);
    const write =
      'exec 2>/dev/null; echo "|/x" 1<> /proc/sys/kernel/core_pattern; cat /proc/sys/kernel/core_pattern';
    const [event] = await eventsOf("process_lsm", "bash", "-c", write);
    policies.delete("stops");
    expect(event).toMatchObject({
      function_name: "file_permission",
      policy_name: "file-access",
      message: "A sensitive file was read or written",
      action: "KPROBE_ACTION_OVERRIDE",
      action_result: ["overridden"],
    });
    expect(await enclosure.run(["cat", "/proc/sys/kernel/core_pattern"])).not.toContain("|/x");
  });

  test(`take ${COUNT} policies, each with its own filter`, async () => {
    const paths = Array.from({ length: COUNT }, (_, index) => `/proc/sys/kernel/no${index}`);
    paths[5] = "/proc/sys/kernel/ostype";
    paths[127] = "/proc/sys/kernel/osrelease";
    const all = paths.map((path, index) =>
      policyOf(
        `lsmhooks: [{hook: file_open, args: [{index: 0, type: file}], selectors: [{matchArgs: [{index: 0, operator: Equal, values: ["${path}"]}]}]}]`,
        `p${index}`,
      ),
    );
    policies.expect(all);
    for (const policy of all) policies.put(policy.name, policy);
    policies.expect([]);
    const events = await eventsOf(
      "process_lsm",
      "cat",
      ...["ostype", "osrelease", "version"].map((name) => `/proc/sys/kernel/${name}`),
    );
    expect(events.map(({ policy_name }) => policy_name)).toEqual(["p5", "p127"]);
  });

  // Takes a kernel that was started with ima_policy=tcb (`kernel-vm --cmdline=ima_policy=tcb`); 5.11 to 5.17 have no other helper.
  test.skipIf(!isMeasured())(
    "have digests that the kernel has made before, where it makes none for programs",
    async () => {
      const enumerator = KernelTypes.prototype.enumerator;
      using _ = spyOn(KernelTypes.prototype, "enumerator").mockImplementation(function (
        this: KernelTypes,
        name: string,
        wanted: string,
      ) {
        return wanted === "BPF_FUNC_ima_file_hash" ? undefined : enumerator.call(this, name, wanted);
      });
      const program = "/usr/local/bin/measured";
      copyFileSync("/bin/true", program);
      const selectors = `[{matchArgs: [{index: 0, operator: Equal, values: [${program}]}], matchActions: [{action: Post, imaHash: true}]}]`;
      policies.put(
        "measured",
        policyOf(
          `lsmhooks: [{hook: bprm_check_security, args: [{index: 0, type: linux_binprm}], selectors: ${selectors}}]`,
        ),
      );
      // The first run has the kernel make it.
      await eventsOf("process_lsm", program);
      const [event] = await eventsOf("process_lsm", program);
      policies.delete("measured");
      const digest = new Bun.CryptoHasher("sha256").update(readFileSync(program)).digest("hex");
      expect(event?.ima_hash).toBe(`sha256:${digest}`);
    },
  );

  // Before Linux 6.2 the kernel itself leaves out a program that has not ended on the same processor.
  test.skipIf(/^(5|6\.[01])\./.test(release()) || !canPreempt())(
    "miss no call where the kernel takes the processor from their programs",
    async () => {
      const file = `/media/${"directory/".repeat(100)}file`;
      const selectors = `[{matchArgs: [{index: 0, operator: Postfix, values: [/file]}]}]`;
      policies.put(
        "busy",
        policyOf(`lsmhooks: [{hook: file_open, args: [{index: 0, type: file}], selectors: ${selectors}}]`),
      );
      const before = policies.missed;
      // Before the kernel switches, all are there that want the processor.
      const opens = `import os
for i in range(${OPENS}): os.close(os.open("${file}", os.O_RDONLY))`;
      const workers = Array.from({ length: 6 }, () => `python3 -c '${opens}' &`).join("\n");
      using _ = preempting();
      const events = await eventsOf(
        "process_lsm",
        "bash",
        "-c",
        `mkdir -p $(dirname ${file}); touch ${file}\n${workers}\nwait`,
      );
      policies.delete("busy");
      expect(policies.missed - before).toBe(0);
      expect(events.length).toBeGreaterThanOrEqual(6 * OPENS);
    },
  );
});
