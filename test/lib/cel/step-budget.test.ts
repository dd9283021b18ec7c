/** What all expressions of one client may take together. */
import { describe, expect, test } from "bun:test";
import {
  type CelProgram,
  compileCel,
  type Environment,
  SCALAR_READERS,
  StepBudget,
  withStepBudget,
} from "../../../src/lib/cel/index.ts";

const message = {
  name: "test.Message",
  fields: new Map([["text", { ...SCALAR_READERS.string, hasPresence: false }]]),
};
const environment: Environment = {
  variables: new Map([["m", message]]),
  messages: new Map([[message.name, message]]),
  constants: new Map(),
  container: "test",
};
const VARIABLES = { m: { text: "x" } };
const DIGITS = "[0,1,2,3,4,5,6,7,8,9]";
/** Ten steps for each of ten. */
const LONG = `${DIGITS}.all(a, ${DIGITS}.all(b, a < 10 && b < 10))`;

/** A client's expressions, and its clock. */
function client(stepsPerSecond: number, ...sources: string[]) {
  const clock = { now: 0 };
  const programs = withStepBudget(new StepBudget(stepsPerSecond, () => clock.now), () =>
    sources.map((source) => compileCel(source, environment)),
  );
  return { clock, programs };
}

/** How often the expression had a value, of so many times. */
function answers(program: CelProgram, times: number): number {
  let count = 0;
  for (let i = 0; i < times; i++) {
    try {
      program(VARIABLES);
      count++;
    } catch {}
  }
  return count;
}

describe("expressions that share a budget", () => {
  test("have no value when it is spent, and have one again when time has passed", () => {
    const { clock, programs } = client(1000, LONG);
    const first = answers(programs[0]!, 100);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(11);
    clock.now += 10_000;
    expect(answers(programs[0]!, 100)).toBe(first);
  });

  test("take it from each other", () => {
    const { programs } = client(1000, LONG, `${LONG} || m.text == "y"`);
    expect(answers(programs[0]!, 100)).toBeGreaterThan(0);
    expect(answers(programs[1]!, 100)).toBe(0);
  });

  test("that only compare need none of it", () => {
    const { programs } = client(1000, LONG, 'm.text == "x"');
    answers(programs[0]!, 100);
    expect(answers(programs[1]!, 100)).toBe(100);
  });

  test("leave others alone, which were compiled without", () => {
    const { programs } = client(1000, LONG);
    answers(programs[0]!, 100);
    expect(answers(compileCel(LONG, environment), 100)).toBe(100);
  });
});
