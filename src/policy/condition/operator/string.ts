/** @module `Equal`, `Prefix` and `Postfix` on bytes. */
import type { OperandOf } from "../../policy.ts";
import { Bytes } from "../bytes.ts";
import type { ConditionContext, Lowering } from "../context.ts";
import { searchIntervals } from "../decision-tree.ts";
import type { BytesLocation } from "../location.ts";
import { type Outcome, settle } from "../outcome.ts";
import { LONGEST_LOOKED_UP, lookUpEqual, lookUpPostfix, lookUpPrefix } from "../string-map.ts";
import { searchTrie, trieSize, withoutSubsumed } from "../word-trie.ts";

/**
 * Words that strings are compared with in the program's own code: some 32 KB of it, which takes 2 ns where a look-up takes
 * 50 to 100. Of more, the short ones are looked up.
 */
const MOST_COMPARED = 1024;
/** Instructions that a word takes, about. */
const WORD_CODE = 5;
/** Words of those that are too long to be looked up: a program that has more is too long for its jumps. */
const MOST_LONG = 4096;

type StringOperator = "EqualString" | "Prefix" | "Postfix";

/** Decides for some of the values whether the bytes are what the operator says. */
type Decision = (context: ConditionContext, bytes: StringSearch, outcome: Outcome) => void;

interface StringSearch {
  readonly values: readonly Uint8Array[];
  readonly location: BytesLocation;
}

/** How each operator compares, and how it looks up. */
const WAYS: Readonly<Record<StringOperator, { readonly compare: Decision; readonly lookUp: Decision }>> = {
  EqualString: {
    compare: compareEqual,
    lookUp: lookingUp(lookUpEqual),
  },
  Prefix: {
    compare: comparing("front"),
    lookUp: lookingUp(lookUpPrefix),
  },
  Postfix: {
    compare: comparing("back"),
    lookUp: lookingUp(lookUpPostfix),
  },
};

/** @throws RangeError when there are too many long values. */
export const lowerString: Lowering<OperandOf<StringOperator>, BytesLocation> = (
  context,
  { operator, strings },
  location,
  outcome,
) => {
  const { asm } = context;
  if (context.firstMark !== undefined) {
    lookUpMarked(context, { operator, strings }, location, outcome);
    return;
  }
  const values = distinctValues(operator, strings).filter(({ length }) => length <= location.capacity);
  const { compare, lookUp } = WAYS[operator];
  if (values.length === 0) {
    settle(asm, outcome.failed, outcome.next);
    return;
  }
  const words = trieSize(values);
  if (words <= MOST_COMPARED && context.maps.takeCode(words * WORD_CODE)) {
    compare(context, { values, location }, outcome);
    return;
  }
  const isShort = ({ length }: Uint8Array) => length <= LONGEST_LOOKED_UP[operator];
  const long = values.filter((value) => !isShort(value));
  if (trieSize(long) > MOST_LONG)
    throw new RangeError(`Cannot compile operator "${operator}": ${long.length} long values are too many`);
  const short = { values: values.filter(isShort), location };
  if (long.length === 0) {
    lookUp(context, short, outcome);
    return;
  }
  const next = asm.freshLabel("long");
  if (short.values.length > 0) lookUp(context, short, { ...outcome, failed: next, next });
  asm.label(next);
  compare(context, { values: long, location }, outcome);
};

/** @throws RangeError when values are too long to be looked up. */
function lookUpMarked(
  context: ConditionContext,
  { operator, strings }: Pick<OperandOf<StringOperator>, "operator" | "strings">,
  location: BytesLocation,
  outcome: Outcome,
): void {
  const most = Math.min(LONGEST_LOOKED_UP[operator], location.capacity);
  const long = strings.find(({ length }) => length > most);
  if (long !== undefined)
    throw new RangeError(
      `of many values none may have more than ${most} bytes for mark-values: found ${long.length}`,
    );
  WAYS[operator].lookUp(context, { values: strings, location }, outcome);
}

function distinctValues(operator: StringOperator, strings: readonly Uint8Array[]): readonly Uint8Array[] {
  if (operator !== "EqualString") return withoutSubsumed(strings, operator === "Prefix" ? "front" : "back");
  return [...new Map(strings.map((value) => [value.toHex(), value])).values()];
}

function comparing(end: "front" | "back"): Decision {
  return ({ asm }, { values, location }, outcome) => {
    const bytes = new Bytes(asm, location);
    bytes.open(outcome.failed);
    searchTrie(asm, { values, end, bytes, known: 0 }, outcome);
  };
}

function lookingUp(lookUp: typeof lookUpEqual): Decision {
  return (context, { values, location }, outcome) => {
    const bytes = new Bytes(context.asm, location);
    bytes.open(outcome.failed);
    lookUp(context, { values, bytes }, outcome);
  };
}

/** By their length first, then the bytes of those that have it. */
function compareEqual({ asm }: ConditionContext, { values, location }: StringSearch, outcome: Outcome): void {
  const bytes = new Bytes(asm, location);
  const groups = [...Map.groupBy(values, ({ length }) => bytes.valueFor(length))]
    .sort(([one], [other]) => one - other)
    .map(([value, group]) => ({ value: BigInt(value), group, label: asm.freshLabel("length") }));
  const { failed, next } = outcome;
  bytes.open(failed);
  const kind = { bits: 64, isSigned: false, min: 0n, max: (1n << 64n) - 1n } as const;
  searchIntervals(
    asm,
    { register: "r1", kind, otherwise: failed, next: groups[0]?.label ?? next },
    groups.map(({ value, label }) => ({ first: value, last: value, label })),
  );
  for (const [index, { group, label }] of groups.entries()) {
    asm.label(label);
    const search = { values: group, end: "front", bytes, known: group[0]!.length } as const;
    searchTrie(asm, search, { ...outcome, next: groups[index + 1]?.label ?? next });
  }
}
