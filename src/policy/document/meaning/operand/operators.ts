/** @module Which operators look at which type, and what people write for them. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../../argument-type.ts";
import type { ValueOperator } from "../../schema/selector.ts";
import { mostAlike } from "../../spelling.ts";

const INTEGER: readonly ValueOperator[] = [
  "Equal",
  "NotEqual",
  "GT",
  "LT",
  "Mask",
  "InRange",
  "NotInRange",
  "InMap",
  "NotInMap",
];
const STRING: readonly ValueOperator[] = [
  "Equal",
  "NotEqual",
  "Prefix",
  "NotPrefix",
  "Postfix",
  "NotPostfix",
  "SubString",
  "SubStringIgnCase",
];
const SOURCE: readonly ValueOperator[] = [
  "SAddr",
  "NotSAddr",
  "SPort",
  "NotSPort",
  "SPortPriv",
  "NotSportPriv",
];
const DESTINATION: readonly ValueOperator[] = [
  "DAddr",
  "NotDAddr",
  "DPort",
  "NotDPort",
  "DPortPriv",
  "NotDPortPriv",
];

/** Operators of a type, those of the class and what is special. */
export function operatorsOf(type: ArgumentTypeName): readonly ValueOperator[] {
  switch (type) {
    case "sockaddr":
      return [...SOURCE, "Family"];
    case "sockaddr_un":
      return [...STRING.filter((name) => !name.endsWith("ostfix")), "Family"];
    case "skb":
      return [...DESTINATION, ...SOURCE, "Protocol", "Family"];
    default:
  }
  switch (ARGUMENT_TYPES[type].operands) {
    case "integer":
      return isCelType(type) ? [...INTEGER, "CelExpr"] : INTEGER;
    case "capabilities":
      return [...INTEGER, "CapabilitiesGained"];
    case "string":
      return STRING;
    case "file":
      return [...STRING, "FileType", "NotFileType"];
    case "network":
      return [...DESTINATION, ...SOURCE, "Protocol", "Family", "State"];
    case "none":
      return [];
  }
}

/** Whether expressions may use values of a type: integers of 32 and 64 bits. */
export function isCelType(name: ArgumentTypeName): boolean {
  const type = ARGUMENT_TYPES[name] as { readonly operands: string; readonly size?: number };
  return type.operands === "integer" && type.size! >= 4 && name !== "syscall64";
}

/** Words of other languages, and what says the same for the types that have it; the first that fits is named. */
const WORDS: Readonly<Record<string, readonly ValueOperator[]>> = {
  in: ["Equal", "DAddr"],
  notin: ["NotEqual", "NotDAddr"],
  not: ["NotEqual", "NotDAddr"],
  eq: ["Equal"],
  "=": ["Equal"],
  "==": ["Equal"],
  equals: ["Equal"],
  is: ["Equal"],
  exact: ["Equal"],
  ne: ["NotEqual"],
  neq: ["NotEqual"],
  "!=": ["NotEqual"],
  notequals: ["NotEqual"],
  gt: ["GT"],
  ">": ["GT"],
  ge: ["InRange"],
  gte: ["InRange"],
  ">=": ["InRange"],
  greaterorequal: ["InRange"],
  lt: ["LT"],
  "<": ["LT"],
  le: ["InRange"],
  lte: ["InRange"],
  "<=": ["InRange"],
  between: ["InRange"],
  range: ["InRange"],
  contains: ["SubString", "Mask"],
  notcontains: ["NotPrefix", "NotEqual"],
  like: ["SubString"],
  regex: ["Prefix", "InRange"],
  regexp: ["Prefix", "InRange"],
  matches: ["Prefix", "InRange"],
  glob: ["Equal"],
  startswith: ["Prefix"],
  beginswith: ["Prefix"],
  endswith: ["Postfix"],
  suffix: ["Postfix"],
  notsuffix: ["NotPostfix"],
  bitmask: ["Mask"],
  and: ["Mask"],
  "&": ["Mask"],
  hasflag: ["Mask"],
  cidr: ["DAddr", "SAddr"],
  addr: ["DAddr", "SAddr"],
  ip: ["DAddr", "SAddr"],
  port: ["DPort", "SPort"],
  dstport: ["DPort", "SPort"],
  srcport: ["SPort"],
  notpostfix: ["NotEqual"],
  notprefix: ["NotEqual"],
  notmask: ["NotEqual"],
  equal: ["DAddr", "Family"],
  notequal: ["NotDAddr", "NotSAddr"],
  daddr: ["SAddr"],
  notdaddr: ["NotSAddr"],
  dport: ["SPort"],
  notdport: ["NotSPort"],
  dportpriv: ["SPortPriv"],
  notdportpriv: ["NotSportPriv"],
};

/** The operator of a type that comes nearest to what is written. */
export function nearestOperator(word: string, type: ArgumentTypeName): ValueOperator | undefined {
  const allowed = operatorsOf(type);
  const key = word.toLowerCase().replaceAll(/[_\s-]/g, "");
  const meant = Object.hasOwn(WORDS, key) ? WORDS[key]!.find((name) => allowed.includes(name)) : undefined;
  return meant ?? (mostAlike(word, allowed) as ValueOperator | undefined);
}
