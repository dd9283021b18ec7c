import { describe, expect, test } from "bun:test";
import { CelCompileError, compileCel } from "../../../src/lib/cel/index.ts";
import { demo } from "./demo.ts";

const ada = { name: "Ada", age: 36, pet: { name: "Rex", colour: "RED" } };

function evaluate(expression: string): boolean {
  return compileCel(expression, demo)({ person: ada });
}

describe("names", () => {
  test.each([
    "person.name == 'Ada'",
    ".person.name == 'Ada'",
    "person.pet.colour == Colour.RED",
    "person.pet.colour == demo.Colour.RED",
    "person.pet.colour == .demo.Colour.RED",
    "type(person) == Person",
    "type(person) == demo.Person",
    "type(person.born) == google.protobuf.Timestamp",
    "[1].exists(person, person == 1)",
  ])("%s", (expression) => {
    expect(evaluate(expression)).toBe(true);
  });

  test("a variable that is not given is a message without fields", () => {
    expect(evaluate("friend.name == '' && friend.age == 0u && !has(friend.pet)")).toBe(true);
  });

  test("what an evaluation is given beside the variables is not there", () => {
    const program = () => compileCel("stranger.name == 'Bob'", demo);
    expect(program).toThrow(new CelCompileError('unknown name "stranger"', 0));
  });

  test.each(["Colour.GREEN == 0", "demo.Nobody == type(1)", "Colour == 1", "other.Person == Person"])(
    "%s names nothing",
    (expression) => {
      expect(() => compileCel(expression, demo)).toThrow(CelCompileError);
    },
  );

  test("environments do not know each other", () => {
    const empty = { variables: new Map(), messages: new Map(), constants: new Map(), container: "" };
    expect(() => compileCel("person.name == ''", empty)).toThrow(CelCompileError);
    expect(compileCel("1 + 1 == 2", empty)({})).toBe(true);
  });
});
