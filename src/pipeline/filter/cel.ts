/** @module The `cel_expression` key: conditions in CEL, one of which has to be true. */

import { CelCompileError, CelEvaluationError, type CelProgram, compileCel } from "../../lib/cel/index.ts";
import { offsetInString } from "../../lib/json/nodes.ts";
import { eventEnvironment } from "../cel/environment.ts";
import type { PredicateFactory } from "./predicate.ts";

/**
 * An expression is asked about events of the types that it names, as in Tetragon: of another one it knows nothing, so a
 * deny list with `process_exec.process.binary != "/bin/sh"` drops no exit. One without a value does not match; the next
 * one may.
 */
export const celExpression: PredicateFactory = (filter, key, { wanted, warn }) => {
  const programs = filter.strings(key).flatMap(({ node, value }): CelProgram[] => {
    try {
      return [compileCel(value, eventEnvironment())];
    } catch (error) {
      if (!(error instanceof CelCompileError)) throw error;
      filter.report(key, offsetInString(filter.source.text, node, error.offset), error.message);
      return [];
    }
  });
  for (const [type, ...path] of programs.flatMap(({ paths }) => paths)) wanted.addOfType(type!, path);
  let hasWarned = false;
  const hasNoValue = (error: unknown): void => {
    if (!(error instanceof CelEvaluationError)) throw error;
    // Once is enough: the same expression tends to fail for every event, and no value is shown.
    if (!hasWarned) {
      warn(
        `The cel_expression of ${filter.source.option}, filter ${filter.number}, has no value for some events: ${error.message}`,
      );
    }
    hasWarned = true;
  };
  return ({ event, type }) => {
    for (const program of programs) {
      if (!program.names.has(type)) continue;
      try {
        if (program(event)) return true;
      } catch (error) {
        hasNoValue(error);
      }
    }
    return false;
  };
};
