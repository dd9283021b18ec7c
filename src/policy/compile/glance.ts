/**
 * @module A glance at where a file lies: whether its path can begin as a condition wants it, before it is put together. It
 * only ever finds out that a path does not; whatever else there is, the whole path decides.
 */
import {
  canLookForFirstNames,
  FirstNames,
  type ProgramBuilder,
  UNKNOWN_NAME,
} from "../../kernel/program/index.ts";
import { littleEndian } from "../condition/bytes.ts";
import { searchIntervals } from "../condition/decision-tree.ts";
import type { ValueCondition } from "../policy.ts";
import type { PlannedCondition, PlannedSelector } from "./plan.ts";
import type { Reader } from "./reader.ts";
import type { Reading } from "./reading.ts";

/** Values that a condition has at most: each takes some instructions. */
const MOST_VALUES = 256;
/** Selectors that are glanced for at most: their cheap conditions are there once more. */
const MOST_SELECTORS = 16;
const WORD = 8;
const WORDS = { bits: 64, isSigned: false, min: 0n, max: (1n << 64n) - 1n } as const;
const SLASH = "/".charCodeAt(0);
const SPACE = " ".charCodeAt(0);

/** What is glanced at, for which selectors. */
export interface Glance {
  readonly reading: Reading;
  /** Of each selector that has one, the condition that is decided. */
  readonly conditions: ReadonlyMap<PlannedSelector, PlannedCondition<ValueCondition>>;
}

/** What can be decided by a glance; `undefined` where that is nothing. */
export function planGlance(b: ProgramBuilder, selectors: readonly PlannedSelector[]): Glance | undefined {
  if (selectors.length > MOST_SELECTORS || !canLookForFirstNames(b.types)) return undefined;
  let reading: Reading | undefined;
  const conditions = new Map<PlannedSelector, PlannedCondition<ValueCondition>>();
  for (const selector of selectors) {
    const found = selector.others.find(
      (planned) => isDecidable(planned) && (reading === undefined || planned.readings[0] === reading),
    );
    if (found === undefined) continue;
    reading = found.readings[0]!;
    conditions.set(selector, found);
  }
  return reading === undefined ? undefined : { reading, conditions };
}

/** `Prefix` of what is a path for itself. */
function isDecidable({
  condition: { operand },
  readings: [reading],
}: PlannedCondition<ValueCondition>): boolean {
  if (operand.operator !== "Prefix" || operand.isNegated || reading?.reader.file === undefined) return false;
  const { source, resolve } = reading.argument;
  if (source.kind !== "argument" || resolve !== undefined) return false;
  return operand.strings.length <= MOST_VALUES && operand.strings.every(isBeginning);
}

/** Behind the name of a file that was removed stands " (deleted)": what may end in there is not decided. */
function isBeginning(value: Uint8Array): boolean {
  const last = value.lastIndexOf(SLASH);
  return value[0] === SLASH && value.length > 1 && !value.subarray(last).includes(SPACE);
}

/** The code of a glance. Its slots are taken until it is disposed of. */
export class GlanceCode implements Disposable {
  readonly #b: ProgramBuilder;
  readonly #glance: Glance;
  readonly #full: string;
  readonly #names: FirstNames;
  /** Where a file that has no path goes on. */
  readonly #nowhere: string;

  /** @param full Where a program goes on that has to read the path. */
  constructor(b: ProgramBuilder, glance: Glance, full: string) {
    this.#b = b;
    this.#glance = glance;
    this.#full = full;
    this.#nowhere = b.asm.freshLabel("nowhere");
    this.#names = new FirstNames(b, { unknown: full, nowhere: this.#nowhere });
  }

  [Symbol.dispose](): void {
    this.#names[Symbol.dispose]();
  }

