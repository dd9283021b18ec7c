import { describe, expect, test } from "bun:test";
import { maskNamedItems, namedItems } from "../../src/config/named-items.ts";
import { formatList } from "../../src/lib/text/list.ts";

const kind = namedItems("type", "a name");
/** As the flag gives it. */
const parse = (item: string) =>
  kind.parse(formatList([item]))?.map(({ name, options }) => [name, Object.fromEntries(options)]);

describe("namedItems()", () => {
  test("reads a name, a type and options; a value in quotes has commas and quotes", () => {
    expect(parse("siem=udp")).toEqual([["siem", { type: "udp" }]]);
    expect(parse("siem=http, http-url=https://x/?a=b ,linger=1s")).toEqual([
      ["siem", { type: "http", "http-url": "https://x/?a=b", linger: "1s" }],
    ]);
    expect(parse('siem=http,headers="A: b,C: ""d""",x=')).toEqual([
      ["siem", { type: "http", headers: 'A: b,C: "d"', x: "" }],
    ]);
  });

  test("takes several in one text, and writes what it reads again", () => {
    const text = formatList(["a=udp,port=1", 'b=http,headers="A: b,C: ""d"""']);
    const value = kind.parse(text)!;
    expect(value.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(kind.parse(kind.format(value))).toEqual(value);
    expect(kind.format(value)).toBe(text);
  });

  test.each(["siem", "=udp", "siem=udp,port", "siem=udp,port=1,port=2", 'siem=udp,port="1', 'a=udp,b="1"2'])(
    "refuses %p",
    (item) => expect(parse(item)).toBeUndefined(),
  );
});

describe("maskNamedItems()", () => {
  const mask = (text: string) => maskNamedItems("type", text, ["http-token"]);

  test("masks what is secret, as a flag has it and as a list has it", () => {
    const item = 'a=http,http-url=https://x/,http-token="s,ecret"';
    expect(mask(item)).not.toContain("ecret");
    expect(mask(item)).toContain("http-url=https://x/");
    expect(mask(formatList([item, "b=udp"]))).not.toContain("ecret");
    expect(mask("a=udp,port=1")).toBe("a=udp,port=1");
  });

  test("masks all of what cannot be read", () => {
    expect(mask('a=http,http-token="secret')).not.toContain("secret");
  });
});
