import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  matchesSelector,
  parseSelector,
  type Requirement,
  SelectorSyntaxError,
} from "../../../src/lib/labels/index.ts";

const LABELS: Readonly<Record<string, string>> = { app: "web", "x.io/tier": "front", level: "5", empty: "" };

function matches(selector: string): boolean {
  return matchesSelector(parseSelector(selector), (key) =>
    Object.hasOwn(LABELS, key) ? LABELS[key] : undefined,
  );
}

describe("parseSelector() and matchesSelector()", () => {
  test.each([
    ["", true],
    [" ", true],
    ["app", true],
    ["other", false],
    ["!other", true],
    ["! app", false],
    ["app=web", true],
    ["app == web", true],
    ["app=db", false],
    ["app!=db", true],
    ["app!=web", false],
    ["other!=web", true],
    ["app=", false],
    ["empty=", true],
    ["empty=,app", true],
    ["other=", false],
    ["app in (db,web)", true],
    ["app in(db)", false],
    ["app notin (db)", true],
    ["other notin (db)", true],
    ["empty in (,a)", true],
    ["empty in (a,)", true],
    ["empty in (,)", true],
    ["app in (a,,b)", false],
    ["x.io/tier=front", true],
    ["app=web,x.io/tier in (front),!other", true],
    ["app=web,other", false],
    ["level>4", true],
    ["level > 5", false],
    ["level<6", true],
    ["app>1", false],
    ["other<1", false],
    ["in", false],
    ["in=notin", false],
    ["notin notin (in)", true],
    ["\tapp\n=\rweb ", true],
    // A key that objects inherit is no label.
    ["toString", false],
  ])("%p matches: %p", (selector, expected) => {
    expect(matches(selector)).toBe(expected);
  });

  test.each([
    ["app=web,", "the end", 8],
    [",app", '","', 0],
    ["app=web,,x", '","', 8],
    ["app web", '"web"', 4],
    ["app in web", '"web"', 7],
    ["app in (a b)", '"b"', 10],
    ["app in (a", "the end", 9],
    ["!app=web", '"="', 4],
    ["app=(", '"("', 4],
    ["=web", '"="', 0],
    ["app==!x", '"!"', 5],
    ["level>x", "needs an integer", 6],
    ["level>", "needs an integer", 6],
    // A label value cannot begin with a minus.
    ["level>-10", "invalid label value", 6],
    ["-app", "invalid label key", 0],
    ["a/b/c", "invalid label key", 0],
    ["A.io/b", "invalid label key", 0],
    [`${"a".repeat(64)}`, "invalid label key", 0],
    ["app=-web", "invalid label value", 4],
    ["app in (é)", "invalid label value", 8],
  ])("%p is refused with its place", (selector, message, offset) => {
    try {
      parseSelector(selector);
      throw new Error("accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(SelectorSyntaxError);
      expect((error as SelectorSyntaxError).message).toContain(message);
      expect((error as SelectorSyntaxError).offset).toBe(offset);
    }
  });

  test("reads every way of writing the same requirements as the same", () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9_.]{0,8}[a-z0-9])?$/);
    const key = fc.oneof(
      name,
      fc.tuple(fc.stringMatching(/^[a-z]{1,5}(\.[a-z]{1,3})?$/), name).map((parts) => parts.join("/")),
    );
    const value = fc.oneof(fc.constant(""), name);
    const requirement: fc.Arbitrary<Requirement> = fc.oneof(
      fc.record({
        key,
        operator: fc.constantFrom<"in" | "notin">("in", "notin"),
        values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => new Set(values)),
      }),
      fc.record({
        key,
        operator: fc.constantFrom<"exists" | "!">("exists", "!"),
        values: fc.constant(new Set<string>()),
      }),
      fc.record({
        key,
        operator: fc.constantFrom<">" | "<">(">", "<"),
        values: fc.bigInt(0n, 2n ** 63n - 1n).map((bound) => new Set([String(bound)])),
      }),
    );
    const space = fc.constantFrom("", " ", "\t", "  ");
    fc.assert(
      fc.property(
        fc.array(requirement, { maxLength: 4 }),
        space,
        fc.boolean(),
        (requirements, gap, short) => {
          const text = requirements.map((item) => format(item, gap, short)).join(`${gap},${gap}`);
          expect(parseSelector(text)).toEqual(requirements);
        },
      ),
    );
  });

  test("gives a result or an error with a place inside the text, never anything else", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."ab1=!(),<> \tinot/.-é"), maxLength: 16 }),
        (selector) => {
          try {
            for (const { key } of parseSelector(selector)) expect(key).not.toBe("");
          } catch (error) {
            expect(error).toBeInstanceOf(SelectorSyntaxError);
            expect((error as SelectorSyntaxError).offset).toBeLessThanOrEqual(selector.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function format({ key, operator, values }: Requirement, gap: string, isShort: boolean): string {
  const [first] = values;
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${gap}${key}`;
    case ">":
    case "<":
      return `${key}${gap}${operator}${gap}${first}`;
    case "in":
    case "notin":
      if (isShort && values.size === 1) return `${key}${gap}${operator === "in" ? "=" : "!="}${gap}${first}`;
      // Nothing at all between the brackets is an error: a comma makes it the empty value.
      if (values.size === 1 && first === "") return `${key} ${operator}${gap}(${gap},${gap})`;
      return `${key} ${operator}${gap}(${gap}${[...values].join(`${gap},`)}${gap})`;
  }
}
