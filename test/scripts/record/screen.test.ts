import { describe, expect, test } from "bun:test";
import { Screen } from "../../../scripts/record/screen.ts";

function rowsOf(columns: number, ...writes: string[]): string[] {
  const screen = new Screen(columns);
  for (const [at, text] of writes.entries()) screen.write(text, at);
  return screen.rows().map(({ spans }) => spans.map(({ text }) => text).join(""));
}

describe("Screen", () => {
  test.each<[string, string[]]>([
    ["one\r\ntwo\r\n", ["one", "two"]],
    ["\r\n\r\none  \r\n\r\ntwo\r\n\r\n", ["one", "", "two"]],
    ["abc\rX", ["Xbc"]],
    ["abc\b\bX", ["aXc"]],
    ["abc\r\u001b[K", []],
    ["\u001b[?2004l\u001b]0;title\u0007text\u001b=", ["text"]],
    ["abcdefghijk", ["abcdefgh", "ijk"]],
  ])("shows %j as %j", (text, rows) => {
    expect(rowsOf(8, text)).toEqual(rows);
  });

  test("takes a control sequence in two parts", () => {
    expect(rowsOf(20, "a\u001b", "[3", "1mb")).toEqual(["ab"]);
  });

  test("keeps the style of each piece of text", () => {
    const screen = new Screen(80);
    screen.write("a\u001b[1;31mb\u001b[0mc", 0);
    const style = { bold: false, faint: false, color: undefined };
    expect(screen.rows()[0]?.spans).toEqual([
      { text: "a", style },
      { text: "b", style: { bold: true, faint: false, color: 1 } },
      { text: "c", style },
    ]);
  });

  test("a row has the time of its first character", () => {
    const screen = new Screen(80);
    screen.write("a", 1);
    screen.write("b\n", 2);
    screen.write("c", 3);
    expect(screen.rows().map(({ at }) => at)).toEqual([1, 3]);
  });
});
