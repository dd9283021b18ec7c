/** Policies on functions of programs, of which every kernel has probes that runs the sensor. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haveFeature, haveHelper } from "../../../../src/kernel/feature/index.ts";
import { ElfFile, OpenedFile } from "../../../../src/kernel/symbol/index.ts";
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

    test(`post texts that a function returns, where the condition on them holds${how}`, async () => {
      const run = async (condition: string) => {
        const { events } = await eventsOf(
          `${options}uprobes:
- path: ${target}
  symbols: [greet]
  return: true
  args: [{index: 0, type: string}]
  returnArg: {index: 0, type: string, label: answer}
  selectors: [{matchReturnArgs: [${condition}]}]`,
          [["1"], ["1", "1", "bob"], ["1", "1", "-"]],
        );
        return events.map(({ process_uprobe: event }) => (event as unknown as { args: unknown }).args);
      };
      const bob = [{ string_arg: "bob" }, { string_arg: "hello bob", label: "answer" }];
      const alice = [{ string_arg: "alice" }, { string_arg: "hello alice", label: "answer" }];
      const nobody = [
        { string_arg: "-" },
        { error_arg: { Message: "Bad address for basic type" }, label: "answer" },
      ];
      expect(await run('{index: 0, operator: Equal, values: ["hello bob"]}')).toEqual([bob]);
      expect(await run('{index: 0, operator: Postfix, values: ["lice"]}')).toEqual([alice]);
      expect(await run('{index: 0, operator: NotPrefix, values: ["hello b"]}')).toEqual([alice, nobody]);
      // So many are looked up, which writes before what it looks up.
      const many = Array.from({ length: 3000 }, (_, index) => `"hello ${index} times ${index * 7919}"`);
      expect(await run(`{index: 0, operator: Equal, values: [${many.join()}, "hello alice"]}`)).toEqual([
        alice,
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

  const GATE = (more: string) => `usdts:
- path: ${target}
  provider: tetradtest
  name: gate
  args: [{index: 0, type: int32}, {index: 1, type: int32}]
  selectors:
  - matchArgs:
    - {index: 1, operator: Equal, values: ["9"]}
    matchActions: [{action: Set, argIndex: 0, argValue: 3}]
${more}`;

  test.if(haveHelper("kprobe", "probe_write_user").answer !== "yes")(
    "that set an argument are refused in words where the kernel forbids it",
    async () => {
      const policies = await sensor.source.policies();
      expect(() => policies.put("set", policyOf(GATE(""), "set"))).toThrow(
        `Cannot set arguments at "${target}:tetradtest:gate": this takes CAP_SYS_ADMIN`,
      );
    },
  );

  test.if(haveHelper("kprobe", "probe_write_user").answer === "yes")(
    "set an argument of a static tracepoint, unless the policy only monitors",
    async () => {
      const where = { path: target, provider: "tetradtest", name: "gate" };
      const args = [{ int_arg: 0 }, { int_arg: 9 }];
      const set = await eventsOf(GATE(""), [["8"], ["9"]]);
      expect(set.output).toBe("check=-8 gate=16 semaphore=1\ncheck=-9 gate=-3 semaphore=1\n");
      const action = "KPROBE_ACTION_SET";
      expect(set.events).toEqual([
        { process_usdt: { ...where, args, action, action_result: ["overridden"] } },
      ]);
      expect(set.facts.selectors[0]?.counts).toMatchObject({ set: 1, monitor_set: 0, post: 1 });
      const monitored = await eventsOf(GATE("options: [{name: policy-mode, value: monitor}]\n"), [["9"]]);
      expect(monitored.output).toBe("check=-9 gate=18 semaphore=1\n");
      expect(monitored.events).toEqual([
        { process_usdt: { ...where, args, action, action_result: ["monitored"] } },
      ]);
    },
  );

  const canWrite = haveFeature("uprobe registers").answer === "yes";
  for (const options of ["", "options: [{name: disable-uprobe-multi, value: 'true'}]\n"]) {
    const how = options === "" ? "" : ", without multiple links";
    test.if(canWrite)(`have a function return at once, and what it returns is seen${how}`, async () => {
      const uprobe = (more: string) => `- path: ${target}
  symbols: [guarded]
  args: [{index: 0, type: int}]
  selectors:
  - matchArgs: [{index: 0, operator: Equal, values: ["7"]}]
    matchActions: [{action: Override, argError: -13}]
${more}`;
      const returned = "  return: true\n  returnArg: {index: 0, type: int}\n";
      for (const [spec, args] of [
        [uprobe(""), [[{ int_arg: 7 }]]],
        [uprobe(returned), [[{ int_arg: 7 }, { int_arg: -13 }]]],
        // One decides.
        [uprobe("") + uprobe(returned), [[{ int_arg: 7 }], [{ int_arg: 7 }, { int_arg: -13 }]]],
      ] as const) {
        const { events, output } = await eventsOf(`${options}uprobes:\n${spec}`, [["7"], ["8"]]);
        expect(output).toContain("check=-7 gate=-13 ");
        expect(output).toContain("check=-8 gate=16 ");
        const found = events.map(
          ({ process_uprobe }) => process_uprobe as unknown as Record<string, unknown>,
        );
        expect(found.map((event) => event.action)).toEqual(args.map(() => "KPROBE_ACTION_OVERRIDE"));
        expect(found.map((event) => event.args)).toEqual(args as never);
      }
    });
  }

  test.if(existsSync("/usr/local/go/bin/go"))(
    "are refused where a function of a program in Go returns: it would end",
    () => {
      const uprobe = "path: /usr/local/go/bin/go, symbols: [main.main]";
      expect(() =>
        policyOf(`uprobes: [{${uprobe}, return: true, returnArg: {index: 0, type: int}}]\n`),
      ).toThrow("found return: true in a program in Go, expected a hook where the function begins");
      expect(() => policyOf(`uprobes: [{${uprobe}}]\n`)).not.toThrow();
    },
  );

  test("are refused to have a function return that has begun its work", () => {
    const selectors = "selectors: [{matchActions: [{action: Override, argError: 1}]}]";
    expect(() => policyOf(`uprobes: [{path: ${target}, symbols: [guarded+4], ${selectors}}]\n`)).toThrow(
      "found Override at guarded+4, expected the function's first instruction",
    );
  });

  test("are on offsets and addresses, too, and count what they have asked", async () => {
    using elf = ElfFile.open(target);
    const { address } = elf.function("check_pin")!;
    const offset = elf.offsetOf(address);
    const places = [`offsets: [${offset}]`, `addrs: [${address}]`, "symbols: [check_pin+0]"];
    const { events, facts } = await eventsOf(
      `uprobes:\n${places.map((place) => `- {path: ${target}, ${place}}\n`).join("")}`,
      [["1"]],
    );
    expect(events.map((event) => event.process_uprobe)).toEqual([
      { path: target, offset: String(offset), ...POST },
      { path: target, offset: String(offset), ...POST },
      { path: target, symbol: "check_pin", ...POST },
    ]);
    expect(facts.hooks.map(({ description, state }) => [description, state])).toEqual(
      Array(3).fill([`${target}:0x${offset.toString(16)}`, "loaded"]),
    );
    expect(facts.selectors.map(({ asked }) => asked)).toEqual([1, 1, 1]);
  });

  test("are only in files of the digests that they name", async () => {
    using elf = ElfFile.open(target);
    const hash = createHash("sha256").update(readFileSync(target)).digest("hex");
    const withDigest = (digest: string, more = "") =>
      `uprobes: [{path: ${target}, symbols: [check_pin], binaryDigests: ["${digest}"]${more}}]\n`;
    for (const digest of [`sha256:${hash}`, `build-id:${elf.buildId()}`])
      expect((await eventsOf(withDigest(digest), [["1"]])).events).toHaveLength(1);
    const wrong = `sha256:${"0".repeat(64)}`;
    expect(() => policyOf(withDigest(wrong))).toThrow(
      `expected a file with one of binaryDigests: it has sha256:${hash}`,
    );
    const { events, facts } = await eventsOf(
      withDigest(wrong, ", ignore: {digestVerificationFailure: true}"),
      [["1"]],
    );
    expect(events).toEqual([]);
    expect(facts.hooks.map(({ state }) => state)).toEqual(["digest_rejected"]);
  });

  test("do not go through files of any size for their digests", () => {
    const large = join(directory, "large");
    copyFileSync(target, large);
    truncateSync(large, 2 ** 40);
    const entry = `path: ${large}, symbols: [check_pin], binaryDigests: ["sha256:${"0".repeat(64)}"]`;
    expect(() => policyOf(`uprobes: [{${entry}}]\n`)).toThrow(
      "it has sha256:(too large: 1099511627776 bytes)",
    );
    expect(() =>
      policyOf(`uprobes: [{${entry}, ignore: {digestVerificationFailure: true}}]\n`),
    ).not.toThrow();
  });

  test("are refused where the file does not have what they are on", () => {
    const uprobe = (rest: string) => () => policyOf(`uprobes: [{${rest}}]\n`);
    const usdt = (rest: string) => () =>
      policyOf(`usdts: [{path: ${target}, provider: tetradtest, ${rest}}]\n`);
    expect(uprobe("path: /no/such, symbols: [main]")).toThrow(
      'spec.uprobes[0].path: found "/no/such", expected a program or a library: there is no such file',
    );
    expect(uprobe("path: /dev/zero, symbols: [main]")).toThrow("expected a regular file");
    expect(uprobe(`path: ${import.meta.path}, symbols: [main]`)).toThrow(
      "it is no ELF file of 64 bits, little-endian",
    );
    expect(uprobe(`path: ${target}, symbols: [nosuch]`)).toThrow(
      'spec.uprobes[0].symbols: found "nosuch", expected a function of the file',
    );
    for (const [at, said] of [
      ["addrs: [1]", "address 0x1"],
      ["offsets: [1]", "0x1"],
      [`offsets: [${2 ** 40}]`, "0x10000000000"],
      ["symbols: [main+1000000]", "main+1000000"],
    ])
      expect(uprobe(`path: ${target}, ${at}`)).toThrow(
        `found ${said}, expected a place in the file's code, 0x`,
      );
    expect(uprobe(`path: ${target}, symbols: [main], refCtrOffsets: [${2 ** 40}]`)).toThrow(
      "spec.uprobes[0].refCtrOffsets: found 1099511627776, expected a place in the file, which has",
    );
    expect(uprobe(`path: ${target}, addrs: [99999999]`)).toThrow(
      "expected an address that the file is loaded at",
    );
    expect(uprobe(`path: ${target}, symbols: [main], args: [{index: 0, type: file}]`)).toThrow(
      "found type file at a uprobe",
    );
    expect(usdt("name: nosuch")).toThrow("it has tetradtest:check, tetradtest:gate");
    expect(usdt("name: gate, args: [{index: 3, type: int}]")).toThrow("expected an index from 0 to 2");
    const set = "selectors: [{matchActions: [{action: Set, argIndex: 1, argValue: 1}]}]";
    expect(usdt(`name: gate, ${set}`)).toThrow("expected an argument that is in memory");
  });

  test("are put into no other file than the one that was looked at", async () => {
    const copy = join(directory, "copy");
    copyFileSync(target, copy);
    const policy = policyOf(`uprobes: [{path: ${copy}, symbols: [check_pin]}]\n`, "copied");
    const policies = await sensor.source.policies();
    const identity = new OpenedFile(copy);
    identity[Symbol.dispose]();
    appendFileSync(copy, "more");
    expect(() => OpenedFile.again(copy, identity.identity)).toThrow("the file is being changed");
    // What is loaded later is looked for anew.
    policies.put("copied", policy);
    policies.delete("copied");
  });
});
