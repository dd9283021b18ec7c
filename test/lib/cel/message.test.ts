import { describe, expect, test } from "bun:test";
import { CelEvaluationError, compileCel, SCALAR_READERS, wrapperReader } from "../../../src/lib/cel/index.ts";
import { stringMapReader } from "../../../src/lib/cel/message.ts";
import { demo } from "./demo.ts";

function evaluate(expression: string, person: Record<string, unknown>): boolean {
  return compileCel(expression, demo)({ person });
}

describe("fields that are absent or null", () => {
  test.each([
    "person.name == ''",
    "person.age == 0u",
    "person.balance == 0",
    "person.is_member == false",
    "person.photo == b''",
    "person.born == timestamp(0)",
    "person.shoe_size == null",
    "person.pet.colour == Colour.GREY",
    "person.pets == []",
    "person.tags == {}",
    "person.nickname == ''",
  ])("%s", (expression) => {
    expect(evaluate(expression, {})).toBe(true);
    const field = expression.split(/[. ]/)[1]!;
    expect(evaluate(expression, { [field]: null })).toBe(true);
  });
});

describe("fields that are there", () => {
  test.each<[string, Record<string, unknown>]>([
    ["person.name == 'Ada'", { name: "Ada" }],
    ["person.age == 36u", { age: 36 }],
    ["person.balance == 9223372036854775807", { balance: "9223372036854775807" }],
    ["person.is_member", { is_member: true }],
    ["person.photo == b'abc'", { photo: "YWJj" }],
    ["person.born.getFullYear() == 1815", { born: "1815-12-10T00:00:00Z" }],
    ["person.shoe_size == 39u", { shoe_size: 39 }],
    ["person.pets.map(p, p.name) == ['Rex', 'Tom']", { pets: [{ name: "Rex" }, { name: "Tom" }] }],
    ["person.pets[0].colour == Colour.BLUE", { pets: [{ colour: "BLUE" }] }],
    ["person.pet.colour == 7", { pet: { colour: 7 } }],
    ["person.tags.team == 'red' && 'team' in person.tags", { tags: { team: "red" } }],
  ])("%s", (expression, person) => {
    expect(evaluate(expression, person)).toBe(true);
  });

  test("names of Object's own methods are neither fields nor keys", () => {
    expect(evaluate("'toString' in person.tags", { tags: {} })).toBe(false);
  });

  test.each<[string, Record<string, unknown>]>([
    ["person.age == 1u", { age: -1 }],
    ["person.age == 1u", { age: "one" }],
    ["person.balance == 1", { balance: 1.5 }],
    ["person.born == timestamp(0)", { born: "yesterday" }],
    ["person.pet.colour == 0", { pet: { colour: "GREEN" } }],
    ["person.tags.team == ''", { tags: {} }],
  ])("%s has no value when the JSON is not of the field's type", (expression, person) => {
    expect(() => evaluate(expression, person)).toThrow(CelEvaluationError);
  });
});

describe("has()", () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ["name", { name: "" }, false],
    ["name", { name: "Ada" }, true],
    ["age", { age: 0 }, false],
    ["balance", { balance: "-1" }, true],
    ["photo", { photo: "" }, false],
    ["born", { born: "1970-01-01T00:00:00Z" }, true],
    ["shoe_size", { shoe_size: 0 }, true],
    ["pet", { pet: {} }, true],
    ["pets", { pets: [] }, false],
    ["pets", { pets: [{}] }, true],
    ["tags", { tags: {} }, false],
    ["nickname", { nickname: "" }, true],
    ["nickname", { nickname: null }, false],
  ])("has(person.%s) of %j is %p", (field, person, expected) => {
    expect(evaluate(`has(person.${field})`, person)).toBe(expected);
  });
});

test("wrapperReader() wraps what protobuf wraps", () => {
  expect(wrapperReader(SCALAR_READERS.bool).type).toEqual({ kind: "wrapper", of: "bool" });
  expect(() => wrapperReader(stringMapReader(SCALAR_READERS.string))).toThrow(
    new TypeError('Cannot wrap "map": needs bool, int or uint'),
  );
});
