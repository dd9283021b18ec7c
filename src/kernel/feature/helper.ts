/** @module Whether programs of a kind may call a helper. */
import { Assembler, HELPERS, type Helper } from "../asm/index.ts";
import type { TargetedKind } from "../attach/index.ts";
import { Program } from "../loader/index.ts";
import { answerOf, type FeatureAnswer, rememberEach, systemCallError, YES } from "./answer.ts";

const ask = rememberEach((question: string): FeatureAnswer => {
  const [kind, helper] = question.split(" ") as [TargetedKind, Helper];
  const assembly = new Assembler().call(helper).set("r0", 0).exit().assemble();
  const answer = answerOf(() => {
    using _ = Program.load({ kind, name: "tetrad_probe", assembly });
  });
  // Its arguments are missing: so much the verifier looks at only when it knows the helper.
  return systemCallError(answer.cause)?.errnoName === "EACCES" ? YES : answer;
});

/**
 * Whether programs of that kind may call the helper, which the verifier decides by their type. Asked once; what is
 * inconclusive is asked again.
 */
export function haveHelper(kind: TargetedKind, helper: Helper): FeatureAnswer {
  return HELPERS[helper] === undefined ? { answer: "no" } : ask(`${kind} ${helper}`);
}
