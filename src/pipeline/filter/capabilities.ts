/** @module The `capabilities` key: what each capability set of the process has to hold. */
import { CapabilitiesType, type CapFilter, type CapFilterSet } from "../../event/description/index.ts";
import { asObject } from "../../lib/json/object.ts";
import type { Message } from "../config/message.ts";
import type { PredicateFactory } from "./predicate.ts";

const MATCHES = ["any", "all", "exactly", "none"] as const satisfies readonly (keyof CapFilterSet)[];
const SETS = ["effective", "inheritable", "permitted"] as const satisfies readonly (keyof CapFilter)[];

type SetMatch = { readonly how: (typeof MATCHES)[number]; readonly wanted: ReadonlySet<number> };

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(CapabilitiesType));

/** Tests the named capability sets; a process without capability information never matches. */
export const capabilities: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("process.cap");
  const message = filter.message(key);
  const tests = SETS.flatMap((set) => {
    const match = message?.message(set);
    return match === undefined ? [] : [{ set, match: readMatch(match) }];
  });
  return ({ process }) => {
    const sets = process && asObject(process.cap);
    if (sets === undefined) return false;
    for (const { set, match } of tests) if (!matchesSet(sets[set], match)) return false;
    return true;
  };
};

function readMatch(message: Message): SetMatch {
  const present = MATCHES.filter((how) => message.fields.has(how));
  if (present.length !== 1) {
    const found = present.length === 0 ? "none" : present.join(" and ");
    message.report(
      undefined,
      message.node.start,
      `found ${found}, needs exactly one of ${MATCHES.join(", ")}`,
    );
  }
  const how = present[0] ?? "any";
  return { how, wanted: new Set(message.numbers(how)) };
}

/** Reused for every set that is looked at. */
const held = new Set<unknown>();

function matchesSet(value: unknown, { how, wanted }: SetMatch): boolean {
  held.clear();
  if (Array.isArray(value)) for (const capability of value) held.add(capabilityNumber(capability));
  let common = 0;
  for (const capability of wanted) if (held.has(capability)) common++;
  switch (how) {
    case "any":
      return common > 0;
    case "all":
      return common === wanted.size;
    case "exactly":
      return common === wanted.size && held.size === wanted.size;
    case "none":
      return common === 0;
  }
}

/** A capability that Tetragon does not know yet stays what it is: equal to no other. */
function capabilityNumber(capability: unknown): unknown {
  return typeof capability === "string" ? (NUMBERS.get(capability) ?? capability) : capability;
}
