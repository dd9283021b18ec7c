/** @module The programs of a place in the kernel, and what they hold there. */

import { type Link, listenToMappings, type ProgramSpec } from "../../../kernel/attach/index.ts";
import { haveFeature } from "../../../kernel/feature/index.ts";
import {
  KernelObject,
  type MapFinder,
  type Program,
  type ProgramRuns,
} from "../../../kernel/loader/index.ts";
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import { Mapping, PROT } from "../../../os/mapping.ts";
import type { AttachPoint, CompiledHook } from "../../../policy/compile/index.ts";
import { fillMaps } from "../../../policy/condition/index.ts";
import type { Operand } from "../../../policy/policy.ts";
import { anyOf } from "./fact-marks.ts";
import type { PinnedLinks } from "./pinned-links.ts";
import { loadUserPrograms } from "./user-probe.ts";

/** What is kept of a place: not the programs themselves, which the kernel has. */
export type KeptHook = Omit<CompiledHook, "entry" | "exit" | "override" | "maps" | "filledMaps">;

/** Programs that are loaded, and run once they are attached. */
export class InstalledHook implements Disposable {
  readonly compiled: KeptHook;
  readonly #object: KernelObject;
  /** What attaches each program, until that is done. */
  readonly #attach: (() => Link[])[];
  readonly #links = new DisposableStack();
  readonly #attached: Link[] = [];
  readonly #resources: DisposableStack;
  /** The array of counters. */
  readonly #counters: BigUint64Array;
  /** The array of marks of values, and those that programs had that this one takes the place of. */
  readonly #marks: Uint8Array;
  readonly #marksBefore = new Map<Operand, Uint8Array>();
  /** By place, by counter: what was counted before, by programs that this one takes the place of. */
  readonly #before = new Map<number, Map<number, number>>();
  /** By place: how often those ran. */
  readonly #askedBefore = new Map<number, number>();
  /** By number of a program whose place this one took: calls that it forgot, and those that waited then. */
  readonly #forgottenBefore = new Map<number, number>();
  /** Bytes that the kernel keeps for it. */
  readonly memory: number;

