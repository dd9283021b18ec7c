/** @module Every operator, and what it becomes. */
import type { Operand, OperandOf } from "../policy.ts";
import { lowerCel } from "./cel/lower.ts";
import type { ConditionContext, Lowering } from "./context.ts";
import type { ValueLocation } from "./location.ts";
import { lowerMarked } from "./marked.ts";
import { lowerCapabilitiesGained, lowerFileType } from "./operator/bits.ts";
import { lowerInteger, lowerMask } from "./operator/integer.ts";
import { lowerGlob, lowerSubString } from "./operator/pattern.ts";
import { lowerAddress, lowerSocketField } from "./operator/socket.ts";
import { lowerString } from "./operator/string.ts";
import type { Outcome } from "./outcome.ts";

/** What decides an operator about some values; most look at one, the first. */
type OperandLowering<N extends Operand["operator"]> = Lowering<OperandOf<N>, readonly ValueLocation[]>;

/** The lowering of each operator. */
const LOWERINGS: { readonly [N in Operand["operator"]]: OperandLowering<N> } = {
  Equal: on("integer", lowerInteger),
  GT: on("integer", lowerInteger),
  LT: on("integer", lowerInteger),
  InRange: on("integer", lowerInteger),
  Mask: on("integer", lowerMask),
  EqualString: on("bytes", lowerString),
  Prefix: on("bytes", lowerString),
  Postfix: on("bytes", lowerString),
  SubString: on("bytes", lowerSubString),
  SubStringIgnCase: on("bytes", lowerSubString),
  Glob: on("bytes", lowerGlob),
  FileType: on("mode", lowerFileType),
  SAddr: on("socket", lowerAddress),
  DAddr: on("socket", lowerAddress),
  SPort: on("socket", lowerSocketField),
  DPort: on("socket", lowerSocketField),
  Protocol: on("socket", lowerSocketField),
  Family: on("socket", lowerSocketField),
  State: on("socket", lowerSocketField),
  CapabilitiesGained: (context, operand, values, outcome) => {
    const before = sideOf(values[0], "integer", operand);
    const after = sideOf(values[1], "integer", operand);
    lowerCapabilitiesGained(context, operand, { before, after }, outcome);
  },
  CelExpr: (context, operand, values, outcome) => {
    const integers = values.map((value) => sideOf(value, "integer", operand));
    lowerCel(context, operand, integers, outcome);
  },
};

/** Has a lowering look at one side of the first value. */
function on<O extends Operand, S extends keyof ValueLocation>(
  side: S,
  lower: Lowering<O, NonNullable<ValueLocation[S]>>,
): Lowering<O, readonly ValueLocation[]> {
  return (context, operand, [value], outcome) => {
    lower(context, operand, sideOf(value, side, operand), outcome);
  };
}

/** @throws RangeError when the value has no such side. */
function sideOf<S extends keyof ValueLocation>(
  value: ValueLocation | undefined,
  side: S,
  { operator }: Operand,
): NonNullable<ValueLocation[S]> {
  const location = value?.[side];
  if (location == null)
    throw new RangeError(`Cannot compile operator "${operator}": the value has no ${side}`);
  return location;
}

/**
 * Adds the code that decides whether a value is what an operand says: it goes on behind that code when it is, and at
 * `failed` when it is not. Uses `r0` to `r5`, and slots of its own.
 * @param values One, but for `CapabilitiesGained`, which compares two, the set before and the set after, and for
 * `CelExpr`, which has its arguments in the order in which the expression first names them.
 * @throws RangeError when a value lacks the side that the operator looks at, or the operand is too large for a program;
 * CelCompileError when an expression is none.
 */
export function compileOperand(
  context: ConditionContext,
  operand: Operand,
  values: readonly ValueLocation[],
  failed: string,
): void {
  const { asm } = context;
  const lower = LOWERINGS[operand.operator] as Lowering<Operand, readonly ValueLocation[]>;
  const next = asm.freshLabel("holds");
  // A negated operator is the positive one with its outcomes exchanged: it costs nothing, and no map of its own.
  const outcome: Outcome = operand.isNegated
    ? { held: failed, failed: next, next }
    : { held: next, failed, next };
  asm.note(`${operand.isNegated ? "not " : ""}${operand.operator}`);
  if (operand.isMarked !== true) lower(context, operand, values, outcome);
  else
    lowerMarked(context, operand, { ...outcome, none: failed }, (each, single, goesOn) =>
      lower(each, single, values, goesOn),
    );
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
