/**
 * @module What the protobuf codec needs for an event, beside protobuf's own runtime and Go's: slices in turn, in a process
 * of its own.
 *
 *     bun scripts/bench/protobuf-codec.ts FILE ROUNDS EVENTS [GO_PROGRAM]
 *
 * Prints JSON: the median CPU time of each, nanoseconds an event.
 */
import { readFileSync } from "node:fs";
import { fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { EventDecoder } from "../../src/encoding/protobuf/decoder.ts";
import { GRPC_PREFIX_BYTES, TetragonProtobuf } from "../../src/encoding/protobuf/encoding.ts";
import { GetEventsResponseSchema } from "../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import { EventBatch } from "../../src/event/batch.ts";
import { median } from "./statistics.ts";

/** Events in a batch, as a read from a file has them. */
const BATCH = 64;

/** Takes so many events in turn. @returns CPU time of one, nanoseconds. */
type Slice = (events: number) => number | Promise<number>;

type SliceableBuffer = Buffer & { utf8Slice(start: number, end: number): string };

function cpuTime(events: number, work: (event: number) => void, step = 1): number {
  const before = process.cpuUsage();
  for (let i = 0; i < events; i += step) work(i);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / events;
}

function linesOf(bytes: Buffer): readonly (readonly [number, number])[] {
  const lines: [number, number][] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf("\n", start) + 1;
    lines.push([start, end]);
    start = end;
  }
  return lines;
}

/** The contestants in this process. */
function contestants(bytes: SliceableBuffer): Record<string, Slice> {
  const lines = linesOf(bytes);
  const line = (i: number) => lines[i % lines.length]!;
  const encoding = new TetragonProtobuf();
  const decoder = new EventDecoder();
  const batch = new EventBatch(bytes);
  const fill = (from: number): void => {
    batch.clear();
    for (let i = from; i < from + BATCH; i++) batch.push(...line(i), 0);
    encoding.begin(batch);
    encoding.encodeAll();
  };
  const messages = lines.map((_, i) => {
    if (i % BATCH === 0) fill(i);
    const { lines: made } = encoding;
    const at = i % BATCH;
    return Buffer.from(made.bufferAt(at).subarray(made.startAt(at) + GRPC_PREFIX_BYTES, made.endAt(at)));
  });
  const options = { ignoreUnknownFields: true, useProtoFieldName: true };
  const out = Buffer.alloc(1 << 20);
  return {
    encode: (events) => cpuTime(events, fill, BATCH),
    decode: (events) =>
      cpuTime(events, (i) => {
        if (i % BATCH === 0) decoder.end = 0;
        const message = messages[i % messages.length]!;
        decoder.decode(message, 0, message.length);
      }),
    "es encode": (events) =>
      cpuTime(events, (i) => {
        toBinary(
          GetEventsResponseSchema,
          fromJsonString(GetEventsResponseSchema, bytes.utf8Slice(...line(i)), options),
        );
      }),
    "es decode": (events) =>
      cpuTime(events, (i) => {
        const event = fromBinary(GetEventsResponseSchema, messages[i % messages.length]!);
        out.write(toJsonString(GetEventsResponseSchema, event, options));
      }),
  };
}

/** Go's, in a process of its own. */
function goContestants(program: string, file: string): { slices: Record<string, Slice>; end: () => void } {
  const child = Bun.spawn([program, file], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const answers = child.stdout.getReader();
  const decode = new TextDecoder();
  const ask =
    (what: string): Slice =>
    async (events) => {
      child.stdin.write(`${what} ${events}\n`);
      await child.stdin.flush();
      const { value } = await answers.read();
      if (value === undefined) throw new Error("Go's side has ended");
      return Number(decode.decode(value));
    };
  return {
    slices: { "go encode": ask("encode"), "go decode": ask("decode") },
    end: () => child.kill(),
  };
}

async function main([file, rounds, events, program]: string[]): Promise<void> {
  const go = program === undefined ? undefined : goContestants(program, file!);
  const slices = Object.entries({ ...contestants(readFileSync(file!) as SliceableBuffer), ...go?.slices });
  const results = new Map<string, number[]>(slices.map(([name]) => [name, []]));
  // The first round is for the compilers.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [name, slice] of round % 2 === 0 ? slices : slices.toReversed()) {
      const time = await slice(Number(events));
      if (round > 0) results.get(name)!.push(time);
    }
  }
  go?.end();
  console.log(JSON.stringify(Object.fromEntries([...results].map(([name, times]) => [name, median(times)]))));
}

if (import.meta.main) await main(process.argv.slice(2));
