/** Policies on tracepoints, which every kernel has that runs the sensor. */
import { expect, test } from "bun:test";
import type { Condition } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor } from "../support.ts";
import { argument, equal, hook, policy, selector } from "./made-policy.ts";

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;

describeWithBpf("a policy on a raw tracepoint", () => {
  test("posts the calls that its selector holds for, with process and parent", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [
        policy(
          "raw",
          hook(
            { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true },
            [argument(1, "int64")],
            { selectors: [selector({ 0: equal(SCHED_YIELD) })] },
          ),
        ),
      ],
    });
    await enclosure.run(["python3", "-c", "import os; os.sched_yield()"]);
    await sensor[Symbol.asyncDispose]();
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      subsys: "raw_syscalls",
      event: "sys_enter",
      args: [{ long_arg: String(SCHED_YIELD) }],
      policy_name: "raw",
      action: "KPROBE_ACTION_POST",
    });
    expect(events[0]?.process.binary).toContain("python3");
    expect(events[0]?.parent).toBeDefined();
  });
});

describeWithBpf("policies with conditions on the process", () => {
  const strings = (path: string) => [new TextEncoder().encode(path)];
  const isBinary = (path: string, isNegated = false): Condition => ({
    kind: "binary",
    at: { line: 1, column: 1 },
    of: "process",
    operand: { operator: "EqualString", isNegated, strings: strings(path) },
    followsChildren: false,
  });
  const yields = (name: string, condition: Condition) =>
    policy(
      name,
      hook(
        { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true },
        [argument(1, "int64")],
        {
          selectors: [
            selector({}, { conditions: [condition, ...selector({ 0: equal(SCHED_YIELD) }).conditions] }),
          ],
        },
      ),
    );

  test("at one hook decide for themselves", async () => {
    await using enclosure = await createPidNamespace();
    const which = await enclosure.run(["python3", "-c", "import os; print(os.readlink('/proc/self/exe'))"]);
    const python = which.trim();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [
        yields("is", isBinary(python)),
        yields("is not", isBinary(python, true)),
        yields("is another", isBinary("/nowhere")),
        yields("is not another", isBinary("/nowhere", true)),
      ],
    });
    await enclosure.run([python, "-c", "import os; os.sched_yield()"]);
    await sensor[Symbol.asyncDispose]();
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events.map((event) => event.policy_name).sort()).toEqual(["is", "is not another"]);
    expect(events.map((event) => event.process.binary)).toEqual([python, python]);
  });
});

describeWithBpf("a policy on a tracepoint", () => {
  test("reads the fields of its record, strings of the process's memory among them", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [
        policy(
          "unlink",
          hook({ kind: "tracepoint", subsystem: "syscalls", event: "sys_enter_unlinkat", isRaw: false }, [
            argument(5, "int64"),
            argument(6, "string"),
          ]),
        ),
      ],
    });
    await enclosure.run(["rm", "-f", "/nowhere/a.tmp"]);
    await sensor[Symbol.asyncDispose]();
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events.map(({ args }) => args)).toEqual([
      [{ long_arg: "4294967196" }, { string_arg: "/nowhere/a.tmp" }],
    ]);
  });

  test("has all of a long buffer, up to 327,360 bytes, and says what is missing of a longer one", async () => {
    const sizes = [4095, 4096, 40_000, 327_360, 327_361];
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [
        policy(
          "long",
          hook(
            { kind: "tracepoint", subsystem: "syscalls", event: "sys_enter_write", isRaw: false },
            [argument(6, "char_buf", { sizeIndex: 7, isLong: true }), argument(7, "uint64")],
            { selectors: [selector({ 1: equal(...sizes) })] },
          ),
        ),
      ],
    });
    const script = `import os
data = b"".join(b"%08d" % n for n in range(50000))
target = os.open("/dev/null", os.O_WRONLY)
for size in (${sizes.join(", ")}): os.write(target, data[:size])`;
    await enclosure.run(["python3", "-c", script]);
    await sensor[Symbol.asyncDispose]();
    const data = Array.from({ length: 50_000 }, (_, n) => String(n).padStart(8, "0")).join("");
    const printed = (size: number) => btoa(data.slice(0, size));
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events.map(({ args }) => args)).toEqual([
      ...sizes.slice(0, -1).map((size) => [{ bytes_arg: printed(size) }, { size_arg: String(size) }]),
      [{ truncated_bytes_arg: { bytes_arg: printed(327_360), orig_size: "327361" } }, { size_arg: "327361" }],
    ]);
  });
});
