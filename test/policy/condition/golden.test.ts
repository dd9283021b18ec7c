/** Conditions as instructions, to be read. `UPDATE_GOLDEN=1` writes the files anew. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Assembler, listing } from "../../../src/kernel/asm/index.ts";
import { ConditionMaps, compileOperand, type ValueLocation } from "../../../src/policy/condition/index.ts";
import type { Network, Operand } from "../../../src/policy/policy.ts";

const isUpdate = process.env.UPDATE_GOLDEN === "1";
const isNegated = false;
const texts = (...all: string[]) => all.map((text) => new TextEncoder().encode(text));
const network = (bits: number, ...address: number[]): Network => ({
  address: Uint8Array.from(address),
  bits,
});

const OPERANDS: Readonly<Record<string, Operand>> = {
  "equal-one": { operator: "Equal", isNegated, integers: [5n] },
  "not-equal-many": { operator: "Equal", isNegated: true, integers: [-1n, 2n, 3n, 5n, 7n, 11n, 13n] },
  "greater-than": { operator: "GT", isNegated, integers: [-2n, 7n] },
  mask: { operator: "Mask", isNegated, integers: [2n, 4n] },
  "in-range": {
    operator: "InRange",
    isNegated,
    ranges: [
      { first: -10n, last: -1n },
      { first: 1024n, last: 65_535n },
    ],
  },
  "equal-string": {
    operator: "EqualString",
    isNegated,
    strings: texts("/etc/passwd", "/etc/shadow", "/bin"),
  },
  prefix: { operator: "Prefix", isNegated, strings: texts("/etc/", "/root/.ssh/") },
  "not-postfix": { operator: "Postfix", isNegated: true, strings: texts(".so", "/id_rsa.pub") },
  glob: { operator: "Glob", isNegated, opensAt: "nowhere", globs: ["/home/*/.ssh/id_*"] },
  "not-daddr": {
    operator: "DAddr",
    isNegated: true,
    networks: [network(8, 10, 0, 0, 0), network(8, 127, 0, 0, 0), network(64, 0xfd, ...Array(15).fill(0))],
  },
  dport: {
    operator: "DPort",
    isNegated,
    ranges: [
      { first: 80n, last: 80n },
      { first: 443n, last: 443n },
    ],
  },
  "cel-expr": {
    operator: "CelExpr",
    isNegated,
    expression: "arg0 > int32(2) && and(arg0, int32(1)) != int32(0)",
  },
};

/** The condition alone, on a value in a map's, whose address is in `r7`. */
function compile(operand: Operand): string {
  const asm = new Assembler();
  const base = asm.hold("value", "r7");
  const memory = (offset: number, size: 2 | 4) => ({ base, offset, size }) as const;
  const value: ValueLocation = {
    integer: { place: memory(0, 4), size: 4, isSigned: true },
    bytes: { address: base, offset: 16, start: memory(8, 4), capacity: 4096 },
    socket: {
      family: memory(0, 2),
      destinationPort: memory(2, 2),
      destination: { base, offset: 16 },
    },
  };
  const maps = new ConditionMaps("map");
  compileOperand({ asm, maps }, operand, [value], "failed");
  asm.set("r0", 1).exit().label("failed").set("r0", 0).exit();
  const contents = maps.all.map(
    ({ definition, entries }) => `; ${definition.name}: ${entries.length} entries\n`,
  );
  return listing(asm.assemble()) + contents.join("");
}

for (const [name, operand] of Object.entries(OPERANDS)) {
  test(`${name} is compiled to the same instructions as before`, () => {
    const file = join(import.meta.dir, "golden", `${name}.txt`);
    const text = compile(operand);
    if (isUpdate) writeFileSync(file, text);
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, "utf8"));
  });
}
