import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  CelCompileError,
  CelEvaluationError,
  type CelProgram,
  compileCel as compile,
} from "../../../src/lib/cel/index.ts";
import { eventEnvironment } from "../../../src/pipeline/cel/environment.ts";
import { messageTypes } from "../../../src/pipeline/cel/message-type.ts";

function compileCel(expression: string): CelProgram {
  return compile(expression, eventEnvironment());
}

function compileError(expression: string): CelCompileError {
  try {
    compileCel(expression);
  } catch (error) {
    if (error instanceof CelCompileError) return error;
    throw error;
  }
  throw new Error(`accepted: ${expression}`);
}

describe("compileCel()", () => {
  test("knows the type of every field of every message", () => {
    expect(messageTypes().size).toBeGreaterThan(40);
    expect(messageTypes().has("tetragon.ProcessUsdt")).toBe(true);
  });

  test.each([
    ["process_exec.process.binry == ''", 20, 'tetragon.Process has no field "binry"'],
    ["process_connect.process.pid == 1u", 0, 'unknown name "process_connect"'],
    ["process_exec.process.binary", 20, "found an expression of type string, needs bool"],
    ["has(process_exec)", 4, "has() needs a field such as a.b"],
    ["Process{pid: 1u}.pid == 1u", 7, "message literals are not supported, needs an operator or the end"],
  ])("%s is refused at %i: %s", (expression, offset, message) => {
    const error = compileError(expression);
    expect([error.message, error.offset]).toEqual([message, offset]);
  });

  test("knows the fields that only the native sensor's events have", () => {
    const isDisguised = compileCel(
      "process_exec.process.filename.startsWith('/proc/self/fd/') && !(process_exec.process.binary in ['/bin/su'])",
    );
    const event = (process: object) => ({ process_exec: { process: { binary: "/bin/sh", ...process } } });
    expect(isDisguised(event({ filename: "/proc/self/fd/7" }))).toBe(true);
    expect(isDisguised(event({ filename: "sh" }))).toBe(false);
    expect(isDisguised(event({}))).toBe(false);
  });

  test("an expression cannot stall the agent", () => {
    const args = Array.from({ length: 2000 }, () => ({ string_arg: "a".repeat(2000) }));
    const event = { process_kprobe: { args } };
    for (const expression of [
      // Loops in loops.
      "process_kprobe.args.all(a, process_kprobe.args.all(b, process_kprobe.args.all(c, true)))",
      // Text that doubles.
      "process_kprobe.args.map(a, a.string_arg + a.string_arg + a.string_arg + a.string_arg)" +
        ".map(s, s + s + s + s + s + s + s + s).map(s, s + s + s + s + s + s + s + s).size() == 0",
    ]) {
      expect(() => compileCel(expression)(event)).toThrow(new CelEvaluationError("takes too many steps"));
    }
    // A pattern that would take a backtracking engine for ever.
    const text = { process_exec: { process: { arguments: "a".repeat(30_000) } } };
    expect(compileCel("process_exec.process.arguments.matches('(a*)*b')")(text)).toBe(false);
    // One whose length an event decides.
    const dynamic = compileCel("'a'.matches(process_exec.process.arguments)");
    expect(() => dynamic(text)).toThrow(new CelEvaluationError("pattern is too long"));
  });

  test("after an evaluation that ran out of steps the next one has all of them", () => {
    const program = compileCel("process_kprobe.args.all(a, process_kprobe.args.all(b, true))");
    const long = { process_kprobe: { args: new Array(2000).fill({}) } };
    expect(() => program(long)).toThrow(CelEvaluationError);
    expect(program({ process_kprobe: { args: [{}, {}] } })).toBe(true);
  });

  test("gives a boolean, or one of two errors, for any text and any event", () => {
    const token = fc.constantFrom(
      ..."process_exec process_kprobe . .process .parent .pid .binary .args [ ] ( ) == != < > && || ! + - * / % ? : , 1 2u 1.5 'a' null true in has( size( .exists(a, .map(a, a ip('::1') .matches('a') dyn( type( int { } \"x\" b'x' timestamp(0) duration('1s')".split(
        " ",
      ),
    );
    const event = fc.record(
      {
        process_exec: fc.record({ process: fc.oneof(fc.jsonValue(), fc.record({ pid: fc.jsonValue() })) }),
        process_kprobe: fc.record({ args: fc.jsonValue() }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), event, (tokens, value) => {
        try {
          expect(compileCel(tokens.join(" "))(value)).toBeBoolean();
        } catch (error) {
          expect(error instanceof CelCompileError || error instanceof CelEvaluationError).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
