/** @module An operand, value by value: what each is for itself, and how it is written. */
import { formatIpv6 } from "../os/ip-address.ts";
import { FAMILIES, PROTOCOLS, STATES } from "./network-names.ts";
import type { IntegerRange, Network, Operand } from "./policy.ts";

/** Operands that ask about one value each and that together ask the same; one alone where an operator takes no values. */
export function singleOperands(operand: Operand): Operand[] {
  switch (operand.operator) {
    case "Equal":
    case "GT":
    case "LT":
    case "Mask":
      return operand.integers.map((integer) => ({ ...operand, integers: [integer] }));
    case "EqualString":
    case "Prefix":
    case "Postfix":
    case "SubString":
    case "SubStringIgnCase":
      return operand.strings.map((text) => ({ ...operand, strings: [text] }));
    case "Glob":
      return operand.globs.map((glob) => ({ ...operand, globs: [glob] }));
    case "FileType":
      return operand.types.map((type) => ({ ...operand, types: [type] }));
    case "SAddr":
    case "DAddr":
      return operand.networks.map((network) => ({ ...operand, networks: [network] }));
    case "InRange":
    case "SPort":
    case "DPort":
    case "Protocol":
    case "Family":
    case "State":
      return operand.ranges.map((range) => ({ ...operand, ranges: [range] }));
    case "CapabilitiesGained":
    case "CelExpr":
      return [operand];
  }
}

const FILE_TYPES: ReadonlyMap<number, string> = new Map([
  [0o100000, "a regular file"],
  [0o040000, "a directory"],
  [0o120000, "a symbolic link"],
  [0o020000, "a character device"],
  [0o060000, "a block device"],
  [0o010000, "a pipe"],
  [0o140000, "a socket"],
]);
const NAMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  Protocol: PROTOCOLS,
  Family: FAMILIES,
  State: STATES,
};

/** Each value in words, in the operand's order; texts are in quotes. None where an operator takes no values. */
export function valueTexts(operand: Operand): string[] {
  switch (operand.operator) {
    case "Equal":
    case "GT":
    case "LT":
      return operand.integers.map(String);
    case "Mask":
      return operand.integers.map((value) => `0x${BigInt.asUintN(64, value).toString(16)}`);
    case "EqualString":
    case "Prefix":
    case "Postfix":
    case "SubString":
    case "SubStringIgnCase":
      return operand.strings.map((bytes) => JSON.stringify(Buffer.from(bytes).toString("utf8")));
    case "Glob":
      return operand.globs.map((glob) => JSON.stringify(glob));
    case "FileType":
      return operand.types.map((type) => FILE_TYPES.get(type) ?? String(type));
    case "SAddr":
    case "DAddr":
      return operand.networks.map(networkText);
    case "InRange":
    case "SPort":
    case "DPort":
    case "Protocol":
    case "Family":
    case "State":
      return operand.ranges.map((range) => rangeText(range, NAMES[operand.operator]));
    case "CapabilitiesGained":
    case "CelExpr":
      return [];
  }
}

function rangeText({ first, last }: IntegerRange, names: Readonly<Record<string, number>> = {}): string {
  const name = first === last ? Object.keys(names).find((each) => names[each] === Number(first)) : undefined;
  if (name !== undefined) return name;
  return first === last ? String(first) : `${first} to ${last}`;
}

function networkText({ address, bits }: Network): string {
  if (address.length === 4) return bits === 32 ? address.join(".") : `${address.join(".")}/${bits}`;
  const groups = Array.from({ length: 8 }, (_, index) => address[index * 2]! * 256 + address[index * 2 + 1]!);
  return bits === 128 ? formatIpv6(groups) : `${formatIpv6(groups)}/${bits}`;
}

/**
 * Which values have matched, of those that were marked: of a list that is looked up, the program marks the one value that it
 * finds, which may say that others match, too.
 * @param marks A byte for each value; it is changed.
 */
export function completeMarks(operand: Operand, marks: Uint8Array): void {
  const texts = valueTexts(operand);
  const same = Map.groupBy(texts.keys(), (position) => texts[position]!);
  const mark = (positions: readonly number[] = []) => {
    for (const position of positions) marks[position] = 1;
  };
  for (const positions of same.values())
    if (positions.some((position) => marks[position] === 1)) mark(positions);
  if (operand.operator === "Prefix" || operand.operator === "Postfix")
    markParts({ end: operand.operator, strings: operand.strings }, marks, mark);
  for (const [link, file] of operand.links?.pairs ?? []) if (marks[file] === 1) marks[link] = 1;
}

/** What begins with a value begins with all that the value begins with. */
function markParts(
  { end, strings }: { readonly end: "Prefix" | "Postfix"; readonly strings: readonly Uint8Array[] },
  marks: Uint8Array,
  mark: (positions: readonly number[] | undefined) => void,
): void {
  const texts = strings.map((bytes) => Buffer.from(bytes).toString("latin1"));
  const byText = Map.groupBy(texts.keys(), (position) => texts[position]!);
  const marked = [...texts.keys()].filter((position) => marks[position] === 1);
  for (const position of marked) {
    const text = texts[position]!;
    for (let length = 1; length < text.length; length++)
      mark(byText.get(end === "Prefix" ? text.slice(0, length) : text.slice(-length)));
  }
}
