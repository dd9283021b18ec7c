import { expect, test } from "bun:test";
import { withLinksResolved } from "../../src/policy/binary-links.ts";
import { kprobe, readSpec } from "./document/support.ts";

const LINKS: Readonly<Record<string, string>> = {
  "/bin/sh": "/usr/bin/dash",
  "/usr/bin/head": "/usr/bin/head",
};

function pathsOf(operator: string, values: string): string[] | undefined {
  const { policy } = readSpec(
    kprobe("{index: 0, type: file}", `matchBinaries: [{operator: ${operator}, values: [${values}]}]`),
  );
  const resolved = withLinksResolved(policy!, (path) => LINKS[path]);
  const [condition] = resolved.hooks[0]!.selectors[0]!.conditions;
  if (condition?.kind !== "binary" || !("strings" in condition.operand)) return undefined;
  return condition.operand.strings.map((bytes) => Buffer.from(bytes).toString());
}

test("withLinksResolved() adds what whole paths of programs lead to, and leaves the others alone", () => {
  expect(pathsOf("In", "/bin/sh, /usr/bin/head, /none")).toEqual([
    "/bin/sh",
    "/usr/bin/head",
    "/none",
    "/usr/bin/dash",
  ]);
  expect(pathsOf("NotIn", "/bin/sh")).toEqual(["/bin/sh", "/usr/bin/dash"]);
  expect(pathsOf("Prefix", "/bin/sh")).toEqual(["/bin/sh"]);
});
