/**
 * @module What a document of the Elastic Common Schema costs beside decoding and `JSON.parse` of the same event, in a process
 * of its own.
 *
 *     bun scripts/bench/ecs-codec.ts FILE SLICE ROUNDS WARM_UP
 *
 * Prints the CPU time of all threads for an event, nanoseconds, the median of the rounds, by way: `parse`, `fast` for lines
 * that are known to be valid, `unknown` for those that have to be looked at, `general` by the description of events; and
 * `size`, the bytes of documents of real events over those of the events.
 */
import { readFileSync } from "node:fs";
import { EcsEncoder } from "../../src/encoding/ecs/encoder.ts";
import { EventBatch, WHOLE } from "../../src/event/batch.ts";
import { asBuffer } from "../../src/lib/bytes.ts";
import { median } from "./statistics.ts";

const REAL = new URL("../../test/fixtures/tetragon-events.jsonl", import.meta.url);
const [path, slice, rounds, warmUp] = process.argv.slice(2);
const bytes = asBuffer(readFileSync(path!));
const lines: { start: number; end: number }[] = [];
for (let start = 0; start < bytes.length; ) {
  const end = bytes.indexOf("\n", start) + 1;
  lines.push({ start, end });
  start = end;
}
const encoder = new EcsEncoder({ agent: { version: "v0.1.0", id: "0123456789abcdef" } });
const target = Buffer.alloc(4 * 1024 * 1024);
const batch = new EventBatch(bytes);

const WAYS: Readonly<Record<string, (line: { start: number; end: number }) => void>> = {
  parse({ start, end }) {
    JSON.parse(bytes.utf8Slice(start, end));
  },
  fast({ start, end }) {
    batch.clear();
    batch.push(start, end, 0);
    batch.whole[0] = WHOLE.yes;
    encoder.encodeInto(batch, 0, target, 0);
  },
  unknown({ start, end }) {
    encoder.encodeLine(bytes, start, end, target, 0);
  },
  general({ start, end }) {
    encoder.writeByDescription(bytes, start, end, target, 0);
  },
};

function timeOf(way: string, events: number): number {
  const work = WAYS[way]!;
  const before = process.cpuUsage();
  for (let i = 0; i < events; i++) work(lines[i % lines.length]!);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / events;
}

/** Of real events. */
function sizeRatio(): number {
  const events = readFileSync(REAL, "utf8").trimEnd().split("\n");
  const all = events.map((event) => Buffer.from(`${event}\n`));
  const written = all.map((line) => encoder.encodeLine(line, 0, line.length, target, 0));
  const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
  return sum(written) / sum(all.map(({ length }) => length));
}

const names = Object.keys(WAYS);
const times = new Map<string, number[]>(names.map((name) => [name, []]));
for (const name of names) timeOf(name, Number(warmUp));
for (let round = 0; round < Number(rounds); round++)
  for (const name of round % 2 === 0 ? names : names.toReversed())
    times.get(name)!.push(timeOf(name, Number(slice)));
const result = Object.fromEntries([...times].map(([name, all]) => [name, median(all)]));
console.log(JSON.stringify({ ...result, size: sizeRatio() }));
