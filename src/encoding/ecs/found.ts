/** @module What was found in an event for the places of the schema: a list by the number of the place, which costs a fraction of an object by their names. */
import { ECS_FIELDS } from "./fields.ts";

/** Values by the number of their place. */
export type Found = unknown[];

const NUMBERS: ReadonlyMap<string, number> = new Map(ECS_FIELDS.map(({ name }, i) => [name, i]));

/** The number of the place of that name. */
export function numberOf(name: string): number {
  const number = NUMBERS.get(name);
  if (number === undefined) throw new TypeError(`There is no place "${name}" in documents`);
  return number;
}

const found: Found = [];

/** An empty one. There is one at a time. */
export function beginFound(): Found {
  for (let i = 0; i < ECS_FIELDS.length; i++) found[i] = undefined;
  return found;
}