  /**
   * Creates the maps and has the kernel check the programs.
   * @param shared Finds the maps that all programs of policies share.
   * @throws TetradError `unsupported`; nothing is left behind.
   */
  constructor(compiled: CompiledHook, shared: MapFinder) {
    const { entry: _entry, exit: _exit, override: _override, maps, filledMaps, ...kept } = compiled;
    this.compiled = kept;
    using stack = new DisposableStack();
    this.#object = stack.use(new KernelObject(shared));
    this.#object.createMaps(maps);
    fillMaps(this.#object, filledMaps);
    const read = (name: string) => {
      const { fd, definition } = this.#object.map(name);
      return stack.use(new Mapping(fd, definition.valueSize, PROT.READ, 0)).buffer;
    };
    this.#counters = new BigUint64Array(read(compiled.counterMap));
    const { marks } = compiled;
    this.#marks = marks.definition === undefined ? new Uint8Array() : new Uint8Array(read(marks.map));
    this.#attach = this.#load(compiled);
    this.memory = this.#object.memory;
    this.#resources = stack.move();
  }

  /**
   * From now on the programs run.
   * @param pins Keeps them when the agent has ended. @default they end with it
   * @throws TetradError `unsupported`
   */
  attach(pins?: PinnedLinks): void {
    const { entries } = this.compiled.plan;
    if (entries.some(({ entry }) => entry.hook.section === "loader")) this.#links.use(listenToMappings());
    // A loader enforces nothing, and has nothing to look on when the agent has ended.
    const isKept = entries.some(({ entry }) => entry.hook.section !== "loader");
    for (const attach of this.#attach.splice(0)) {
      const links = attach().map((link) => this.#links.use(link));
      this.#attached.push(...links);
      if (pins !== undefined && isKept) for (const link of links) this.#links.use(pins.pin(link));
    }
  }

  /** Runs of its programs that the kernel left out; 0 where the agent may not look any more. */
  get misses(): number {
    return orNothing(0, () => this.#object.recursionMisses);
  }

  /** Calls at which it left the probes out, as far as it says; 0 where the agent may not look any more. */
  get linkMisses(): number {
    return orNothing(0, () => this.#attached.reduce((sum, { misses }) => sum + misses, 0));
  }

  /** Calls that were recorded and whose records made room for others, or went with an earlier program, before they returned. */
  get forgotten(): number {
    const { waitingMap } = this.compiled;
    if (waitingMap === undefined) return 0;
    const map = this.#object.map(waitingMap);
    const unreturned = this.#unreturned;
    // Where the agent may not look any more, as many wait as can.
    const waiting = orNothing(map.definition.maxEntries, () => [...map.keys()].length);
    return sumOf(this.#forgottenBefore) + Math.max(0, unreturned - waiting);
  }

  /** Calls of this program that were recorded and have not returned. */
  get #unreturned(): number {
    const { waits, placeCount } = this.compiled.plan;
    if (waits === undefined) return 0;
    const places = Array.from({ length: placeCount }, (_, place) => place);
    const sum = (counter: number) => places.reduce((all, place) => all + this.#counted(counter, place), 0);
    return Math.max(0, sum(waits.begun) - sum(waits.ended));
  }

  /** How often and how long its programs ran, while the kernel counts that. */
  get runs(): ProgramRuns {
    return orNothing({ count: 0, nanoseconds: 0 }, () => this.#object.runs);
  }

  /** How often the program ran at a place. */
  asked(place: number): number {
    const before = this.#askedBefore.get(place) ?? 0;
    return this.compiled.plan.asked.reduce((sum, counter) => sum + this.#counted(counter, place), before);
  }

  /** What a counter of the plan has come to at a place. */
  count(counter: number, place: number): number {
    return this.#counted(counter, place) + (this.#before.get(place)?.get(counter) ?? 0);
  }

  /** Which values of an operand have matched, a byte for each; none where it is not one of the program's. */
  marks(operand: Operand): Uint8Array {
    return anyOf(this.compiled.marks.read(this.#marks, operand), this.#marksBefore.get(operand));
  }

  /** The same, of this program alone. */
  #counted(counter: number, place: number): number {
    return Number(this.compiled.plan.counters.read(this.#counters, counter, place));
  }

  /** Goes on counting at a place where another program, which this one takes the place of, ended at the same one. */
  countOn(place: number, from: InstalledHook, fromPlace: number): void {
    const { plan } = this.compiled;
    const counts = new Map<number, number>();
    this.#before.set(place, counts);
    const add = (counter: number, before: number) => counts.set(counter, from.count(before, fromPlace));
    this.#askedBefore.set(place, from.asked(fromPlace));
    this.#forgottenBefore.set(from.compiled.hook, from.#unreturned + sumOf(from.#forgottenBefore));
    for (const operand of from.compiled.marks.operands)
      this.#marksBefore.set(operand, anyOf(from.marks(operand), this.#marksBefore.get(operand)));
    for (const { entry, selectors } of plan.entries) {
      const before = from.compiled.plan.entries.find(
        (each) => each.entry.hooks[fromPlace] === entry.hooks[place],
      );
      for (const [index, selector] of selectors.entries()) {
        const same = before?.selectors[index];
        if (same === undefined) continue;
        for (const [what, counter] of selector.counts) add(counter, same.counts.get(what)!);
        for (const [position, { counter }] of selector.cheap.entries())
          add(counter, same.cheap[position]!.counter);
        for (const [position, { counter }] of selector.others.entries())
          add(counter, same.others[position]!.counter);
      }
    }
  }

  /** Detaches the programs and gives back what they held. Idempotent. */
  [Symbol.dispose](): void {
    using _ = this.#resources;
    this.#links.dispose();
  }

  /** @throws TetradError `unsupported` in words that say what the kernel lacks. */
  #loadOverride(override: NonNullable<CompiledHook["override"]>) {
    try {
      return this.#object.load(override);
    } catch (error) {
      const lacking = "the kernel takes no program that changes what a function returns (fmod_ret)";
      const message = `Cannot override "${this.compiled.points[0]!.name}": ${lacking}: ${errorMessage(error)}`;
      throw new TetradError("unsupported", message, { cause: error });
    }
  }

  /** What attaches each program. The one where a function returns comes first: what begins meanwhile is found there. */
  #load(compiled: CompiledHook): (() => Link[])[] {
    const { entry, exit, override, points } = compiled;
    const object = this.#object;
    const point = points[0]!;
    if (point.user !== undefined) return loadUserPrograms(object, compiled);
    const atReturn = exit === undefined ? undefined : this.#attachExit(exit);
    const overriding = override === undefined ? undefined : this.#loadOverride(override);
    const before = [
      ...(atReturn === undefined ? [] : [atReturn]),
      ...(overriding === undefined ? [] : [() => [overriding.attach()]]),
    ];
    switch (entry.kind) {
      case "kprobe":
        return [...before, this.#attachProbe(entry as ProgramSpec<"kprobe">, compiled)];
      case "fentry": {
        const program = object.load(entry as ProgramSpec<"fentry">);
        return [...before, () => [program.attach()]];
      }
      case "lsm": {
        const program = object.load(entry as ProgramSpec<"lsm">);
        return [...before, () => [program.attach()]];
      }
      case "raw_tp": {
        const program = object.load(entry as ProgramSpec<"raw_tp">);
        return [() => [program.attach(point.name)]];
      }
      case "tp": {
        const program = object.load(entry as ProgramSpec<"tp">);
        const target = { category: point.subsystem, name: point.name };
        return [() => [program.attach(target)]];
      }
    }
  }

  #attachExit(exit: NonNullable<CompiledHook["exit"]>): () => Link[] {
    if (exit.kind === "fexit" || exit.kind === "lsm.s") {
      const program = this.#object.load(exit as ProgramSpec<"fexit" | "lsm.s">);
      return () => [program.attach()];
    }
    const program = this.#object.load(exit as ProgramSpec<"kretprobe">);
    return () => attachToEach(program, this.compiled.points);
  }

  /** By one link where the kernel has such, else by one for each place. */
  #attachProbe(entry: ProgramSpec<"kprobe">, { points, exit, plan }: CompiledHook): () => Link[] {
    const isMultiple =
      points.length > 1 &&
      // Where a function returns, a multiple link may show another stack pointer than where it begins, by which the two are found together.
      exit === undefined &&
      plan.entries.every(({ entry: { policy } }) => !policy.options.isKprobeMultiDisabled) &&
      haveFeature("kprobe.multi").answer === "yes";
    if (!isMultiple) {
      const program = this.#object.load(entry);
      return () => attachToEach(program, points);
    }
    const program = this.#object.load({ ...entry, kind: "kprobe.multi" });
    return () => attachAtOnce(program, points) ?? attachToEach(this.#object.load(entry), points);
  }
}

function sumOf(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function orNothing<T>(nothing: T, look: () => T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}

/** `undefined` where one of the functions can be probed but not traced, or the kernel has two of a name. */
function attachAtOnce(program: Program<"kprobe.multi">, points: readonly AttachPoint[]): Link[] | undefined {
  const symbols = points.map(({ name }) => name);
  try {
    return [program.attach({ symbols, cookies: symbols.map((_, place) => place) })];
  } catch (error) {
    if (error instanceof TetradError) return undefined;
    throw error;
  }
}

/** Attaches a program to places, and tells it at which of several it is. @throws TetradError `unsupported`; it is attached nowhere then. */
function attachToEach(
  program: Program<"kprobe"> | Program<"kretprobe">,
  points: readonly AttachPoint[],
): Link[] {
  using stack = new DisposableStack();
  const links = points.map(({ name: symbol }, place) =>
    stack.use(program.attach({ symbol, ...(points.length === 1 ? {} : { cookie: place }) })),
  );
  stack.move();
  return links;
}
