/** @module Every operator, and what it becomes. */
import type { Operand, OperandOf } from "../policy.ts";
import type { ConditionContext, Lowering } from "./context.ts";
import type { ValueLocation } from "./location.ts";
import { lowerInteger, lowerMask } from "./operator/integer.ts";
import { lowerString } from "./operator/string.ts";
import type { Outcome } from "./outcome.ts";

/** What decides an operator. */
interface OperatorLowering<O, S extends keyof ValueLocation> {
  /** The side of the value that it looks at. */
  readonly side: S;
  readonly lower: Lowering<O, NonNullable<ValueLocation[S]>>;
}

const integer = { side: "integer", lower: lowerInteger } as const;
const string = { side: "bytes", lower: lowerString } as const;

/** The lowering of each operator. */
const LOWERINGS: {
  readonly [N in Operand["operator"]]?: {
    [S in keyof ValueLocation]-?: OperatorLowering<OperandOf<N>, S>;
  }[keyof ValueLocation];
} = {
  Equal: integer,
  GT: integer,
  LT: integer,
  InRange: integer,
  EqualString: string,
  Prefix: string,
  Postfix: string,
  Mask: { side: "integer", lower: lowerMask },
};

/**
 * Adds the code that decides whether a value is what an operand says: it goes on behind that code when it is, and at
 * `failed` when it is not. Uses `r0` to `r5`, and slots of its own.
 * @throws RangeError when the value lacks the side that the operator looks at.
 */
export function compileOperand(
  context: ConditionContext,
  operand: Operand,
  values: readonly ValueLocation[],
  failed: string,
): void {
  const { asm } = context;
  const lowering = LOWERINGS[operand.operator] as OperatorLowering<Operand, keyof ValueLocation> | undefined;
  if (lowering === undefined) throw new RangeError(`Cannot compile operator "${operand.operator}"`);
  const location = values[0]?.[lowering.side];
  if (location === undefined)
    throw new RangeError(`Cannot compile operator "${operand.operator}": the value has no ${lowering.side}`);
  const next = asm.freshLabel("holds");
  // A negated operator is the positive one with its outcomes exchanged: it costs nothing, and no map of its own.
  const outcome: Outcome = operand.isNegated
    ? { held: failed, failed: next, next }
    : { held: next, failed, next };
  asm.note(`${operand.isNegated ? "not " : ""}${operand.operator}`);
  lowering.lower(context, operand, location, outcome);
  asm.label(next);
}

/**
 * Whether a condition holds on a value that could not be read: a negated one does. What is not known to be among the
 * values is not taken for one of them, and a policy that stops all but what it lists is not got around by what cannot be
 * read.
 */
export function holdsOnUnreadable({ isNegated }: Operand): boolean {
  return isNegated;
}
