/** @module What an operand asks, in words. */
import { formatIpv6 } from "../../os/ip-address.ts";
import { FAMILIES, PROTOCOLS, STATES } from "../network-names.ts";
import type { IntegerRange, Network, Operand } from "../policy.ts";

/** Values that are named; there may be thousands. */
const MAX_NAMED = 6;

/** `a, b or c`, and how many more there are. */
export function listed(words: readonly string[], join: "or" | "and" = "or"): string {
  if (words.length > MAX_NAMED) {
    return `${words.slice(0, MAX_NAMED).join(", ")} ${join} ${words.length - MAX_NAMED} more`;
  }
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${join} ${words.at(-1)}`;
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

/** To follow the name of a value: `is 1 or 2`, `does not begin with "/etc"`. */
export function wordsOf(operand: Operand): string {
  const { isNegated } = operand;
  const is = isNegated ? "is not" : "is";
  const verb = (positive: string, stem: string) => (isNegated ? `does not ${stem}` : positive);
  switch (operand.operator) {
    case "Equal":
      return `${is} ${listed(operand.integers.map(String))}`;
    case "GT":
      return `${is} greater than ${listed(operand.integers.map(String))}`;
    case "LT":
      return `${is} less than ${listed(operand.integers.map(String))}`;
    case "Mask":
      return `${verb("has", "have")} a bit of ${listed(operand.integers.map((value) => `0x${BigInt.asUintN(64, value).toString(16)}`))}`;
    case "InRange":
      return `${is} ${listed(operand.ranges.map((range) => rangeText(range)))}`;
    case "EqualString":
      return `${is} ${listed(operand.strings.map(quoted))}`;
    case "Prefix":
      return `${verb("begins", "begin")} with ${listed(operand.strings.map(quoted))}`;
    case "Postfix":
      return `${verb("ends", "end")} with ${listed(operand.strings.map(quoted))}`;
    case "SubString":
    case "SubStringIgnCase": {
      const ending = operand.operator === "SubString" ? "" : ", in upper or lower case";
      return `${verb("contains", "contain")} ${listed(operand.strings.map(quoted))}${ending}`;
    }
    case "Glob": {
      const how = { nowhere: "", end: ", or begins so", start: ", or ends so" }[operand.opensAt];
      const globs = operand.globs.map((glob) => JSON.stringify(glob));
      return `${verb("is", "be").replace("does not be", "is not")} like ${listed(globs)}${how} (* is any name or part of one)`;
    }
    case "FileType":
      return `${is} ${listed(operand.types.map((type) => FILE_TYPES.get(type) ?? String(type)))}`;
    case "CapabilitiesGained":
      return "has capabilities that the first set lacks";
    case "CelExpr":
      return operand.expression;
    default:
      return networkWords(operand, is);
  }
}

const SUBJECTS: Readonly<Record<string, string>> = {
  SAddr: "source address",
  DAddr: "destination address",
  SPort: "source port",
  DPort: "destination port",
  Protocol: "protocol",
  Family: "address family",
  State: "state",
};
const NAMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  Protocol: PROTOCOLS,
  Family: FAMILIES,
  State: STATES,
};

function networkWords(
  operand: Extract<
    Operand,
    { networks: unknown } | { operator: "SPort" | "DPort" | "Protocol" | "Family" | "State" }
  >,
  is: string,
): string {
  const values =
    "networks" in operand
      ? operand.networks.map(networkText)
      : operand.ranges.map((range) => rangeText(range, NAMES[operand.operator]));
  return `has a ${SUBJECTS[operand.operator]} that ${is} ${"networks" in operand ? "in " : ""}${listed(values)}`;
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

function quoted(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes).toString("utf8"));
}
