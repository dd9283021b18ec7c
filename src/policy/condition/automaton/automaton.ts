/**
 * @module Turns patterns into a table that says, for each state and each byte, which state comes next. However many
 * patterns there are, a text is read once, with one look into the table for each byte.
 */
import { lowerCase, type PatternSet, SLASH } from "./pattern.ts";

/** States that are never left: no pattern fits any more, or one has been found. */
export const STATE = { dead: 0, found: 1 } as const;
/** The first of the others. */
const FIRST_STATE = 2;

/** Bytes that all patterns treat alike are one class. */
export interface ByteClasses {
  /** The class of each of 256 bytes. */
  readonly ofByte: Uint8Array;
  readonly count: number;
}

/** The table. */
export interface Automaton {
  readonly classes: ByteClasses;
  /** The state in which a text begins. */
  readonly start: number;
  /** For each state what comes next, by class. */
  readonly rows: readonly (readonly number[])[];
  /** The first state of those in which a text may end: all others of these come after it. */
  readonly firstAccepting: number;
}

/** Entries of a table, rows times classes: at most, with 4 bytes each a megabyte; and what patterns may share in any case. */
const MOST_ENTRIES = 1 << 18;
const SHARED_ENTRIES = 1 << 14;

/**
 * Makes the table. One of plain texts has a row for each of their bytes at most. Runs can take many more, each pattern as
 * many times as many as the one before: these are better off with tables of their own.
 * @returns `undefined` where it would be too large.
 */
export function makeAutomaton(set: PatternSet): Automaton | undefined {
  const classes = byteClasses(set);
  const steps = set.patterns.reduce((sum, { length }) => sum + length + 1, 0);
  const shared = Math.max(SHARED_ENTRIES, 2 * steps * classes.count);
  const entries = set.patterns.length === 1 ? MOST_ENTRIES : Math.min(MOST_ENTRIES, shared);
  return new Construction(set, classes, Math.floor(entries / classes.count) - FIRST_STATE).make();
}

/** A place in a pattern: how far it has been found. */
interface Place {
  readonly pattern: number;
  readonly at: number;
}

type PlacesByClass = ReadonlyMap<number, readonly Place[]>;

/** A state is where in the patterns a text may be, but for where it may be at all times. */
class Construction {
  readonly #set: PatternSet;
  readonly #classes: ByteClasses;
  readonly #mostRows: number;
  /** By their places, as text. */
  readonly #states = new Map<string, number>();
  readonly #places: (readonly Place[])[] = [];
  /** Where a text may be at all times: at the beginning of each pattern, unless patterns must begin where it begins. */
  readonly #always: ReadonlyMap<string, Place>;
  readonly #afterAlways: PlacesByClass;
  #rowOfAlways: readonly number[] | undefined;

  constructor(set: PatternSet, classes: ByteClasses, mostRows: number) {
    this.#set = set;
    this.#classes = classes;
    this.#mostRows = mostRows;
    this.#always = set.isAtFront ? new Map() : this.#closure(this.#beginnings());
    this.#afterAlways = this.#byClass([...this.#always.values()]);
  }

