/** Functions of a list share a program, which knows at which of them it runs. */
import { expect, test } from "bun:test";
import type { Hook, HookTarget, Policy } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor, until } from "../support.ts";
import { argument, equal, hook, policy, returned, selector } from "./made-policy.ts";

interface Call {
  readonly function_name: string;
  readonly policy_name: string;
  readonly args?: readonly object[];
  readonly return?: object;
}

const NAMES = ["getpgid", "getsid", "sched_getscheduler", "sched_get_priority_max"];
const target = (name: string): HookTarget => ({ kind: "syscall", name, abis: ["native"] });
const bare = (symbol: string) => symbol.replace(/^__\w+_sys_/, "");

/** A policy on all of them, as a list makes it: what hooks say is the same object. */
function ofList(name: string, more: Partial<Hook> = {}, options = { isKprobeMultiDisabled: false }): Policy {
  const said = hook(target(NAMES[0]!), [argument(0, "int")], {
    selectors: [selector({ 0: equal(1, 2, 7) })],
    ...more,
  });
  return { ...policy(name, ...NAMES.map((call) => ({ ...said, target: target(call) }))), options };
}

const CALLS = `
import os
for call in (lambda: os.getpgid(7), lambda: os.getsid(7), lambda: os.sched_getscheduler(7), lambda: os.sched_get_priority_max(1), lambda: os.getsid(5)):
  try: call()
  except OSError: pass
`;

async function start() {
  const enclosure = await createPidNamespace();
  const sensor = await RunningSensor.start({ scope: enclosure.scope });
  const policies = await sensor.source.policies();
  const calls = () =>
    sensor.events.flatMap((event) => (event as { process_kprobe?: Call }).process_kprobe ?? []);
  return {
    policies,
    calls,
    /** Makes the calls, and gives the events of all policies. */
    async make() {
      const before = calls().length;
      await enclosure.run(["python3", "-c", CALLS]);
      await policies.drained();
      return calls()
        .slice(before)
        .map(({ policy_name, function_name, args, return: value }) => [
          policy_name,
          bare(function_name),
          args?.[0],
          ...(value === undefined ? [] : [value]),
        ]);
    },
    async [Symbol.asyncDispose]() {
      await sensor[Symbol.asyncDispose]();
      await enclosure[Symbol.asyncDispose]();
      expect(sensor.counters.lost).toBe(0);
    },
  };
}

const expected = (name: string) => [
  [name, "getpgid", { int_arg: 7 }],
  [name, "getsid", { int_arg: 7 }],
  [name, "sched_getscheduler", { int_arg: 7 }],
  [name, "sched_get_priority_max", { int_arg: 1 }],
];

describeWithBpf("functions of a list", () => {
  for (const isKprobeMultiDisabled of [false, true]) {
    test(`post with the name of each, and count for each${isKprobeMultiDisabled ? ", without multiple links" : ""}`, async () => {
      await using running = await start();
      const { policies, make } = running;
      policies.put("list", ofList("list", {}, { isKprobeMultiDisabled }));
      expect(await make()).toEqual(expected("list"));
      const { selectors, hooks } = policies.facts("list");
      expect(hooks.map(({ state, description }) => [state, bare(description)])).toEqual(
        NAMES.map((name) => ["loaded", name]),
      );
      expect(selectors.map(({ counts, failed }) => [counts.post, failed])).toEqual([
        [1, [0]],
        [1, [1]],
        [1, [0]],
        [1, [0]],
      ]);
    });
  }

  test("have what each returns in its own event", async () => {
    await using running = await start();
    const { policies, make } = running;
    policies.put("list", ofList("list", { returnValue: returned("int") }));
    const made = await make();
    expect(made.map(([, name, given]) => [name, given])).toEqual(
      expected("list").map(([, name, given]) => [name, given]),
    );
    for (const [, name, , value] of made)
      expect(value).toEqual({ int_arg: name === "sched_get_priority_max" ? 99 : -3 });
  });

  test("are limited each by itself", async () => {
    await using running = await start();
    const { policies, make } = running;
    const limited = {
      action: "Post",
      rateLimit: 3600,
      rateLimitScope: "global",
      hasKernelStackTrace: false,
      hasUserStackTrace: false,
      hasImaHash: false,
    } as const;
    const limits = [selector({ 0: equal(1, 2, 7) }, { actions: [limited] })];
    policies.put("list", ofList("list", { selectors: limits }));
    expect(await make()).toEqual(expected("list"));
    expect(await make()).toEqual([]);
  });

  test("keep their counts when another policy comes to one of them, and goes", async () => {
    await using running = await start();
    const { policies, make } = running;
    policies.put("list", ofList("list"));
    await make();
    const one = hook(target("getsid"), [argument(0, "int")], { selectors: [selector({ 0: equal(7) })] });
    policies.put("one", policy("one", one));
    const both = await make();
    expect(both.filter(([name]) => name === "list")).toEqual(expected("list"));
    expect(both.filter(([name]) => name === "one")).toEqual([["one", "getsid", { int_arg: 7 }]]);
    policies.delete("one");
    expect(await make()).toEqual(expected("list"));
    await until(
      () => policies.facts("list").selectors.every(({ counts }) => counts.post === 3),
      "all are counted",
    );
  });
});
