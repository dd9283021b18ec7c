/** @module A document as it is written: mappings, lists and scalars, each with its place. */
import type { Position } from "../../policy.ts";

/** A value in a document. */
export type Node = MapNode | ListNode | ScalarNode;

/** A key and its value. */
export interface Entry {
  readonly key: string;
  readonly at: Position;
  readonly value: Node;
}

/** A mapping, in its order. A key may stand twice. */
export interface MapNode {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: readonly Entry[];
}

/** A list. */
export interface ListNode {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly Node[];
}

/** A scalar, with the type that YAML 1.1 gives it. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: Position;
  readonly value: string | boolean | number | null;
  /** As it is written, without quotes. */
  readonly source: string;
  /** Quoted, or a block: a string whatever it looks like. */
  readonly isQuoted: boolean;
}

/** To follow "found". */
export function describe(node: Node): string {
  if (node.kind === "map") return "a mapping";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return JSON.stringify(shortened(node.value));
  const source = shortened(node.source);
  if (typeof node.value === "number") return `the number ${source}`;
  return source === String(node.value) ? `the boolean ${source}` : `${source}, which is a boolean in YAML`;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
