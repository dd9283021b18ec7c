import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { EcsSettings } from "../../../src/encoding/ecs/settings.ts";
import { validEvents } from "../../event/fit/event-arbitrary.ts";
import { mutatedLines } from "../../event/scan/mutations.ts";
import { readSeed } from "../../harness/seed.ts";
import { FastDocuments, fieldEvents, generalText, lineOf, REAL_LINES, SETTINGS, tidied } from "./support.ts";

/** The machine may be busy. */
setDefaultTimeout(120_000);

const ALL: readonly EcsSettings[] = [
  SETTINGS,
  {
    ...SETTINGS,
    spelling: "integration",
    hasOriginal: true,
    hasCommandLine: true,
    dataStream: { type: "logs", dataset: "cilium_tetragon.log", namespace: "größe" },
  },
  { ...SETTINGS, agent: { version: "v1" } },
];

const MUTATED_LINES = 3000;

/** Documents as they are compared: numbers by their digits. */
function parsed(text: string): unknown {
  return JSON.parse(text.replace(/(?<=[[:,])-?\d{16,}(?=[,\]}])/g, '"$&"'));
}

describe("LineDocuments.write()", () => {
  const fast = ALL.map((settings) => new FastDocuments(settings));

  /** Whether it was sure; then it has to be right. */
  function check(line: string, way = 0): boolean {
    const text = fast[way]!.text(line);
    if (text === undefined) return false;
    expect(parsed(text)).toEqual(parsed(generalText(line, ALL[way])));
    return true;
  }

  test("makes the document that the description makes of real events, whatever is asked for", () => {
    for (const line of REAL_LINES) for (let way = 0; way < ALL.length; way++) check(line, way);
  });

  test("is sure of every real event that is of a type of the API", () => {
    const lines = REAL_LINES.filter((line) => !/^\{"process_(?:connect|close|listen)"/.test(line));
    expect(lines.filter((line) => !check(line))).toEqual([]);
  });

  test("makes the same of events as they are in the field, and is sure of most", () => {
    let [sure, all] = [0, 0];
    const run = fc.property(fieldEvents, fc.boolean(), fc.nat(ALL.length - 1), (event, hasSpaces, way) => {
      all++;
      const isTidy = all % 4 !== 0;
      if (check(lineOf(isTidy ? (tidied(event) as object) : event, hasSpaces), way)) sure++;
    });
    fc.assert(run, { numRuns: 3000 });
    expect(sure / all).toBeGreaterThan(0.25);
  });

  test("makes the same of every valid event that it is sure of", () => {
    fc.assert(
      fc.property(validEvents, (event) => {
        check(JSON.stringify(event));
      }),
      { numRuns: 500 },
    );
  });

  test("makes the same of every line that was changed and that it is sure of", () => {
    let left = MUTATED_LINES;
    for (const line of mutatedLines(REAL_LINES, readSeed())) {
      if (left-- === 0) break;
      // The generator's lines have their newline, and may have others.
      const text = line.toString("utf8");
      if (Buffer.from(text).equals(line)) check(text.replace(/\n$/, ""));
    }
  });
});
