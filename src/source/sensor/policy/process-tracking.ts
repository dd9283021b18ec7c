/** @module Keeps records of processes in the kernel, as long as a loaded policy asks for what is in them. */
import type { TypeSource } from "../../../kernel/btf/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { TetradError } from "../../../os/error.ts";
import { ConditionMaps, fillMaps } from "../../../policy/condition/index.ts";
import { factOf, PROCESS_MAP, ProcessFacts, processMap } from "../../../policy/condition/process/index.ts";
import type { Condition } from "../../../policy/policy.ts";
import { processPrograms, processScratchMap } from "../../../policy/process/index.ts";
import { FactMarks } from "./fact-marks.ts";
import type { PinnedLinks } from "./pinned-links.ts";
import { fillProcesses } from "./process-fill.ts";
import { ProcessValue } from "./process-value.ts";

/** Where records come from. */
export interface ProcessTrackingSettings {
  /** The kernel's, which are not kept. */
  readonly types: () => TypeSource;
  readonly procfs: string;
  /** Keeps the programs when the agent has ended. @default they end with it */
  readonly pins?: PinnedLinks | undefined;
}

/** The records, and the programs that keep them. */
export class ProcessTracking implements Disposable {
  /** What is kept: programs of hooks ask for the bits of these. */
  readonly facts: ProcessFacts = new ProcessFacts();
  readonly #settings: ProcessTrackingSettings;
  /** Holds the maps. */
  #maps: KernelObject | undefined;
  /** Holds the programs. */
  #programs: DisposableStack | undefined;
  readonly #marks = new FactMarks();
  #bits: ReadonlySet<number> = new Set();
  #hasSnapshot = false;
  #generation = 0;
  #expected: readonly Condition[] = [];

  constructor(settings: ProcessTrackingSettings) {
    this.#settings = settings;
  }

  /** Says which conditions will be asked for next, so that all of them are prepared at once, and kept until then. */
  expect(conditions: readonly Condition[]): void {
    this.#expected = conditions;
  }

  /**
   * Sees to it that what conditions ask for is recorded, of the processes that run as well. To be called before programs
   * are loaded that ask. Takes the rights to load programs.
   * @throws TetradError `unsupported` when the kernel refuses a program, or there are too many different conditions: then
   * what was recorded before still is.
   */
  prepare(conditions: readonly Condition[]): void {
    if (this.#expected.length > 0) {
      try {
        this.#prepare([...conditions, ...this.#expected]);
        return;
      } catch (error) {
        if (!(error instanceof TetradError)) throw error;
        // One of those that are expected cannot be: the others are not to suffer from it.
        this.#expected = [];
        this.facts.keepOnly(conditions);
      }
    }
    this.#prepare(conditions);
  }

  #prepare(conditions: readonly Condition[]): void {
    for (const condition of conditions) {
      const fact = factOf(condition);
      if (fact !== undefined) this.facts.bitOf(fact);
    }
    const hasSnapshot = this.#hasSnapshot || conditions.some(isChange);
    const facts = this.facts.all;
    const added = facts.filter(({ bit }) => !this.#bits.has(bit));
    const addsSnapshot = hasSnapshot && !this.#hasSnapshot;
    if (added.length === 0 && !addsSnapshot) return;
    this.#maps ??= this.#createMaps();
    const map = this.#maps.map(PROCESS_MAP);
    for (const pid of [...map.keys()]) {
      const known = map.lookup(pid);
      const value = new ProcessValue(known);
      if (known !== undefined && value.forget(added)) map.update(pid, value.bytes);
    }
    const programs = this.#load({ facts, hasSnapshot });
    this.#programs?.[Symbol.dispose]();
    this.#programs = programs;
    this.#bits = new Set(facts.map(({ bit }) => bit));
    this.#hasSnapshot = hasSnapshot;
    fillProcesses({ map, procfs: this.#settings.procfs, facts, added, addsSnapshot, marks: this.#marks });
  }

  /** Gives up what none of the conditions asks for. To be called when no program asks for it any more. */
  keepOnly(conditions: readonly Condition[]): void {
    const kept = [...conditions, ...this.#expected];
    this.facts.keepOnly(kept);
    this.#bits = new Set(this.facts.all.map(({ bit }) => bit).filter((bit) => this.#bits.has(bit)));
    this.#hasSnapshot &&= kept.some(isChange);
    if (this.#bits.size === 0 && !this.#hasSnapshot) this[Symbol.dispose]();
  }

  /** Which values of a condition have matched, a byte for each; none of one that is no fact. */
  marks(condition: Condition): Uint8Array {
    const fact = factOf(condition);
    const known = fact === undefined ? undefined : this.facts.find(fact);
    return known === undefined || known.kind === "pid" ? new Uint8Array() : this.#marks.read(known.operand);
  }

  /** The map of that name, if it is one of these. */
  findMap(name: string): { readonly fd: number } | undefined {
    return name === PROCESS_MAP ? this.#maps?.map(name) : undefined;
  }

  /** Detaches the programs and gives the records up. Idempotent; {@link prepare} may begin again. */
  [Symbol.dispose](): void {
    const [programs, maps] = [this.#programs, this.#maps];
    this.#programs = undefined;
    this.#maps = undefined;
    this.#marks.keep();
    using _ = maps;
    programs?.[Symbol.dispose]();
  }

  #createMaps(): KernelObject {
    using stack = new DisposableStack();
    const object = stack.use(new KernelObject());
    object.createMaps([processMap(this.#settings.types()), processScratchMap()]);
    stack.move();
    return object;
  }

  #load(needs: Pick<Parameters<typeof processPrograms>[0], "facts" | "hasSnapshot">): DisposableStack {
    const shared = this.#maps!;
    const maps = new ConditionMaps(`tetrad_f${++this.#generation}`);
    const programs = processPrograms({ types: this.#settings.types(), maps, ...needs });
    using stack = new DisposableStack();
    const object = stack.use(new KernelObject((name) => shared.map(name)));
    fillMaps(object, maps.all);
    const { pins } = this.#settings;
    for (const link of object.attach(...programs)) if (pins !== undefined) stack.use(pins.pin(link));
    this.#marks.follow(maps.marks, object, stack);
    return stack.move();
  }
}

function isChange({ kind }: Condition): boolean {
  return kind === "namespace-change" || kind === "capability-change";
}
