/** Values of lists that have never matched, of a policy with the option mark-values. */
import { expect, test } from "bun:test";
import { realpathSync } from "node:fs";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";
import { argument, equal, hook, policy, selector } from "./made-policy.ts";
import { policyOf } from "./read-policy.ts";

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;
const PYTHON = realpathSync("/usr/bin/python3");

const SPEC = `
  options: [{name: mark-values, value: "true"}]
  tracepoints:
    - subsystem: syscalls
      event: sys_enter_unlinkat
      args: [{index: 6, type: string}]
      selectors:
        - matchArgs: [{index: 6, operator: Prefix, values: [/marked/a, /marked/b/, /marked/b/c, /never]}]
          matchBinaries: [{operator: In, values: [/usr/bin/python3, /usr/bin/nothing]}]
    - subsystem: raw_syscalls
      event: sys_enter
      raw: true
      args: [{index: 1, type: int64}]
      selectors:
        - matchArgs: [{index: 1, operator: InMap, values: ["1000001", "${SCHED_YIELD}", "1000002:1000005"]}]
          matchBinaries: [{operator: NotIn, values: [/usr/bin/nothing]}]
`;

const UNLINK =
  "import os\nfor f in ('/marked/b/d','/marked/x'):\n  try: os.remove(f)\n  except OSError: pass\nos.sched_yield()";

/** The same call by the number that the policy counts from. */
const unlinked = (spec: string) =>
  spec.replaceAll("sys_enter_unlinkat", "sys_enter_unlink").replaceAll("index: 6", "index: 5");

describeWithBpf("a policy that marks values", () => {
  test("says which of them have never matched, also when its programs were exchanged", async () => {
    await using enclosure = await createCgroup();
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    const policies = await sensor.source.policies();
    const names = () => sensor.events.flatMap((event) => event.process_tracepoint?.policy_name ?? []);
    const spec = process.arch === "arm64" ? SPEC : unlinked(SPEC);
    policies.put("marks", policyOf(spec, "marks"));
    const unmatched = () =>
      policies
        .facts("marks")
        .selectors.map(({ marked = [] }) =>
          marked.map(({ filter, operator, count, unmatched }) => [filter, operator, count, ...unmatched]),
        );
    await enclosure.run([PYTHON, "-c", UNLINK]);
    await until(() => names().length >= 2, "both hooks have posted");
    const found = [
      [
        ["matchBinaries", "EqualString", 2, '"/usr/bin/nothing"'],
        ["matchArgs", "Prefix", 4, '"/marked/a"', '"/marked/b/c"', '"/never"'],
      ],
      [
        ["matchArgs", "InRange", 3, "1000001", "1000002 to 1000005"],
        ["matchBinaries", "NotEqualString", 1, '"/usr/bin/nothing"'],
      ],
    ];
    expect(unmatched()).toEqual(found);
    const other = hook(
      { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true },
      [argument(1, "int64")],
      { selectors: [selector({ 0: equal(SCHED_YIELD) })] },
    );
    policies.put("other", policy("other", other));
    expect(unmatched()).toEqual(found);
  });

  test("knows a program that ran before it came", async () => {
    await using enclosure = await createCgroup();
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    const policies = await sensor.source.policies();
    const own = realpathSync(process.execPath);
    const spec = SPEC.replaceAll("/usr/bin/nothing", own);
    policies.put("marks", policyOf(process.arch === "arm64" ? spec : unlinked(spec), "marks"));
    const marked = policies.facts("marks").selectors.flatMap(({ marked = [] }) => marked);
    const binaries = marked.filter(({ filter }) => filter === "matchBinaries");
    expect(binaries.map(({ unmatched }) => unmatched.includes(JSON.stringify(own)))).toEqual([false, false]);
  });

  test("takes no program that others do not have, where it marks nothing", () => {
    const spec = process.arch === "arm64" ? SPEC : unlinked(SPEC);
    const plain = policyOf(spec.replace('value: "true"', 'value: "false"'));
    expect(
      JSON.stringify(plain, (_, value) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain("isMarked");
  });
});