  make(): Automaton | undefined {
    const rows: number[][] = [];
    this.#state(this.#set.isAtFront ? this.#closure(this.#beginnings()) : new Map());
    for (let index = 0; index < this.#places.length; index++) {
      if (this.#places.length > this.#mostRows) return undefined;
      rows.push(this.#row(this.#places[index]!));
    }
    const always = [...this.#always.values()];
    const isAccepting = (index: number) =>
      this.#set.isAtBack && [...this.#places[index]!, ...always].some(this.#isEnd);
    return sortedAutomaton(this.#classes, rows, isAccepting);
  }

  #beginnings(): Place[] {
    return this.#set.patterns.map((_, pattern) => ({ pattern, at: 0 }));
  }

  readonly #isEnd = ({ pattern, at }: Place): boolean => at === this.#set.patterns[pattern]!.length;

  /** What comes next after each class. */
  #row(places: readonly Place[]): number[] {
    const running = places.filter(({ pattern, at }) => this.#set.patterns[pattern]![at] === "run");
    const byClass = this.#byClass(places);
    const { ofByte, count } = this.#classes;
    const slash = ofByte[SLASH]!;
    // A text is nowhere but where it may be at all times after most bytes.
    this.#rowOfAlways ??= Array.from({ length: count }, (_, one) => this.#next(this.#afterAlwaysBy(one)));
    const row = [...this.#rowOfAlways];
    const others = running.length === 0 ? [] : row.keys().filter((one) => one !== slash);
    for (const one of new Set([...byClass.keys(), ...others])) {
      const still = one === slash ? [] : running;
      row[one] = this.#next([...still, ...(byClass.get(one) ?? []), ...this.#afterAlwaysBy(one)]);
    }
    return row;
  }

  #afterAlwaysBy(one: number): readonly Place[] {
    return this.#afterAlways.get(one) ?? [];
  }

  /** Places behind the bytes that come next, by their class. */
  #byClass(places: readonly Place[]): PlacesByClass {
    const steps = places.flatMap(({ pattern, at }) => {
      const step = this.#set.patterns[pattern]![at];
      return typeof step === "number" ? [{ pattern, at: at + 1, step }] : [];
    });
    return Map.groupBy(steps, ({ step }) => this.#classes.ofByte[step]!);
  }

  #next(places: readonly Place[]): number {
    const closed = this.#closure(places);
    if (!this.#set.isAtBack && [...closed.values()].some(this.#isEnd)) return STATE.found;
    for (const name of closed.keys()) if (this.#always.has(name)) closed.delete(name);
    return closed.size === 0 && this.#set.isAtFront ? STATE.dead : this.#state(closed);
  }

  /** Places by their names. A run may be empty: where one begins, what comes after it may begin, too. */
  #closure(places: readonly Place[]): Map<string, Place> {
    const found = new Map<string, Place>();
    for (const { pattern, at } of places) {
      const steps = this.#set.patterns[pattern]!;
      for (let end = at; ; end++) {
        found.set(`${pattern}:${end}`, { pattern, at: end });
        if (steps[end] !== "run") break;
      }
    }
    return found;
  }

  #state(places: ReadonlyMap<string, Place>): number {
    const key = [...places.keys()].sort().join();
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = FIRST_STATE + this.#places.length;
    this.#states.set(key, state);
    this.#places.push([...places.values()]);
    return state;
  }
}

/** Each byte that a pattern has is a class, and all others are one; so is the slash, where there are runs. */
function byteClasses({ patterns, ignoresCase }: PatternSet): ByteClasses {
  const steps = patterns.flat();
  const bytes = new Set(steps.filter((step) => step !== "run"));
  if (steps.includes("run")) bytes.add(SLASH);
  const hasOthers = bytes.size < 256;
  const classes = new Map([...bytes].map((byte, index) => [byte, index + Number(hasOthers)]));
  const ofByte = Uint8Array.from({ length: 256 }, (_, byte) => {
    return classes.get(ignoresCase ? lowerCase(byte) : byte) ?? 0;
  });
  return { ofByte, count: bytes.size + Number(hasOthers) };
}

/** The table with the accepting states last, so that one comparison tells them. */
function sortedAutomaton(
  classes: ByteClasses,
  rows: readonly (readonly number[])[],
  isAccepting: (index: number) => boolean,
): Automaton {
  const indexes = [...rows.keys()];
  const order = [...indexes.filter((index) => !isAccepting(index)), ...indexes.filter(isAccepting)];
  const state = new Map(order.map((index, at) => [FIRST_STATE + index, FIRST_STATE + at]));
  const decided = [STATE.dead, STATE.found].map((one) => Array<number>(classes.count).fill(one));
  const others = order.map((index) => rows[index]!.map((next) => state.get(next) ?? next));
  return {
    classes,
    start: state.get(FIRST_STATE)!,
    rows: [...decided, ...others],
    firstAccepting: FIRST_STATE + indexes.filter((index) => !isAccepting(index)).length,
  };
}
