/** @module The programs of a place in the kernel, and what they hold there. */

import { findTracefs, type Link } from "../../../kernel/attach/index.ts";
import { KernelObject, type MapFinder } from "../../../kernel/loader/index.ts";
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import { Mapping, PROT } from "../../../os/mapping.ts";
import { type CompiledHook, readCounter } from "../../../policy/compile/index.ts";
import { fillMaps } from "../../../policy/condition/index.ts";
import type { PinnedLinks } from "./pinned-links.ts";

/** Programs that are loaded, and run once they are attached. */
export class InstalledHook implements Disposable {
  readonly compiled: CompiledHook;
  readonly #object: KernelObject;
  readonly #attach: readonly (() => Link)[];
  readonly #links = new DisposableStack();
  readonly #resources: DisposableStack;
  /** The array of counters. */
  readonly #counters: BigUint64Array;
  /** By counter: what was counted before, by programs that this one takes the place of. */
  readonly #before = new Map<number, number>();
  /** Bytes that the kernel keeps for it. */
  readonly memory: number;

  /**
   * Creates the maps and has the kernel check the programs.
   * @param shared Finds the maps that all programs of policies share.
   * @throws TetradError `unsupported`; nothing is left behind.
   */
  constructor(compiled: CompiledHook, shared: MapFinder) {
    this.compiled = compiled;
    using stack = new DisposableStack();
    this.#object = stack.use(new KernelObject(shared));
    this.#object.createMaps(compiled.maps);
    fillMaps(this.#object, compiled.filledMaps);
    const counters = this.#object.map(compiled.counterMap);
    const { valueSize } = counters.definition;
    this.#counters = new BigUint64Array(stack.use(new Mapping(counters.fd, valueSize, PROT.READ, 0)).buffer);
    this.#attach = this.#load();
    this.memory = this.#object.memory;
    this.#resources = stack.move();
  }

  /**
   * From now on the programs run.
   * @param pins Keeps them when the agent has ended. @default they end with it
   * @throws TetradError `unsupported`
   */
  attach(pins?: PinnedLinks): void {
    for (const attach of this.#attach) {
      const link = this.#links.use(attach());
      if (pins !== undefined) this.#links.use(pins.pin(link));
    }
  }

  /** Runs of its programs that the kernel left out; 0 where the agent may not look any more. */
  get misses(): number {
    try {
      return this.#object.recursionMisses;
    } catch {
      return 0;
    }
  }

  /** What a counter of the plan has come to. */
  count(counter: number): number {
    const { lineSize } = this.compiled.plan.counters;
    return Number(readCounter(this.#counters, lineSize, counter)) + (this.#before.get(counter) ?? 0);
  }

  /** Goes on counting where the program ended that this one takes the place of. */
  countOn(from: InstalledHook): void {
    const { plan } = this.compiled;
    const add = (counter: number, before: number) => this.#before.set(counter, from.count(before));
    add(plan.asked, from.compiled.plan.asked);
    for (const { entry, selectors } of plan.entries) {
      const before = from.compiled.plan.entries.find((each) => each.entry.hook === entry.hook);
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
      const message = `Cannot override "${this.compiled.point.name}": ${lacking}: ${errorMessage(error)}`;
      throw new TetradError("unsupported", message, { cause: error });
    }
  }

  /** What attaches each program. The one where a function returns comes first: what begins meanwhile is found there. */
  #load(): (() => Link)[] {
    const { entry, exit, override, point } = this.compiled;
    const object = this.#object;
    const symbol = { symbol: point.name };
    const atReturn = exit === undefined ? undefined : object.load(exit);
    const overriding = override === undefined ? undefined : this.#loadOverride(override);
    const before = [
      ...(atReturn === undefined ? [] : [() => atReturn.attach(symbol)]),
      ...(overriding === undefined ? [] : [() => overriding.attach()]),
    ];
    switch (entry.kind) {
      case "kprobe": {
        const program = object.load(entry);
        return [...before, () => program.attach(symbol)];
      }
      case "raw_tp": {
        const program = object.load(entry);
        return [() => program.attach(point.name)];
      }
      case "tp": {
        const program = object.load(entry);
        const tracefs = findTracefs();
        const target = {
          category: point.subsystem,
          name: point.name,
          ...(tracefs === undefined ? {} : { tracefs }),
        };
        return [() => program.attach(target)];
      }
    }
  }
}
