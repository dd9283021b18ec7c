/** @module The maps that programs of policies share, and the states of entries in one of them. */
import type { Assembly } from "../../../kernel/asm/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { BPF_F_MMAPABLE, BPF_MAP_TYPE } from "../../../kernel/map/index.ts";
import { TetradError } from "../../../os/error.ts";
import { Mapping, PROT } from "../../../os/mapping.ts";
import {
  ENTRY_STATE,
  enforcerMap,
  MOST_ENTRIES,
  overrideMap,
  POLICY_MAPS,
  policyMaps,
  preemptibleMaps,
  rateMap,
  socketMap,
} from "../../../policy/compile/index.ts";

const STATES_SIZE = MOST_ENTRIES * BigUint64Array.BYTES_PER_ELEMENT;

/** Holds them. */
export class SharedMaps implements Disposable {
  readonly #object: KernelObject;
  readonly #resources: DisposableStack;
  /** By position of an entry: its state. */
  readonly #states: BigUint64Array;
  /** Positions that no entry has, the lowest last. */
  readonly #free = Array.from({ length: MOST_ENTRIES }, (_, index) => MOST_ENTRIES - 1 - index);
  /** Names of those that there are. */
  readonly #names = new Set<string>(Object.values(POLICY_MAPS));

  /** @throws TetradError `unsupported` when the kernel refuses one. */
  constructor() {
    using stack = new DisposableStack();
    this.#object = stack.use(new KernelObject());
    const { state: name } = POLICY_MAPS;
    const array = { type: BPF_MAP_TYPE.ARRAY, keySize: 4, maxEntries: 1, flags: BPF_F_MMAPABLE };
    this.#object.createMaps([...policyMaps(), { name, ...array, valueSize: STATES_SIZE }]);
    const protection = PROT.READ | PROT.WRITE;
    const mapping = stack.use(new Mapping(this.#object.map(name).fd, STATES_SIZE, protection, 0));
    this.#states = new BigUint64Array(mapping.buffer, 0, MOST_ENTRIES);
    this.#resources = stack.move();
  }

  /** A position for an entry, which does nothing yet. @throws TetradError `failed` when there are too many. */
  take(): number {
    const position = this.#free.pop();
    if (position === undefined)
      throw new TetradError("failed", `Cannot load more than ${MOST_ENTRIES} hooks`);
    this.setState(position, "off");
    return position;
  }

  /** Gives positions back. What had them does nothing any more. */
  giveBack(positions: readonly number[]): void {
    for (const position of positions) this.setState(position, "off");
    this.#free.push(...positions);
  }

  /** What an entry does from now on. */
  setState(position: number, state: keyof typeof ENTRY_STATE): void {
    this.#states[position] = BigInt(ENTRY_STATE[state]);
  }

  /** Makes the maps that not every program needs, once one does. @throws TetradError `unsupported` */
  openFor({ mapReferences }: Assembly): void {
    const wanted = [...preemptibleMaps(), rateMap(), overrideMap(), socketMap(), enforcerMap()].filter(
      ({ name }) => !this.#names.has(name) && mapReferences.some(({ map }) => map === name),
    );
    this.#object.createMaps(wanted);
    for (const { name } of wanted) this.#names.add(name);
  }

  /** Calls that may have been events, and came while another program was at work. @throws Error when the agent may not look. */
  get missed(): number {
    return this.#object.map(POLICY_MAPS.missed).sumPerCpu();
  }

  /** The map of that name, if it is one of these. */
  find(name: string): { readonly fd: number } | undefined {
    return this.#names.has(name) ? this.#object.map(name) : undefined;
  }

  [Symbol.dispose](): void {
    this.#resources[Symbol.dispose]();
  }
}
