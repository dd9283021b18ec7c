/** @module `FileType` and `CapabilitiesGained`: what some bits of a number say. */
import type { OperandOf } from "../../policy.ts";
import type { Lowering } from "../context.ts";
import { type IntegerLocation, loadPlace, type Place } from "../location.ts";
import { decide } from "../outcome.ts";
import { normalRanges, searchRanges } from "../range-set.ts";
import { numberKind } from "./integer.ts";

/** `S_IFMT` of `<linux/stat.h>` */
const FILE_TYPE = 0o170_000;

/** The type of a file is one of some. */
export const lowerFileType: Lowering<OperandOf<"FileType">, Place> = (context, { types }, mode, outcome) => {
  const kind = numberKind(4, false);
  const ranges = types.map((type) => ({ first: BigInt(type), last: BigInt(type) }));
  loadPlace(context.asm, "r1", mode);
  context.asm.alu32("r1", "&=", FILE_TYPE);
  searchRanges(context, { register: "r1", kind, ranges: normalRanges(ranges, kind) }, outcome);
};

/** The second of two capability sets has one that the first lacks. */
export const lowerCapabilitiesGained: Lowering<
  OperandOf<"CapabilitiesGained">,
  { readonly before: IntegerLocation; readonly after: IntegerLocation }
> = ({ asm }, _, { before, after }, outcome) => {
  loadPlace(asm, "r1", before.place);
  loadPlace(asm, "r2", after.place);
  asm.alu("r1", "^=", -1).alu("r1", "&=", "r2");
  decide(asm, { register: "r1", condition: "!=", value: 0 }, outcome);
};
