/**
 * @module Operators whose policy asks which values have matched: each value is compared for itself, and the one that fits is
 * marked. Long lists are looked up, as ever; what is found there has the number of its value.
 */
import type { Operand } from "../policy.ts";
import { singleOperands } from "../single-values.ts";
import type { ConditionContext } from "./context.ts";
import type { MapEntry, UnnamedMap } from "./maps.ts";
import { decide, goTo, type Outcome } from "./outcome.ts";

/** Instructions that comparing a value takes, about: those of any, and of a byte of a text. */
const VALUE_CODE = 16;
const BYTE_CODE = 1;
/** Bytes of a value's number in a map. */
const NUMBER_SIZE = 4;
const LOOKED_UP: ReadonlySet<string> = new Set([
  ...["Equal", "InRange", "EqualString", "Prefix", "Postfix"],
  ...["SPort", "DPort", "Protocol", "Family", "State"],
]);

/** Decides an operand. */
type Lower = (context: ConditionContext, operand: Operand, outcome: Outcome) => void;

/** Decides an operand, and marks the values that match. @throws RangeError when there are too many to be marked. */
export function lowerMarked(
  context: ConditionContext,
  operand: Operand,
  outcome: Outcome,
  lower: Lower,
): void {
  const { asm, maps } = context;
  const singles = singleOperands(operand);
  const firstMark = maps.marks.add(operand, singles.length);
  if (!maps.takeCode(singles.reduce((sum, single) => sum + codeOf(single), 0))) {
    if (!LOOKED_UP.has(operand.operator))
      throw new RangeError(`${singles.length} values of "${operand.operator}" are too many for mark-values`);
    lower({ ...context, firstMark }, operand, outcome);
    return;
  }
  using found = asm.scopedSlot("value matched");
  asm.store(8, "r10", found.offset, 0);
  for (const [index, single] of singles.entries()) {
    const [hit, miss] = [asm.freshLabel("matched"), asm.freshLabel("next_value")];
    lower(context, single, { ...outcome, held: hit, failed: miss, next: hit });
    asm.label(hit);
    maps.marks.emit(asm, firstMark + index);
    asm.store(8, "r10", found.offset, 1).label(miss);
  }
  asm.load(8, "r1", "r10", found.offset);
  decide(asm, { register: "r1", condition: "!=", value: 0 }, outcome);
}

function codeOf(operand: Operand): number {
  const bytes = "strings" in operand ? operand.strings[0]!.length : 0;
  return VALUE_CODE + bytes * BYTE_CODE;
}

/** What a map has for a value: its number, which a program marks it by, or only that it is there. */
export function foundValue({ firstMark }: ConditionContext, number: number): Uint8Array {
  return firstMark === undefined ? Uint8Array.of(1) : new Uint8Array(new Uint32Array([number]).buffer);
}

/** Looks up the key that `r2` points to; what is found is marked where marks are wanted. */
export function lookUpValue(
  { asm, maps, firstMark }: ConditionContext,
  map: Omit<UnnamedMap, "valueSize" | "maxEntries">,
  entries: readonly MapEntry[],
  { held, failed, next }: Outcome,
): void {
  const valueSize = firstMark === undefined ? 1 : NUMBER_SIZE;
  const name = maps.add({ ...map, valueSize, maxEntries: entries.length }, entries);
  asm.loadMap("r1", name).call("map_lookup_elem");
  if (firstMark === undefined) {
    decide(asm, { register: "r0", condition: "!=", value: 0 }, { held, failed, next });
    return;
  }
  asm.jumpIf("r0", "==", 0, failed).load(NUMBER_SIZE, "r1", "r0", 0);
  maps.marks.emitNumbered(asm, firstMark, entries.length, failed);
  goTo(asm, held, next);
}
