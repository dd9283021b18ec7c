/** @module A filter on a value, on its way to an operand. */
import type { ArgumentTypeName } from "../../../argument-type.ts";
import type { Remark } from "../../finding.ts";
import type { Read } from "../../schema/kind.ts";
import type { SELECTOR } from "../../schema/selector.ts";
import type { Context } from "../context.ts";

/** `matchArgs`, `matchData` and `matchReturnArgs` are read alike. */
export type ReadFilter = NonNullable<Read<typeof SELECTOR>["matchArgs"]>[number];

/** A filter with the type of what it looks at. */
export interface Filter {
  readonly read: ReadFilter;
  readonly type: ArgumentTypeName;
  /** The operator without `Not`. */
  readonly operator: string;
  readonly isNegated: boolean;
  readonly values: readonly string[];
}

/** Reads each value; what `read` returns `undefined` for is refused with what it says. */
export function readValues<T>(
  { values }: Pick<Filter, "values">,
  context: Context,
  read: (value: string, refuse: (remark: Remark) => undefined, index: number) => T | undefined,
): T[] {
  const found: T[] = [];
  for (const [index, value] of values.entries()) {
    const item = read(value, (remark) => context.error(values, index, remark), index);
    if (item !== undefined) found.push(item);
  }
  return found;
}
