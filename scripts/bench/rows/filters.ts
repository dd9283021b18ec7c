/** @module Filters are to cost less than what they save, and redaction little. */
import { readFileSync } from "node:fs";
import { tetrad, validating } from "../contestants.ts";
import { MEDIUM } from "../sizes.ts";
import { rateRow } from "./rates.ts";

/** Nine of ten processes of the file. */
const DENIED = ["^/usr/", "^/bin/", "^/(docker|starwars)"];
/** In the arguments of one event of a hundred. */
const SECRET = "--since=2h --label=\\S+ (-[vXoc]\\S*)";

/** Events of a file that the deny list keeps. */
function countKept(path: string): number {
  const isDenied = DENIED.map((pattern) => new RegExp(pattern));
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => {
      const binary = /"process":\{[^{}]*?"binary":"([^"]*)"/.exec(line)?.[1] ?? "";
      return !isDenied.some((pattern) => pattern.test(binary));
    }).length;
}

export const denyList = rateRow({
  name: "throughput/deny list",
  label: "events/s with a deny list that drops 90 % over validated only, 1.8 KB",
  goal: { atLeast: 1 },
  size: MEDIUM,
  contestants: ({ executable }, { path }) => [
    tetrad({
      executable,
      id: "tetrad-deny",
      label: "tetrad --export-denylist",
      looksFor: "valid events",
      flags: [`--export-denylist=${JSON.stringify({ binary_regex: DENIED })}`],
      keeps: countKept(path),
    }),
    validating(executable),
  ],
});

export const redaction = rateRow({
  name: "throughput/redaction",
  label: "events/s with redaction of what 1 % of them hold over validated only, 1.8 KB",
  goal: { atLeast: 0.8 },
  size: MEDIUM,
  contestants: ({ executable }) => [
    tetrad({
      executable,
      id: "tetrad-redact",
      label: "tetrad --redaction-filters",
      looksFor: "valid events",
      flags: [`--redaction-filters=${JSON.stringify({ redact: [SECRET] })}`],
    }),
    validating(executable),
  ],
});
