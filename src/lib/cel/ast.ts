/** @module The syntax tree of CEL expressions. */
import type { Literal } from "./literal.ts";

/** An expression; `offset` is where an error in it is shown. */
export type Expression = { readonly offset: number } & (
  | {
      readonly kind: "literal";
      readonly literal: Literal | { type: "bool"; value: boolean } | { type: "null" };
    }
  | { readonly kind: "identifier"; readonly name: string }
  | { readonly kind: "select"; readonly operand: Expression; readonly field: string }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly target?: Expression;
      readonly args: readonly Expression[];
    }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "has"; readonly operand: Expression; readonly field: string }
  | Comprehension
);

/** Names of the macros that go through a list or a map's keys. */
export type ComprehensionName = "all" | "exists" | "exists_one" | "map" | "filter";

/** A macro that goes through a list or a map's keys. */
export interface Comprehension {
  readonly kind: "comprehension";
  readonly name: ComprehensionName;
  readonly range: Expression;
  readonly variable: string;
  /** What is tested of each element; `undefined` for `map` without a filter. */
  readonly condition: Expression | undefined;
  /** What each element becomes; only for `map`. */
  readonly transform: Expression | undefined;
}
