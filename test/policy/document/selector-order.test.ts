/** Selectors of which one holds for every call, as people write them by mistake, and as they mean it. */
import { expect, test } from "bun:test";
import { readSpec } from "./support.ts";

const BASH = 'matchBinaries: [{operator: In, values: ["/bin/bash"]}]';
const KILL = "matchActions: [{action: Sigkill}]";
const SPLIT =
  "warning: spec.kprobes[0].selectors[1].matchActions: found matchActions without filters, after a selector with filters and no actions: it is done at all calls that those filters do not hold for: remove the dash to do it where they hold";
const UNREACHED =
  "found a selector without filters before others: only the first that holds acts, so that those are never asked: move it to the end";

function linesOf(...selectors: readonly string[]): readonly string[] {
  const list = selectors.map((selector) => `  - {${selector}}\n`).join("");
  const { policy, lines } = readSpec(
    `selectorsMacros: {m: {${BASH}}}\nkprobes:\n- call: security_bprm_check\n  syscall: false\n  args: [{index: 0, type: linux_binprm}]\n  selectors:\n${list}`,
  );
  expect(policy).toBeDefined();
  return lines;
}

test("Filters and actions that a dash too many made two selectors of load, with a warning of what the second does", () => {
  const [line, ...others] = linesOf(BASH, KILL);
  expect(line).toContain(SPLIT);
  expect(others).toEqual([]);
  expect(linesOf("macros: [m]", "matchArgs: [], matchActions: [{action: Post}]").join()).toContain(SPLIT);
});

test("A selector without filters before others loads, with a warning that they are never asked", () => {
  const lines = linesOf(KILL, BASH);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`warning: spec.kprobes[0].selectors[0]: ${UNREACHED}`);
  expect(linesOf(BASH, KILL, BASH)).toHaveLength(2);
});

test.each([
  ["what is left, after selectors with actions", [`${BASH}, matchActions: [{action: NoPost}]`, KILL]],
  ["what is left, posted", [BASH, "label: rest"]],
  ["one selector that holds for every call", [KILL]],
  ["filters of macros", ["macros: [m]", BASH]],
])("Selectors are not warned of that are for %s", (_, selectors) => {
  expect(linesOf(...selectors)).toEqual([]);
});
