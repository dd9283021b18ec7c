/** @module Where what was read stands in the document. */
import type { Position } from "../policy.ts";

/** Of an object or a list that was read. */
export interface Place {
  readonly at: Position;
  /** `spec.kprobes[0]` */
  readonly path: string;
  /** Of fields, or of items by their position, where their values stand. */
  readonly fields: Map<string | number, Position>;
  /** Fields that are given but wrong, which has been said. */
  readonly broken: Set<string | number>;
}

/** Looks places up by the object or list itself. */
export class Places {
  readonly #places = new WeakMap<object, Place>();

  set(container: object, place: Place): void {
    this.#places.set(container, place);
  }

  /** @throws RangeError for what was not read from the document. */
  of(container: object): Place {
    const place = this.#places.get(container);
    if (place === undefined) throw new RangeError("Cannot find a place: it is of no document");
    return place;
  }

  /** Where a field's value stands; the object itself where it is not given. */
  at(container: object, field?: string | number): Position {
    const place = this.of(container);
    return (field === undefined ? undefined : place.fields.get(field)) ?? place.at;
  }

  /** `spec.kprobes[0].call` */
  path(container: object, field?: string | number): string {
    return join(this.of(container).path, field);
  }

  /** Whether the document has the field, right or wrong. */
  isGiven(container: object, field: string | number): boolean {
    return this.of(container).fields.has(field);
  }

  /** Whether something in it is wrong, so that what is not there may be there after all. */
  isBroken(container: object, field?: string | number): boolean {
    const { broken } = this.of(container);
    return field === undefined ? broken.size > 0 : broken.has(field);
  }
}

/** A path with a field or a position behind it. */
export function join(path: string, field: string | number | undefined): string {
  if (field === undefined) return path;
  if (typeof field === "number") return `${path}[${field}]`;
  return path === "" ? field : `${path}.${field}`;
}
