import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TetradError } from "../../src/os/error.ts";
import { parseSourceSpec } from "../../src/source/spec.ts";

describe("parseSourceSpec()", () => {
  for (const kind of ["auto", "sensor", "stdin"] as const) {
    test(`takes ${kind}`, () => expect(parseSourceSpec(kind)).toEqual({ kind }));
  }

  test("takes a glob, colons included", () => {
    expect(parseSourceSpec("file:/var/log/*:1.log")).toEqual({ kind: "file", glob: "/var/log/*:1.log" });
  });

  for (const [text, message] of [
    [
      "stdn",
      `Cannot use event source "stdn": found unknown kind "stdn", needs auto, sensor, stdin, file:GLOB; nearest is "stdin"`,
    ],
    [
      "fil:x",
      `Cannot use event source "fil:x": found unknown kind "fil", needs auto, sensor, stdin, file:GLOB; nearest is "file:GLOB"`,
    ],
    [
      "/var/log/a.log",
      `Cannot use event source "/var/log/a.log": found unknown kind "/var/log/a.log", needs auto, sensor, stdin, file:GLOB; nearest is "file:/var/log/a.log"`,
    ],
    ["", `Cannot use event source "": found unknown kind "", needs auto, sensor, stdin, file:GLOB`],
    [
      "file:",
      `Cannot use event source "file:": found no file name, needs "file:GLOB", such as "file:/var/log/tetragon/*.log"`,
    ],
    ["stdin:x", `Cannot use event source "stdin:x": found an argument, needs "stdin" alone`],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseSourceSpec(text)).toThrow(new TetradError("config", message));
    });
  }

  test("gives a source or a config error, whatever comes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(["auto", "sensor", "stdin", "file"]).toContain(parseSourceSpec(text).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(TetradError);
          expect((error as TetradError).code).toBe("config");
        }
      }),
    );
  });
});
