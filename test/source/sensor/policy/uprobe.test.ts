/** Policies on functions of programs, of which every kernel has probes that runs the sensor. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, type Enclosure, type ProcessEvent, RunningSensor, until } from "../support.ts";
import { buildProbedProgram, hasCompiler } from "./probed-program.ts";
import { policyOf } from "./read-policy.ts";

type PolicyEvent = ProcessEvent & Record<string, unknown>;

(hasCompiler ? describeWithBpf : describe.skip)("policies on programs", () => {
  let enclosure: Enclosure;
  let sensor: RunningSensor;
  let directory: string;
  let target: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "tetrad-uprobe-"));
    target = buildProbedProgram(directory);
    enclosure = await createPidNamespace();
    sensor = await RunningSensor.start({ scope: enclosure.scope });
  });
  afterAll(async () => {
    await sensor?.[Symbol.asyncDispose]();
    await enclosure?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  /** Events of a policy while the program runs, once for each list of arguments. */
  async function eventsOf(spec: string, runs: readonly (readonly string[])[]) {
    const name = `test-${crypto.randomUUID().slice(0, 8)}`;
    const policies = await sensor.source.policies();
    policies.put(name, policyOf(spec, name));
    try {
      const before = sensor.exits.length;
      const script = runs.map((args) => [target, ...args].join(" ")).join("; ");
      const output = await enclosure.run(["sh", "-c", `${script}; true`]);
      await until(() => sensor.exits.length > before + runs.length, "all events are there");
      const events = sensor.events
        .flatMap(
          (event) =>
            Object.entries(event).filter(([type]) => type.startsWith("process_")) as [string, PolicyEvent][],
        )
        .filter(([, { policy_name }]) => policy_name === name);
      return {
        output,
        events: events.map(([type, { process, parent, policy_name: _, ...own }]) => {
          expect(process.binary).toBe(target);
          expect(parent).toBeDefined();
          return { [type]: own };
        }),
        facts: policies.facts(name),
      };
    } finally {
      policies.delete(name);
    }
  }

  const POST = { action: "KPROBE_ACTION_POST" };

  for (const options of ["", "options: [{name: disable-uprobe-multi, value: 'true'}]\n"]) {
    const how = options === "" ? "" : ", without multiple links";
    test(`post a function's arguments, its texts among them, where their conditions hold${how}`, async () => {
      const { events } = await eventsOf(
        `${options}uprobes:
- path: ${target}
  symbols: [check_pin]
  message: "PIN checked"
  tags: [pins]
  args:
  - {index: 0, type: int, label: user}
  - {index: 1, type: int64}
  - {index: 2, type: string}
  data:
  - {index: 0, type: int, source: pt_regs, resolve: ${process.arch === "x64" ? "rdi" : "x0"}}
  selectors:
  - matchArgs:
    - {index: 0, operator: GT, values: ["5"]}`,
        [
          ["3", "1"],
          ["7", "1"],
          ["8", "2", "bob"],
        ],
      );
      const where = { path: target, symbol: "check_pin", message: "PIN checked", tags: ["pins"], ...POST };
      expect(events).toEqual([
        {
          process_uprobe: {
            ...where,
            args: [{ int_arg: 7, label: "user" }, { long_arg: "1" }, { string_arg: "alice" }],
            data: [{ int_arg: 7 }],
          },
        },
        {
          process_uprobe: {
            ...where,
            args: [{ int_arg: 8, label: "user" }, { long_arg: "2" }, { string_arg: "bob" }],
            data: [{ int_arg: 8 }],
          },
        },
      ]);
    });

    test(`post what a function returns, where the condition on that holds${how}`, async () => {
      const { events } = await eventsOf(
        `${options}uprobes:
- path: ${target}
  symbols: [check_pin, guarded]
  return: true
  args:
  - {index: 0, type: int}
  returnArg: {index: 0, type: int}
  selectors:
  - matchReturnArgs:
    - {index: 0, operator: LT, values: ["0"]}`,
        [
          ["7", "4711"],
          ["8", "1"],
        ],
      );
      expect(events).toEqual([
        {
          process_uprobe: {
            path: target,
            symbol: "check_pin",
            args: [{ int_arg: 8 }, { int_arg: -8 }],
            ...POST,
          },
        },
      ]);
    });

    test(`read a static tracepoint's arguments where they are, and raise its counter${how}`, async () => {
      const { events, output } = await eventsOf(
        `${options}usdts:
- path: ${target}
  provider: tetradtest
  name: check
  args:
  - {index: 0, type: int32, label: user}
  - {index: 1, type: int64, label: pin}
  - {index: 2, type: string}
  - {index: 3, type: uint64}
  selectors:
  - matchArgs:
    - {index: 1, operator: Equal, values: ["4711"]}
- path: ${target}
  provider: tetradtest
  name: gate
  args: [{index: 0, type: int32}, {index: 1, type: int64}]
  selectors:
  - matchArgs:
    - {index: 1, operator: Equal, values: ["-8"]}
    - {index: 0, operator: Equal, values: ["0"]}`,
        [
          ["7", "1"],
          ["-8", "4711"],
        ],
      );
      const where = { path: target, provider: "tetradtest" };
      expect(output).toBe("check=-7 gate=14 semaphore=1\ncheck=-8 gate=-16 semaphore=1\n");
      expect(events).toEqual([
        {
          process_usdt: {
            ...where,
            name: "check",
            args: [
              { int_arg: -8, label: "user" },
              { long_arg: "4711", label: "pin" },
              { string_arg: "alice" },
              { size_arg: "77" },
            ],
            ...POST,
          },
        },
        { process_usdt: { ...where, name: "gate", args: [{ int_arg: 0 }, { long_arg: "-8" }], ...POST } },
      ]);
    });
  }
});
