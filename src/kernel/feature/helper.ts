/** @module Whether programs of a kind may call a helper. */
import { Assembler, HELPERS, type Helper } from "../asm/index.ts";
import type { ProgramSpec, TargetedKind } from "../attach/index.ts";
import type { TypeSource } from "../btf/index.ts";
import { Program, VerifierError } from "../loader/index.ts";
import { TracingProgramBuilder } from "../program/index.ts";
import { answerOf, type FeatureAnswer, rememberEach, systemCallError, YES } from "./answer.ts";

/** A tracepoint that every kernel has. */
const TRACEPOINT = "sched_process_exec";
const NAME = "tetrad_probe";

const ask = rememberEach((question: string): FeatureAnswer => {
  const [kind, helper] = question.split(" ") as [TargetedKind, Helper];
  return tryCall({ kind, name: NAME, assembly: NOTHING } as ProgramSpec, helper);
});

const NOTHING = new Assembler().set("r0", 0).exit().assemble();

/** Loads a program that does what `spec` says but for its code, which calls the helper. */
function tryCall(spec: ProgramSpec, helper: Helper): FeatureAnswer {
  const assembly = new Assembler().call(helper).set("r0", 0).exit().assemble();
  return helperAnswer(
    answerOf(() => {
      using _ = Program.load({ ...spec, assembly });
    }),
  );
}

/** What the attempt to load a call without arguments says of the helper: the verifier looks at arguments only when it knows it. */
export function helperAnswer(attempt: FeatureAnswer): FeatureAnswer {
  const isDenied = systemCallError(attempt.cause)?.errnoName === "EACCES";
  return isDenied && isVerdict(attempt.cause) ? YES : attempt;
}

/** Whether it was the verifier that refused the program: a security module, which is asked first, gives the same error. */
function isVerdict(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof VerifierError) return at.instruction !== undefined;
  }
  return false;
}

/**
 * Whether programs of that kind may call the helper, which the verifier decides by their type. Asked once; what is
 * inconclusive is asked again.
 */
export function haveHelper(kind: TargetedKind, helper: Helper): FeatureAnswer {
  return HELPERS[helper] === undefined ? { answer: "no" } : ask(`${kind} ${helper}`);
}

const tracing = new Map<Helper, FeatureAnswer>();

/**
 * Whether programs on raw tracepoints, with types (`tp_btf`), may call the helper. Asked once; what is inconclusive is
 * asked again.
 * @param types The running kernel's.
 */
export function haveTracingHelper(types: TypeSource, helper: Helper): FeatureAnswer {
  const known = tracing.get(helper);
  if (known !== undefined) return known;
  const answer = tryCall(new TracingProgramBuilder(types, TRACEPOINT).build(NAME), helper);
  if (answer.answer !== "inconclusive") tracing.set(helper, answer);
  return answer;
}
