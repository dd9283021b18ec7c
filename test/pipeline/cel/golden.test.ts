/** What cel-go makes of the same expressions: it was run once, its answers are in golden.json. */
import { expect, test } from "bun:test";
import { CelCompileError, CelEvaluationError, compileCel } from "../../../src/lib/cel/index.ts";
import { eventEnvironment } from "../../../src/pipeline/cel/environment.ts";
import golden from "./golden.json";

test("CEL expressions have the value, or the kind of error, that cel-go gives them", () => {
  for (const [expression, ...expected] of golden.cases as [string, ...(boolean | string)[]][]) {
    const found = golden.events.map((event) => evaluate(expression, event));
    expect([expression, ...found]).toEqual([expression, ...expected]);
  }
});

function evaluate(expression: string, event: object): boolean | "compile" | "error" {
  try {
    return compileCel(expression, eventEnvironment())({ ...event });
  } catch (error) {
    if (error instanceof CelCompileError) return "compile";
    if (error instanceof CelEvaluationError) return "error";
    throw error;
  }
}
