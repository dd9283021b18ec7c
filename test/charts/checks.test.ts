import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { CHART, readValues } from "./support.ts";

interface Check {
  readonly expected: string;
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

const { values, options } = JSON.parse(readFileSync(join(CHART, "files/checks.json"), "utf8")) as {
  values: Record<string, Check>;
  options: Record<string, Check>;
};

/** As the templates hold a text to a check. Go's (?i:) is JavaScript's flag. */
function passes({ pattern = "", min = -Infinity, max = Infinity }: Check, text: string): boolean {
  const regex = new RegExp(pattern.replace("(?i:", "(?:"), pattern.includes("(?i:") ? "i" : "");
  if (!regex.test(text)) return false;
  return !/^-?[0-9]+$/.test(text) || (Number(text) >= min && Number(text) <= max);
}

const TEXTS = [
  "",
  "true",
  "T",
  "yes",
  "0",
  "1",
  "-1",
  "65535",
  "65536",
  "99999999",
  "x",
  "1.5",
  "10s",
  "1h30m",
  "30",
  "64K",
  "1MB",
  "600",
  "999",
  "json",
  "JSON",
  "cef",
  "auto",
  "drop",
];

describe("files/checks.json", () => {
  test("has each option of the agent", () => {
    expect(Object.keys(options).sort()).toEqual([...OPTION_TABLE.names].sort());
  });

  test("refuses nothing that the agent takes", () => {
    const wrong = Object.entries(options).flatMap(([name, check]) => {
      const { kind } = OPTION_TABLE.row(name as never);
      return TEXTS.filter(
        (text) => text !== "" && kind.parse(text) !== undefined && !passes(check, text),
      ).map((text) => `${name}=${text}`);
    });
    expect(wrong).toEqual([]);
  });

  test.each([
    "udp-output-port",
    "udp-buffer-size",
    "udp-format",
    "debug",
    "metadata-interval",
    "export-file-perm",
  ])("lets through of %s only what the agent takes, but for the bounds of durations and sizes", (name) => {
    const { kind } = OPTION_TABLE.row(name as never);
    const isBounded = kind.name === "size" || kind.name === "duration";
    const wrong = TEXTS.filter(
      (text) => text !== "" && passes(options[name] as Check, text) && kind.parse(text) === undefined,
    );
    expect(isBounded ? [] : wrong).toEqual([]);
  });

  test("takes the chart's own values", () => {
    const initially = readValues();
    const at = (path: string) => path.split(".").reduce((value, name) => value?.[name], initially);
    const refused = Object.entries(values).filter(([path, check]) =>
      [at(path)].flat().some((value) => value !== "" && !passes(check, `${value}`)),
    );
    expect(refused).toEqual([]);
  });

  test("is of values that there are", () => {
    const initially = readValues();
    const at = (path: string) => path.split(".").reduce((value, name) => value?.[name], initially);
    expect(Object.keys(values).filter((path) => at(path) === undefined)).toEqual([]);
  });
});
