import { describe, expect, test } from "bun:test";
import { SLACK } from "../../../src/event/scan/line.ts";
import { createEventSelector } from "../../../src/pipeline/filter/event-selector.ts";
import { createBatch, createTestPipeline, type Json } from "../support.ts";

const exec = (pid: number, binary: string): Json => ({
  process_exec: { process: { pid, binary } },
  time: "2026-01-01T00:00:00Z",
});
const EVENTS: readonly Json[] = [
  exec(1, "/bin/sh"),
  { process_exit: { process: { pid: 1, binary: "/bin/sh" } }, time: "2026-01-01T00:00:00Z" },
  // Of another release, in the other spelling, with a field twice, and none at all.
  { process_connect: { process: { pid: 2, binary: "/bin/nc" } } },
  '{"processExec":{"process":{"pid":3,"binary":"/bin/ls"}}}',
  '{"process_exec":{"process":{"pid":4,"binary":"/bin/sh","binary":"/bin/cat"}}}',
  { event: "agent_init" },
];

function selected(allowlist: string, denylist = "", slack = SLACK): number[] {
  const selector = createEventSelector({ allowlist, denylist, enablePidSetFilter: true, warn() {} });
  if (selector === undefined) throw new Error("There is no filter");
  const numbers = new Uint16Array(1024);
  const batch = createBatch(EVENTS, slack);
  const before = batch.event.slice(0, batch.count);
  const count = selector.select(batch, numbers);
  expect(batch.event.slice(0, batch.count)).toEqual(before);
  expect(selector.filtered).toBe(EVENTS.length - count);
  return [...numbers.subarray(0, count)];
}

describe("EventSelector", () => {
  test.each([
    ['{"event_set":["PROCESS_EXEC"]}', "", [0, 3, 4]],
    ['{"binary_regex":["/bin/(sh|nc)$"]}', "", [0, 1, 2]],
    ["{}", '{"binary_regex":["sh$"]}', [2, 3, 4, 5]],
    ['{"pid":[4]}', "", [4]],
  ])("selects by %p without %p", (allow, deny, numbers) => {
    expect(selected(allow, deny)).toEqual(numbers);
    // Lines that are decoded as a whole.
    expect(selected(allow, deny, 0)).toEqual(numbers);
  });

  test("selects what the export filters let through", () => {
    const exportAllowlist = '{"event_set":["PROCESS_EXIT"]}\n{"binary_regex":["ls$"]}';
    const lines = createTestPipeline({ exportAllowlist }).run(...EVENTS.slice(0, 5));
    expect(selected(exportAllowlist)).toHaveLength(lines.length);
  });

  test("is none without a list, and says what is wrong by the names that it is given", () => {
    const settings = { enablePidSetFilter: true, warn() {} };
    expect(createEventSelector({ ...settings, allowlist: "", denylist: "" })).toBeUndefined();
    const names = { allowlist: "allow_list", denylist: "deny_list" };
    expect(() =>
      createEventSelector({ ...settings, names, allowlist: "", denylist: '{"pid":["x"]}' }),
    ).toThrow('Cannot use deny_list, filter 1, key "pid"');
  });
});
