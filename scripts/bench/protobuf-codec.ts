/**
 * @module What the protobuf codec, or protobuf's own runtime, needs for an event: the counterpart of native/go/main.go, in a
 * process of its own, so that none pays for another's garbage.
 *
 *     bun scripts/bench/protobuf-codec.ts tetrad|protobuf-es FILE
 *
 * Each line of standard input is `encode N` or `decode N`: N events are taken in turn, and the CPU time of all threads for
 * them is printed, nanoseconds an event.
 */
import { readFileSync } from "node:fs";
import { fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { EventDecoder } from "../../src/encoding/protobuf/decoder.ts";
import { TetragonProtobuf } from "../../src/encoding/protobuf/encoding.ts";
import { GetEventsResponseSchema } from "../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import { EventBatch } from "../../src/event/batch.ts";
import { PREFIX_BYTES } from "../../src/lib/grpc/message.ts";

/** Events in a batch, as a read from a file has them. */
const BATCH = 64;

/** Takes so many events in turn. @returns CPU time of one, nanoseconds. */
type Slice = (events: number) => number;

/** Both ways. */
type Contestant = Readonly<Record<"encode" | "decode", Slice>>;

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

/** The messages of all lines. */
function messagesOf(bytes: Buffer): readonly Buffer[] {
  const encoding = new TetragonProtobuf();
  const batch = new EventBatch(bytes);
  return linesOf(bytes).map(([start, end]) => {
    batch.clear();
    batch.push(start, end, 0);
    encoding.begin(batch);
    encoding.encodeAll();
    const { lines } = encoding;
    return Buffer.from(lines.bufferAt(0).subarray(PREFIX_BYTES, lines.endAt(0)));
  });
}

function tetrad(bytes: Buffer): Contestant {
  const lines = linesOf(bytes);
  const messages = messagesOf(bytes);
  const encoding = new TetragonProtobuf();
  const decoder = new EventDecoder();
  const batch = new EventBatch(bytes);
  return {
    encode: (events) =>
      cpuTime(
        events,
        (from) => {
          batch.clear();
          for (let i = from; i < from + BATCH; i++) batch.push(...lines[i % lines.length]!, 0);
          encoding.begin(batch);
          encoding.encodeAll();
        },
        BATCH,
      ),
    decode: (events) =>
      cpuTime(events, (i) => {
        if (i % BATCH === 0) decoder.end = 0;
        const message = messages[i % messages.length]!;
        decoder.decode(message, 0, message.length);
      }),
  };
}

function protobufEs(bytes: SliceableBuffer): Contestant {
  const schema = GetEventsResponseSchema;
  const lines = linesOf(bytes);
  const messages = messagesOf(bytes);
  const options = { ignoreUnknownFields: true, useProtoFieldName: true };
  const out = Buffer.alloc(1 << 20);
  return {
    encode: (events) =>
      cpuTime(events, (i) => {
        toBinary(schema, fromJsonString(schema, bytes.utf8Slice(...lines[i % lines.length]!), options));
      }),
    decode: (events) =>
      cpuTime(events, (i) => {
        out.write(toJsonString(schema, fromBinary(schema, messages[i % messages.length]!), options));
      }),
  };
}

async function main(who: string, file: string): Promise<void> {
  const bytes = readFileSync(file) as SliceableBuffer;
  const contestant = who === "tetrad" ? tetrad(bytes) : protobufEs(bytes);
  for await (const line of console) {
    const [what, count] = line.split(" ");
    console.log(String(Math.round(contestant[what as keyof Contestant](Number(count)))));
  }
}

if (import.meta.main) await main(process.argv[2]!, process.argv[3]!);
