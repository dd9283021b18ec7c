/**
 * @module Turns patterns into a table that says, for each state and each byte, which state comes next. However many
 * patterns there are, a text is read once, with one look into the table for each byte.
 */
import { lowerCase, type PatternSet, type PatternStep, SLASH } from "./pattern.ts";

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

/** A place in a pattern, how far it has been found: a number of its own among those of all patterns. */
type Place = number;
type PlacesByClass = ReadonlyMap<number, readonly Place[]>;

/** What a place has before it, where that is no class of bytes. */
const [RUN, END] = [-1, -2];

/** A state is where in the patterns a text may be, but for where it may be at all times. */
class Construction {
  readonly #set: PatternSet;
  readonly #classes: ByteClasses;
  readonly #mostRows: number;
  /** By place: the class of the byte that comes next, {@link RUN} or {@link END}. */
  readonly #steps: Int32Array;
  readonly #beginnings: readonly Place[];
  /** By place: the last closure that it was in, so that it is in each once. */
  readonly #closures: Uint32Array;
  #closureCount = 0;
  /** By their places, as text. */
  readonly #states = new Map<string, number>();
  readonly #places: (readonly Place[])[] = [];
  /** Where a text may be at all times: at the beginning of each pattern, unless patterns must begin where it begins. */
  readonly #always: ReadonlySet<Place>;
  readonly #afterAlways: PlacesByClass;
  #rowOfAlways: readonly number[] | undefined;

  constructor(set: PatternSet, classes: ByteClasses, mostRows: number) {
    this.#set = set;
    this.#classes = classes;
    this.#mostRows = mostRows;
    const stepOf = (step: PatternStep) => (step === "run" ? RUN : classes.ofByte[step]!);
    this.#steps = Int32Array.from(set.patterns.flatMap((pattern) => [...pattern.map(stepOf), END]));
    this.#closures = new Uint32Array(this.#steps.length);
    let beginning = 0;
    this.#beginnings = set.patterns.map(({ length }) => {
      const here = beginning;
      beginning += length + 1;
      return here;
    });
    this.#always = new Set(set.isAtFront ? [] : this.#closure(this.#beginnings));
    this.#afterAlways = this.#byClass([...this.#always]);
  }

  make(): Automaton | undefined {
    const rows: number[][] = [];
    this.#state(this.#set.isAtFront ? this.#closure(this.#beginnings) : []);
    for (let index = 0; index < this.#places.length; index++) {
      if (this.#places.length > this.#mostRows) return undefined;
      rows.push(this.#row(this.#places[index]!));
    }
    const always = [...this.#always];
    const isAccepting = (index: number) =>
      this.#set.isAtBack && [...this.#places[index]!, ...always].some(this.#isEnd);
    return sortedAutomaton(this.#classes, rows, isAccepting);
  }

  readonly #isEnd = (place: Place): boolean => this.#steps[place] === END;

  /** What comes next after each class. */
  #row(places: readonly Place[]): number[] {
    const running = places.filter((place) => this.#steps[place] === RUN);
    const byClass = this.#byClass(places);
    const { ofByte, count } = this.#classes;
    const slash = ofByte[SLASH]!;
    // A text is nowhere but where it may be at all times after most bytes.
    this.#rowOfAlways ??= Array.from({ length: count }, (_, one) => this.#next(this.#afterAlwaysBy(one)));
    const row = [...this.#rowOfAlways];
    for (const [one, after] of byClass) {
      const still = one === slash ? [] : running;
      row[one] = this.#next([...still, ...after, ...this.#afterAlwaysBy(one)]);
    }
    if (running.length === 0) return row;
    /** What comes next after classes that nothing but the runs take. */
    let onlyRunning: number | undefined;
    for (let one = 0; one < count; one++) {
      if (one === slash || byClass.has(one)) continue;
      const after = this.#afterAlways.get(one);
      if (after !== undefined) row[one] = this.#next([...running, ...after]);
      else row[one] = onlyRunning ??= this.#next(running);
    }
    return row;
  }

  #afterAlwaysBy(one: number): readonly Place[] {
    return this.#afterAlways.get(one) ?? [];
  }

  /** Places behind the bytes that come next, by their class. */
  #byClass(places: readonly Place[]): PlacesByClass {
    const byClass = new Map<number, Place[]>();
    for (const place of places) {
      const step = this.#steps[place]!;
      if (step < 0) continue;
      const same = byClass.get(step);
      if (same === undefined) byClass.set(step, [place + 1]);
      else same.push(place + 1);
    }
    return byClass;
  }

  #next(places: readonly Place[]): number {
    const closed = this.#closure(places);
    if (!this.#set.isAtBack && closed.some(this.#isEnd)) return STATE.found;
    const own = this.#always.size === 0 ? closed : closed.filter((place) => !this.#always.has(place));
    return own.length === 0 && this.#set.isAtFront ? STATE.dead : this.#state(own);
  }

  /** Each place once. A run may be empty: where one begins, what comes after it may begin, too. */
  #closure(places: readonly Place[]): Place[] {
    const found: Place[] = [];
    const closure = ++this.#closureCount;
    for (let place of places) {
      for (; ; place++) {
        if (this.#closures[place] !== closure) found.push(place);
        this.#closures[place] = closure;
        if (this.#steps[place] !== RUN) break;
      }
    }
    return found;
  }

  #state(places: readonly Place[]): number {
    const key = Uint32Array.from(places).sort().join();
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = FIRST_STATE + this.#places.length;
    this.#states.set(key, state);
    this.#places.push(places);
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
