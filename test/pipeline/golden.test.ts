/**
 * What Go makes of the same input: the libraries that Tetragon is built on were run once, their answers are in
 * golden/*.json. Each file names its source.
 */
import { describe, expect, test } from "bun:test";
import { CelCompileError, CelEvaluationError, compileCel } from "../../src/lib/cel/index.ts";
import { matchesSelector, parseSelector } from "../../src/lib/labels/selector.ts";
import { compilePattern, compileRe2 } from "../../src/lib/re2/pattern.ts";
import { eventEnvironment } from "../../src/pipeline/cel/environment.ts";
import { Problems } from "../../src/pipeline/config/problems.ts";
import { readFieldRules } from "../../src/pipeline/fields/field-filter.ts";
import { replaceGroups } from "../../src/pipeline/redact/replace.ts";
import cel from "./golden/cel.json";
import fields from "./golden/fields.json";
import redact from "./golden/redact.json";
import regexp from "./golden/regexp.json";
import selector from "./golden/selector.json";

/** The result of `run`, or `undefined` when it throws a SyntaxError. */
function unlessRefused<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

describe("golden", () => {
  test("regular expressions match where Go's do", () => {
    for (const [pattern, text, expected] of regexp.cases as [string, string, boolean | null][]) {
      expect([pattern, text, unlessRefused(() => compilePattern(pattern).test(text))]).toEqual([
        pattern,
        text,
        expected,
      ]);
    }
  });

  test("capture groups are replaced as Tetragon replaces them", () => {
    for (const [pattern, text, expected] of redact.cases as [string, string, string][]) {
      expect([pattern, replaceGroups(compileRe2(pattern), text)]).toEqual([pattern, expected]);
    }
  });

  test("label selectors parse and match as in Kubernetes", () => {
    for (const [text, labels, expected] of selector.cases as [
      string,
      Record<string, string>,
      boolean | null,
    ][]) {
      const found = unlessRefused(() =>
        matchesSelector(parseSelector(text), (key) => (Object.hasOwn(labels, key) ? labels[key] : undefined)),
      );
      expect([text, labels, found]).toEqual([text, labels, expected]);
    }
  });

  test("field masks keep and drop what fieldmask-utils does", () => {
    for (const [index, paths, action, expected] of fields.cases as [number, string, string, unknown][]) {
      const problems = new Problems();
      const rules = readFieldRules(JSON.stringify({ fields: paths, action }), problems, () => {});
      problems.throwIfAny();
      const event = structuredClone(fields.events[index]!);
      for (const rule of rules) rule.apply(event, 0);
      expect([paths, action, event]).toEqual([paths, action, expected] as never);
    }
  });

  test("CEL expressions have the value, or the kind of error, that cel-go gives them", () => {
    for (const [expression, ...expected] of cel.cases as [string, ...(boolean | string)[]][]) {
      const found = cel.events.map((event) => evaluate(expression, event));
      expect([expression, ...found]).toEqual([expression, ...expected]);
    }
  });
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