  /** Looks. */
  look(reader: Reader): void {
    const { asm } = this.#b;
    const target = reader.find(this.#glance.reading, this.#full);
    const { file } = this.#glance.reading.reader;
    this.#names.look({
      hasTypedTask: target.hasTypedTask,
      descriptor: file!.isDescriptor ? target.value : undefined,
      find: () => file!.find(target),
    });
    const found = asm.freshLabel("found");
    asm.jump(found);
    // A path of no bytes begins with nothing.
    asm.label(this.#nowhere);
    this.#names.forget();
    asm.label(found);
  }

  /** Goes on behind the code when the condition does not hold; else the path has to be read. */
  decide({ condition: { operand } }: PlannedCondition<ValueCondition>): void {
    const { asm } = this.#b;
    const values = "strings" in operand ? operand.strings.map(namesOf) : [];
    const out = asm.freshLabel("elsewhere");
    asm.note("does it begin so?");
    this.#names.loadFirst();
    asm.jumpIf("r3", "==", UNKNOWN_NAME, this.#full);
    const byFirst = groupByWord(values.map(([name, ...rest]) => ({ name: name!, rest })));
    this.#search(byFirst, out, (rests, next) => {
      if (rests.some(([name]) => name === undefined)) {
        asm.jump(this.#full);
        return;
      }
      const none = asm.freshLabel("no_second");
      this.#names.loadSecond(none);
      const seconds = rests.map(([name]) => ({ name: name!, rest: undefined }));
      if (seconds.some(({ name }) => name.length === 0)) asm.jump(this.#full);
      else {
        asm.jumpIf("r3", "==", UNKNOWN_NAME, this.#full);
        this.#search(groupByWord(seconds), none, () => asm.jump(this.#full));
      }
      asm.label(none);
      this.#names.loadFirst();
      asm.jump(next);
    });
    asm.label(out);
  }

  /** Compares the word in `r3`; `found` adds what is done about those that are equal, and may go on with the next ones. */
  #search<T>(
    groups: readonly WordGroup<T>[],
    out: string,
    found: (values: readonly T[], next: string) => void,
  ): void {
    const { asm } = this.#b;
    for (const [index, { length, byWord }] of groups.entries()) {
      const isLast = index === groups.length - 1;
      const next = isLast ? out : asm.freshLabel("longer");
      const shift = BigInt((WORD - length) * 8);
      asm.set("r4", "r3");
      if (length < WORD) asm.alu("r4", "<<=", Number(shift));
      const cases = [...byWord]
        .map(([word, values]) => ({ word: word << shift, values, label: asm.freshLabel("begins_so") }))
        .sort((one, other) => (one.word < other.word ? -1 : 1));
      searchIntervals(
        asm,
        { register: "r4", kind: WORDS, otherwise: next, next: cases[0]!.label },
        cases.map(({ word, label }) => ({ first: word, last: word, label })),
      );
      for (const { values, label } of cases) {
        asm.label(label);
        found(values, next);
      }
      if (!isLast) asm.label(next);
    }
  }
}

/** Values whose bytes of that number are compared at once, by what they are. */
interface WordGroup<T> {
  readonly length: number;
  readonly byWord: ReadonlyMap<bigint, readonly T[]>;
}

function groupByWord<T>(values: readonly { readonly name: Uint8Array; readonly rest: T }[]): WordGroup<T>[] {
  const cut = values.map(({ name, rest }) => ({ bytes: name.subarray(0, WORD), rest }));
  return [...Map.groupBy(cut, ({ bytes }) => bytes.length)].map(([length, group]) => {
    const words = Map.groupBy(group, ({ bytes }) => littleEndian(bytes));
    return {
      length,
      byWord: new Map([...words].map(([word, found]) => [word, found.map(({ rest }) => rest)])),
    };
  });
}

/** The first two names of a value: one that a slash follows with a NUL, the last one is how a name begins. */
function namesOf(value: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  let start = 1;
  while (names.length < 2) {
    const end = value.indexOf(SLASH, start);
    if (end < 0) return [...names, value.subarray(start)];
    names.push(Uint8Array.of(...value.subarray(start, end), 0));
    start = end + 1;
  }
  return names;
}
