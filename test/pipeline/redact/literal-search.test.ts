import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSearchable, LiteralSearch } from "../../../src/pipeline/redact/literal-search.ts";

/** Whether a search says of each line that it may hold one of the texts. */
function mayHold(literals: readonly string[], lines: readonly string[]): boolean[] {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const search = new LiteralSearch(literals);
  search.begin(bytes, 0, bytes.length, bytes.includes("\\u"));
  let end = 0;
  return lines.map((line) => {
    const start = end;
    end += Buffer.byteLength(line) + 1;
    return search.mayHold(start, end);
  });
}

test("a line that holds a part of a text and not all of it is not taken", () => {
  const lines = [
    ...['{"a":"--since=2h --label=x"}', '{"a":"--since=3h --label=x"}', '{"a":"--since=2h --label x"}'],
    ...[
      '{"a":" 2h --label="}',
      '{"a":"none"}',
      '{"a":"--\\u0073ince=2h --label=x"}',
      '{"a":" --since=2h --label="}',
    ],
  ];
  expect(mayHold(["--since=2h --label="], lines)).toEqual([true, false, false, false, false, true, true]);
});

test("a variable that holds a text is found, divided at whichever of its equals signs", () => {
  const lines = [
    ...['{"key":"--since","value":"2h --label=x"}', '{"key":"A--since=2h --label","value":"x"}'],
    ...['{"key":"A","value":"--since=2h --label=x"}', '{"key":"A","value":"2h --label=x"}'],
  ];
  expect(mayHold(["--since=2h --label="], lines)).toEqual([true, true, true, true]);
});

test("a text is found wherever it is in what a line says, however JSON writes it", () => {
  const part = fc.constantFrom(..."ab=/\\é", '"', "key", "tok=", "=key", "-key=", "/key", "key=/", "\t");
  const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
  const literal = text.filter(isSearchable);
  const line = fc.tuple(text, text, text).map(([args, key, value]) => ({ args, key, value }));
  let found = 0;
  let passed = 0;
  fc.assert(
    fc.property(
      fc.array(literal, { minLength: 1, maxLength: 3 }),
      fc.array(line, { maxLength: 6 }),
      (literals, lines) => {
        const answers = mayHold(
          literals,
          lines.map((event) => JSON.stringify(event).replaceAll("/", "\\/")),
        );
        const plain = mayHold(
          literals,
          lines.map((event) => JSON.stringify(event)),
        );
        lines.forEach(({ args, key, value }, i) => {
          const holds = [args, `${key}=${value}`].some((said) => literals.some((one) => said.includes(one)));
          if (holds) found++;
          else if (!plain[i]) passed++;
          if (holds)
            expect([literals, lines[i], answers[i], plain[i]]).toEqual([literals, lines[i], true, true]);
        });
      },
    ),
    { numRuns: 4_000 },
  );
  expect(found).toBeGreaterThan(200);
  expect(passed).toBeGreaterThan(200);
});
