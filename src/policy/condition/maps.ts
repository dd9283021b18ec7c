/** @module The maps that conditions look into: what they are, and what is in them before the program is attached. */
import type { KernelObject } from "../../kernel/loader/index.ts";
import type { MapDefinition } from "../../kernel/map/index.ts";
import { ValueMarks } from "./marks.ts";

/** A key and its value. */
export type MapEntry = readonly [key: Uint8Array, value: Uint8Array];

/** A map, and what the loader puts into it. */
export interface FilledMap {
  readonly definition: MapDefinition;
  readonly entries: readonly MapEntry[];
}

/** What a map is to be, but for its name. */
export type UnnamedMap = Omit<MapDefinition, "name">;

/** Maps of a program's conditions: verifiers take 64 in all (`MAX_USED_MAPS`), and some are everybody's. */
const MOST_MAPS = 48;
/** Instructions of a program that large sets may take: jumps reach over 32,767. */
const MOST_CODE = 1 << 14;
/** A set that takes no more has its place in any case. */
const LITTLE_CODE = 64;

/** Collects the maps of the conditions of a program. Those that have the same in them are one. */
export class ConditionMaps {
  #code = MOST_CODE;
  readonly #prefix: string;
  /** Which values have matched. */
  readonly marks: ValueMarks;
  readonly #maps = new Map<string, FilledMap>();

  /** @param prefix What the names begin with. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.marks = new ValueMarks(`${prefix}_m`);
  }

  /** All of them so far. */
  get all(): FilledMap[] {
    const { definition } = this.marks;
    return [...this.#maps.values(), ...(definition === undefined ? [] : [{ definition, entries: [] }])];
  }

  /** Whether there is room in the program for a set that takes so many instructions; then it is taken. */
  takeCode(instructions: number): boolean {
    if (instructions <= LITTLE_CODE) return true;
    if (instructions > this.#code) return false;
    this.#code -= instructions;
    return true;
  }

  /** Adds a map. @returns Its name. @throws RangeError when there are too many for a program. */
  add(map: UnnamedMap, entries: readonly MapEntry[] = []): string {
    const text = entries.map(([key, value]) => `${key.toHex()}=${value.toHex()}`);
    const content = JSON.stringify([map, text]);
    const known = this.#maps.get(content);
    if (known !== undefined) return known.definition.name;
    if (this.#maps.size === MOST_MAPS)
      throw new RangeError(`large sets and patterns take more than ${MOST_MAPS} tables`);
    const name = `${this.#prefix}_${this.#maps.size + 1}`;
    this.#maps.set(content, { definition: { name, ...map }, entries });
    return name;
  }
}

/** Creates maps, and puts into them what is in them. @throws TetradError `unsupported`, SystemCallError */
export function fillMaps(object: KernelObject, maps: readonly FilledMap[]): void {
  object.createMaps(maps.map(({ definition }) => definition));
  for (const { definition, entries } of maps) {
    const map = object.map(definition.name);
    for (const [key, value] of entries) map.update(key, value);
  }
}
