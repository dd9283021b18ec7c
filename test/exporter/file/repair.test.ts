import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { repairEnd } from "../../../src/exporter/file/repair.ts";
import { temporaryDirectory } from "../support.ts";

async function repaired(path: string, text: string): Promise<{ text: string; cut: number }> {
  writeFileSync(path, text);
  const file = await open(path, "a+");
  try {
    const { size, cut } = await repairEnd(file, Buffer.byteLength(text));
    const now = readFileSync(path);
    expect(now.length).toBe(size);
    return { text: now.toString(), cut };
  } finally {
    await file.close();
  }
}

describe("repairEnd()", () => {
  const long = `{"pad":"${"x".repeat(200_000)}`;
  const cases: { what: string; before: string; after: string; cut?: number }[] = [
    { what: "leaves an empty file alone", before: "", after: "" },
    { what: "leaves whole lines alone", before: '{"a":1}\n{"b":2}\n', after: '{"a":1}\n{"b":2}\n' },
    { what: "cuts a torn event off", before: '{"a":1}\n{"b":', after: '{"a":1}\n', cut: 5 },
    { what: "cuts a torn event off that is all there is", before: '{"b":', after: "", cut: 5 },
    { what: "cuts a long torn event off", before: `{"a":1}\n${long}`, after: '{"a":1}\n', cut: long.length },
    {
      what: "completes an event that lacks its newline",
      before: '{"a":1}\n{"b":2}',
      after: '{"a":1}\n{"b":2}\n',
    },
    { what: "completes a long event", before: `${long}"}`, after: `${long}"}\n` },
    { what: "keeps text that is no event", before: '{"a":1}\nhello', after: '{"a":1}\nhello\n' },
    { what: "keeps zeros that a power loss has left", before: '{"a":1}\n\0\0\0', after: '{"a":1}\n\0\0\0\n' },
  ];
  for (const { what, before, after, cut = 0 } of cases) {
    test(what, async () => {
      using directory = temporaryDirectory();
      expect(await repaired(join(directory.path, "file"), before)).toEqual({ text: after, cut });
    });
  }

  test("keeps every whole line of a file that was cut anywhere", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "file");
    const events = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.nat())), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(events, fc.double({ min: 0, max: 1, noNaN: true }), async (events, part) => {
        const text = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
        // Between two characters: readFileSync() above would not give half a character back.
        const cut = text
          .subarray(0, Math.floor(part * text.length))
          .toString()
          .replaceAll("\ufffd", "");
        const { text: after } = await repaired(path, cut);
        const whole = cut.slice(0, cut.lastIndexOf("\n") + 1);
        const tail = cut.slice(whole.length);
        expect([whole, `${whole}${tail}\n`]).toContain(after);
        for (const line of after.split("\n").slice(0, -1)) JSON.parse(line);
      }),
      { numRuns: 150 },
    );
  });
});
