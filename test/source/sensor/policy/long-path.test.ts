/** Paths of any depth, and what is said of one that is cut. */
import { expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haveFeature } from "../../../../src/kernel/feature/index.ts";
import type { HookTarget } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor } from "../support.ts";
import { argument, hook, policy, selector } from "./made-policy.ts";

const EXEC: HookTarget = { kind: "tracepoint", subsystem: "sched", event: "sched_process_exec", isRaw: true };

/** Bytes of a path that is kept, and names where the kernel has no loop without a bound. */
const LONGEST = 4096;
const FEWEST_NAMES = 128;

/** Executes a program below so many directories of a name, each entered from the one before. @returns What events say of its path. */
async function executeBelow(count: number, name: string) {
  const top = mkdtempSync(join(tmpdir(), "deep-"));
  try {
    copyFileSync("/bin/true", join(top, "program"));
    await using enclosure = await createPidNamespace();
    const below = policy(
      "deep",
      hook(EXEC, [argument(2, "linux_binprm")], {
        selectors: [
          selector({
            0: { operator: "Postfix", isNegated: false, strings: [new TextEncoder().encode("/program")] },
          }),
        ],
      }),
    );
    const sensor = await RunningSensor.start({ scope: enclosure.scope, policies: [below] });
    const program = `import os
os.chdir("${top}")
for _ in range(${count}):
  os.mkdir("${name}")
  os.chdir("${name}")
os.link("${top}/program", "program")
os.execv("./program", ["program"])`;
    await enclosure.run(["python3", "-c", program]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.counters.lost).toBe(0);
    const [event] = sensor.events.flatMap(({ process_tracepoint }) => process_tracepoint ?? []);
    const [said] = event!.args as [{ linux_binprm_arg: { path: string; flags?: string } }];
    return { whole: `${top}/${`${name}/`.repeat(count)}program`, ...said.linux_binprm_arg };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

describeWithBpf("the path of a file", () => {
  const hasLoop = haveFeature("bpf_loop").answer === "yes";

  for (const [count, name] of [
    [100, "d"],
    [300, "d"],
    [16, "n".repeat(250)],
  ] as const) {
    const isWhole = hasLoop || count < FEWEST_NAMES;
    test(`below ${count} directories of ${name.length} bytes is ${isWhole ? "whole" : "cut, which is said"}`, async () => {
      const { path, flags, whole } = await executeBelow(count, name);
      if (isWhole) expect([path, flags]).toEqual([whole, undefined as never]);
      else expect([whole.endsWith(path), flags]).toEqual([true, "unresolvedPathComponents"]);
    });
  }

  test(`of more than ${LONGEST} bytes is cut, which is said`, async () => {
    const { path, flags, whole } = await executeBelow(20, "n".repeat(250));
    expect(whole.length).toBeGreaterThan(LONGEST);
    expect(flags).toBe("unresolvedPathComponents");
    expect(path.startsWith("/nnn")).toBe(true);
    expect(whole.endsWith(path)).toBe(true);
    // As many whole names as have room.
    expect(path.length).toBe(251 * Math.floor((LONGEST - "/program".length) / 251) + "/program".length);
  });
});
