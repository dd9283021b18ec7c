import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type JsonNode,
  JsonSyntaxError,
  offsetInString,
  parseJsonValues,
} from "../../../src/lib/json/nodes.ts";

function toValue(node: JsonNode): unknown {
  switch (node.type) {
    case "object":
      return Object.fromEntries(node.members.map(({ key, value }) => [key.value, toValue(value)]));
    case "array":
      return node.items.map(toValue);
    case "string":
    case "number":
      return node.value;
    case "null":
      return null;
    default:
      return node.type === "true";
  }
}

/** Every node, outermost first. */
function nodesIn(node: JsonNode): JsonNode[] {
  const children =
    node.type === "object"
      ? node.members.flatMap(({ key, value }) => [key, value])
      : node.type === "array"
        ? node.items
        : [];
  return [node, ...children.flatMap(nodesIn)];
}

function syntaxError(text: string): JsonSyntaxError {
  try {
    parseJsonValues(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe("parseJsonValues()", () => {
  test("reads what JSON.parse reads, in any number, with anything or nothing between", () => {
    const values = fc.array(fc.jsonValue(), { maxLength: 4 });
    const space = fc.constantFrom("", " ", "\n", "\r\n\t");
    fc.assert(
      fc.property(values, space, fc.nat(2), (list, between, indent) => {
        const text = list.map((value) => JSON.stringify(value, undefined, indent)).join(between || " ");
        const nodes = parseJsonValues(text);
        expect(nodes.map(({ start, end }) => JSON.parse(text.slice(start, end)))).toEqual(
          list.map((value) => JSON.parse(JSON.stringify(value))),
        );
      }),
    );
  });

  test("takes objects back to back", () => {
    expect(parseJsonValues("{}{}\n{}[]").map(({ type }) => type)).toEqual([
      "object",
      "object",
      "object",
      "array",
    ]);
  });

  test("refuses what JSON.parse refuses", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}[]",:0-1.eE\\u"ntrfa \n'), maxLength: 12 }),
        (text) => {
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          if (isJson) expect(parseJsonValues(text)).toHaveLength(1);
          else {
            // Several values one after another are fine here and only here.
            try {
              expect(parseJsonValues(text).length).not.toBe(1);
            } catch (error) {
              expect(error).toBeInstanceOf(SyntaxError);
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("finds characters of strings again, whatever is escaped before them", () => {
    const text = String.raw`{"a":"\u0041\n\"x\\y"}`;
    const [node] = parseJsonValues(text);
    const value = node?.type === "object" ? node.members[0]?.value : undefined;
    if (value?.type !== "string") throw new Error("no string");
    expect(text.slice(offsetInString(text, value, value.value.indexOf("x")))).toStartWith("x");
    expect(text.slice(offsetInString(text, value, value.value.indexOf("y")))).toStartWith("y");
  });

  test("every node's text is that node's value", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 2), (json, indent) => {
        const expected: unknown = JSON.parse(json);
        const text = JSON.stringify(expected, undefined, indent);
        // Only whole surrogate pairs are taken, as in Go.
        fc.pre(text.isWellFormed() && !/\\ud[89a-f]/i.test(text));
        const [node, ...rest] = parseJsonValues(text);
        expect(rest).toEqual([]);
        for (const inner of nodesIn(node!)) {
          expect(toValue(inner)).toEqual(JSON.parse(text.slice(inner.start, inner.end)));
        }
      }),
    );
  });

  test("takes values one after another, with or without space between them", () => {
    expect(parseJsonValues('{"a":1}[2]\n"b" null').map(toValue)).toEqual([{ a: 1 }, [2], "b", null]);
    expect(parseJsonValues(" \n\t")).toEqual([]);
  });

  test("keeps both of two members with one key", () => {
    const [node] = parseJsonValues('{"a":1,"a":2}');
    expect(
      node?.type === "object" && node.members.map(({ key, value }) => [key.start, toValue(value)]),
    ).toEqual([
      [1, 1],
      [7, 2],
    ]);
  });

  test.each([
    ['{"a" 1}', 'expected ":" after the key, found "1"', 5, 0],
    ["{a:1}", 'expected a key in double quotes, found "a"', 1, 0],
    ['{"a":1}\n{"b":}', 'expected a JSON value, found "}"', 13, 1],
    ["[1,]", 'expected a JSON value, found "]"', 3, 0],
    ["[1 2]", 'expected "," or "]", found "2"', 3, 0],
    ['{"a":1', 'expected "," or "}", found the end', 6, 0],
    ['"abc', 'expected a closing "', 0, 0],
    ['"a\nb"', 'expected no bare control character in a string, found "\\n"', 2, 0],
    ['"\\x"', 'invalid escape sequence, found "\\\\"', 1, 0],
    ['"\\ud800"', "expected whole surrogate pairs in the string", 0, 0],
    ["1 // one", 'expected a JSON value, found "/"', 2, 1],
    ["[".repeat(70), 'expected at most 64 levels, found "["', 64, 0],
  ])("%j is refused: %s", (text, message, offset, complete) => {
    const error = syntaxError(text);
    expect([error.message, error.offset, error.complete]).toEqual([message, offset, complete]);
  });

  test("gives values or one kind of error for any text", () => {
    const token = fc.constantFrom(
      ...'{ } [ ] : , "a" "\\n" 1 -0.5e3 01 true null nul \u0001 \\'.split(" "),
      " ",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 10 }), (tokens) => {
        const text = tokens.join("");
        try {
          const nodes = parseJsonValues(text);
          for (const { start, end } of nodes) JSON.parse(text.slice(start, end));
        } catch (error) {
          expect(error).toBeInstanceOf(JsonSyntaxError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("offsetInString() counts escapes as the characters that they stand for", () => {
  const text = ' "a\\nb\\u0041c"';
  const [node] = parseJsonValues(text);
  if (node?.type !== "string") throw new Error("expected a string");
  const offsets = [...node.value].map((_, index) => offsetInString(text, node, index));
  expect(offsets.map((offset) => text.charAt(offset))).toEqual(["a", "\\", "b", "\\", "c"]);
});
