import { describe, expect, test } from "bun:test";
import { CelCompileError, compileCel } from "../../../src/lib/cel/index.ts";
import { demo } from "./demo.ts";

function compileError(expression: string): CelCompileError {
  try {
    compileCel(expression, demo);
  } catch (error) {
    if (error instanceof CelCompileError) return error;
    throw error;
  }
  throw new Error(`accepted: ${expression}`);
}

describe("compileCel()", () => {
  test.each([
    ["1 + 'a' == 2", 2, 'no matching overload for "+" applied to (int, string)'],
    ["'a'.lowerAscii() == 'a'", 4, 'unknown method "lowerAscii"'],
    ["'a", 0, "needs a closing '"],
    ["true &&", 7, "found the end, needs an expression"],
    ["true false", 5, 'found "false", needs an operator or the end'],
    ["[1, 2", 5, 'found the end, needs "," or "]"'],
    ["for == 1", 0, 'found the reserved word "for", needs an expression'],
    ["'abc'.matches('(')", 14, "missing closing ) in the pattern, needs RE2 syntax"],
    ["[1].all(x + 1, true)", 10, "all() needs a plain name as its first argument"],
    ["[1].all(x, x)", 11, "all() needs a condition of type bool, found int"],
    ["9223372036854775808 > 0", 0, "found 9223372036854775808, needs an integer of 64 bits"],
    ["§", 0, 'found "§", needs a CEL token'],
    ["person.nam == ''", 6, 'demo.Person has no field "nam"'],
    ["Pet{name: 'x'}.name == ''", 3, "message literals are not supported, needs an operator or the end"],
  ])("%s is refused at %i: %s", (expression, offset, message) => {
    const error = compileError(expression);
    expect([error.message, error.offset]).toEqual([message, offset]);
  });

  test("bounds what it parses", () => {
    expect(compileError("(".repeat(300) + ")".repeat(300)).message).toContain("levels of nesting");
    expect(compileError(`true${" || true".repeat(600)}`).message).toContain("operators in a row");
    expect(compileError(`${"!".repeat(600)}true`).message).toContain("levels of nesting");
    expect(compileError(" ".repeat(200_000)).message).toContain("at most 100000 characters");
    expect(compileError(`person${".pet".repeat(600)}`).message).toContain("operators in a row");
  });

  test("one program may be evaluated for many messages, in any order", () => {
    const program = compileCel("person.pets.exists(p, p.name == person.name)", demo);
    const rex = { name: "Rex", pets: [{ name: "Tom" }, { name: "Rex" }] };
    expect([rex, {}, rex].map((person) => program({ person }))).toEqual([true, false, true]);
  });
});
