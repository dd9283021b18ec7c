import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SOURCES } from "../../src/agent/components.ts";
import { AUTO, formOf, parseSource } from "../../src/agent/source-spec.ts";
import { TetradError } from "../../src/os/error.ts";

/** How each source is written, whatever sources there are. */
const FORMS = [AUTO, ...SOURCES.map(formOf)].join(", ");

/** Types and arguments of what `text` stands for. */
function parse(text: string): [string, string][] {
  return parseSource(text, SOURCES).map(({ definition, argument }) => [definition.type, argument]);
}

describe("parseSource()", () => {
  for (const type of ["sensor", "stdin"]) {
    test(`takes ${type}`, () => expect(parse(type)).toEqual([[type, ""]]));
  }

  test("takes auto for the sensor, and for Tetragon's log where that cannot start", () => {
    expect(parse("auto")).toEqual([
      ["sensor", ""],
      ["file", "/var/log/tetragon/tetragon.log"],
    ]);
  });

  test("takes a glob, colons included", () => {
    expect(parse("file:/var/log/*:1.log")).toEqual([["file", "/var/log/*:1.log"]]);
  });

  for (const [text, message] of [
    ["stdn", `Cannot use event source "stdn": found unknown kind "stdn", needs ${FORMS}; nearest is "stdin"`],
    [
      "fil:x",
      `Cannot use event source "fil:x": found unknown kind "fil", needs ${FORMS}; nearest is "file:PATH-OR-GLOB"`,
    ],
    [
      "/var/log/a.log",
      `Cannot use event source "/var/log/a.log": found unknown kind "/var/log/a.log", needs ${FORMS}; nearest is "file:/var/log/a.log"`,
    ],
    ["", `Cannot use event source "": found unknown kind "", needs ${FORMS}`],
    [
      "file:",
      `Cannot use event source "file:": found no file name, needs "file:PATH-OR-GLOB", such as "file:/var/log/tetragon/*.log"`,
    ],
    ["stdin:x", `Cannot use event source "stdin:x": found an argument, needs "stdin" alone`],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parse(text)).toThrow(new TetradError("config", message));
    });
  }

  test("gives a source or a config error, whatever comes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          for (const [type] of parse(text)) expect(SOURCES.map((source) => `${source.type}`)).toContain(type);
        } catch (error) {
          expect(error).toBeInstanceOf(TetradError);
          expect((error as TetradError).code).toBe("config");
        }
      }),
    );
  });
});
