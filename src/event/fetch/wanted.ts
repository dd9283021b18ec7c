/** @module What is asked for of events: fields, by where they stand. */

/** A field as a whole, or fields within it by their names. */
export type Wanted = "whole" | WantedWithin;

/** Fields of one message, by their names in the proto files. */
export type WantedWithin = ReadonlyMap<string, Wanted>;

type Tree = Map<string, Tree | "whole">;

/** The fields that those who look at events ask for, collected before the first event. */
export class WantedFields {
  readonly #common: Tree = new Map();
  readonly #ofAnyType: Tree = new Map();
  readonly #ofTypes: Tree = new Map();

  /** @param from Whose fields are asked for as well. @default nobody's */
  constructor(from?: WantedFields) {
    if (from === undefined) return;
    merge(this.#common, from.#common);
    merge(this.#ofAnyType, from.#ofAnyType);
    merge(this.#ofTypes, from.#ofTypes);
  }

  /** Asks for a field beside what happened, such as `time`. */
  addCommon(name: string): void {
    add(this.#common, [name]);
  }

  /** Asks for a field of what happened, of whatever type it is: `process.pod.name`. A path may lead through lists. */
  add(path: string): void {
    add(this.#ofAnyType, path.split("."));
  }

  /** Asks for a field of events of one type. @param path Its names; none for all that happened. */
  addOfType(type: string, path: readonly string[]): void {
    add(this.#ofTypes, [type, ...path]);
  }

  /** What is asked for beside what happened. */
  get common(): WantedWithin {
    return this.#common;
  }

  /** What is asked for of events of `type`. */
  ofType(type: string): Wanted {
    const own = this.#ofTypes.get(type);
    if (own === "whole") return own;
    const wanted: Tree = new Map();
    merge(wanted, this.#ofAnyType);
    if (own !== undefined) merge(wanted, own);
    return wanted;
  }
}

function add(tree: Tree, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const inner = tree.get(name);
  if (inner === "whole") return;
  if (rest.length === 0) {
    tree.set(name, "whole");
    return;
  }
  const within: Tree = inner ?? new Map();
  tree.set(name, within);
  add(within, rest);
}

function merge(into: Tree, from: Tree): void {
  for (const [name, inner] of from) {
    const known = into.get(name);
    if (known === "whole") continue;
    if (inner === "whole") into.set(name, inner);
    else {
      const within: Tree = known ?? new Map();
      into.set(name, within);
      merge(within, inner);
    }
  }
}
