import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { TetragonProtobuf } from "../../../src/encoding/protobuf/encoding.ts";
import { EventBatch } from "../../../src/event/batch.ts";
import { PREFIX_BYTES } from "../../../src/lib/grpc/message.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { apiEvents, batchOf, bytesOf, encoded, read, realEvents } from "./support.ts";

/** The machine may be busy. */
setDefaultTimeout(60_000);

/** What protobuf's runtime makes of an event, in protobuf's JSON. */
function expected(event: JsonObject): unknown {
  return read(bytesOf(event));
}

const exec = (process: JsonObject, others: JsonObject = {}): JsonObject => ({
  process_exec: { process },
  ...others,
});
const argument = (value: JsonObject): JsonObject => ({ process_kprobe: { args: [value] } });

describe("TetragonProtobuf makes the messages that protobuf's own runtime makes", () => {
  test("of events of every type", () => {
    const encoding = new TetragonProtobuf();
    fc.assert(
      fc.property(fc.array(apiEvents, { minLength: 1, maxLength: 3 }), (events) => {
        const messages = encoded(encoding, batchOf(...events));
        expect(messages.map((message) => read(message!))).toEqual(events.map(expected));
      }),
      { numRuns: 300 },
    );
    expect(encoding.notExpressible).toEqual(new Map());
  });

  test("of events that are objects already, and of those that a stage has changed", () => {
    const encoding = new TetragonProtobuf();
    fc.assert(
      fc.property(apiEvents, apiEvents, (first, second) => {
        const batch = new EventBatch(new Uint8Array(0));
        // What JSON lacks, an object may still have.
        batch.pushObject({ ...first, node_labels: undefined });
        batch.pushObject({});
        batch.change(1, second);
        const { node_labels: _, ...rest } = first;
        expect(encoded(encoding, batch).map((message) => read(message!))).toEqual([
          expected(rest),
          expected(second),
        ]);
      }),
    );
  });

  test("of real events", async () => {
    const lines = await realEvents();
    const messages = encoded(new TetragonProtobuf(), batchOf(...lines));
    const isOfApi = (line: string) => !/^\{"process_(?:connect|close|listen)"/.test(line);
    for (const [i, line] of lines.entries()) {
      const message = messages[i];
      expect(message !== undefined).toBe(isOfApi(line));
      if (message !== undefined) expect(read(message)).toEqual(expected(JSON.parse(line)));
    }
  });

  test("of one that is larger than its buffer, and of those behind it", () => {
    const events = ["a", "ä", "\ud83d\ude00"].flatMap((text) => [
      exec({ arguments: text.repeat(100_000), binary: text.repeat(40), cwd: "/" }),
      exec({ pid: 1 }),
    ]);
    const messages = encoded(new TetragonProtobuf(), batchOf(...events));
    expect(messages.map((message) => read(message!))).toEqual(events.map(expected));
  });

  test("of one that ends near the end of its buffer", () => {
    const event = exec({ arguments: "a".repeat(3000), binary: "/bin/true", user: { name: "root" } });
    const frame = encoded(new TetragonProtobuf(), batchOf(event))[0]!.length + PREFIX_BYTES;
    // The first fills the buffer so far that one byte after another of the second has no room.
    for (let missing = -80; missing <= 80; missing++) {
      const filler = exec({ arguments: "b".repeat(65_536 - frame - 20 + missing) });
      const messages = encoded(new TetragonProtobuf(), batchOf(filler, event));
      expect(read(messages[1]!)).toEqual(expected(event));
    }
  });
});

describe("TetragonProtobuf keeps", () => {
  test.each<[string, JsonObject]>([
    ["fields under protobuf's other name", exec({ execId: "a", parentExecId: "b" })],
    ["event types under protobuf's other name", { processExec: { process: { execId: "a" } } }],
    ["numbers of 64 bits as text", argument({ size_arg: "18446744073709551615" })],
    ["numbers of 64 bits with a sign", argument({ long_arg: "-9223372036854775808" })],
    ["numbers of 32 bits with a sign", argument({ int_arg: -2147483648 })],
    ["zeros that are set", argument({ int_arg: 0, label: "zero" })],
    ["wrapped zeros", exec({ pid: 0, in_init_tree: false })],
    ["times before 1970", exec({}, { time: "1969-12-31T23:59:59.5Z" })],
    ["times of another zone", exec({}, { time: "2026-01-31T01:00:00.000000001+02:00" })],
    ["bytes in the URL's alphabet, without padding", argument({ bytes_arg: "-_8" })],
    ["empty messages", { process_exec: {} }],
    ["enum values by number", exec({ cap: { permitted: [21, "CAP_CHOWN"] } })],
  ])("%s", (_, event) => {
    const encoding = new TetragonProtobuf();
    expect(read(encoded(encoding, batchOf(event))[0]!)).toEqual(expected(JSON.parse(JSON.stringify(event))));
    expect(encoding.unknownFields).toBe(0);
  });

  test("characters that are whole: of a half there is U+FFFD, as of all that is no text", () => {
    const [message] = encoded(
      new TetragonProtobuf(),
      batchOf('{"process_exec":{"process":{"cwd":"/\\ud83d"}}}'),
    );
    expect(read(message!)).toEqual(exec({ cwd: "/\ufffd" }));
  });

  test("all digits of a number that JavaScript would round", () => {
    const line = '{"process_kprobe":{"args":[{"size_arg":18446744073709551615},{"long_arg":1e3}]}}';
    const [message] = encoded(new TetragonProtobuf(), batchOf(line));
    expect(read(message!)).toEqual({
      process_kprobe: { args: [{ size_arg: "18446744073709551615" }, { long_arg: "1000" }] },
    });
  });
});

describe("TetragonProtobuf passes over", () => {
  test("events of types that the API lacks, and counts them by type", () => {
    const encoding = new TetragonProtobuf();
    const init = { event: "agent_init", tetragon_version: "v1", pid: 1 };
    const events = [
      { process_connect: { process: {} } },
      exec({ pid: 1 }),
      { process_of_tomorrow: { process: {} }, node_name: "n" },
      { process_connect: { process: {} } },
      init,
    ];
    const messages = encoded(encoding, batchOf(...events));
    expect(messages.map((message) => message !== undefined)).toEqual([false, true, false, false, false]);
    expect(Object.fromEntries(encoding.notExpressible)).toEqual({
      process_connect: 2,
      process_of_tomorrow: 1,
      agent_init: 1,
    });
  });

  test("types that others make up, and counts them together from the 65th on", () => {
    const encoding = new TetragonProtobuf();
    const events = Array.from({ length: 200 }, (_, i) => ({ [`process_${i}`]: {} }));
    encoded(encoding, batchOf(...events, { ["x".repeat(1000)]: {} }));
    expect(encoding.notExpressible.size).toBe(65);
    expect(encoding.notExpressible.get("other")).toBe(137);
  });

  test("unknown fields and unknown names of enum values, and counts them", () => {
    const encoding = new TetragonProtobuf();
    const event = exec(
      { pid: 1, of_tomorrow: { deep: [1] }, cap: { permitted: ["CAP_OF_TOMORROW", "CAP_CHOWN"] } },
      { of_tomorrow: "text" },
    );
    expect(read(encoded(encoding, batchOf(event))[0]!)).toEqual(
      exec({ pid: 1, cap: { permitted: ["CAP_CHOWN"] } }),
    );
    expect(encoding.unknownFields).toBe(3);
  });

  test.each<[string, object | string]>([
    ["a text that is a number", exec({ exec_id: 1 })],
    ["a number that is a text", exec({ pid: "many" })],
    ["a number that is too large", exec({ pid: 4294967296 })],
    ["a message that is a list", { process_exec: [] }],
    ["a list that is a message", { process_kprobe: { args: {} } }],
    ["a time that is none", exec({}, { time: "yesterday" })],
    ["a truth that is a number", exec({ in_init_tree: 1 })],
    ["a line that is no object", "[]"],
    ["a line that is no JSON", "{"],
    ["an event that has no type", { node_name: "n" }],
  ])("an event that is not as the API has it: %s", (_, event) => {
    const encoding = new TetragonProtobuf();
    const good = exec({ pid: 7 });
    const messages = encoded(encoding, batchOf(event, good));
    expect(messages[0]).toBeUndefined();
    expect(read(messages[1]!)).toEqual(good);
    expect(Object.fromEntries(encoding.notExpressible)).toEqual({ invalid: 1 });
  });
});

describe("TetragonProtobuf and events that come as values", () => {
  const byObject: JsonObject = exec({ pid: 1 });

  /** A batch of one value, whose source writes its message as that of another process. */
  function valueBatch(): EventBatch {
    const batch = new EventBatch(new Uint8Array(0));
    batch.values = {
      object: () => structuredClone(byObject),
      writeLine: (target, i) => {
        target.bytes = Buffer.from(`${JSON.stringify(byObject)}\n`);
        target.start[i] = 0;
        target.end[i] = target.bytes.length;
        target.text[i] = 0;
      },
      writeProtobuf: (place, writer, at) =>
        writer.raw(at, encoded(new TetragonProtobuf(), batchOf(exec({ pid: place })))[0]!),
    };
    batch.pushValue(0, 0);
    batch.pushValue(0, 0);
    batch.place[1] = 5;
    return batch;
  }

  test("lets the source write them, also when their text was made before", () => {
    const batch = valueBatch();
    batch.makeTextOf(1);
    const messages = encoded(new TetragonProtobuf(), batch);
    expect(messages.map((message) => read(message!))).toEqual([exec({ pid: 0 }), exec({ pid: 5 })]);
  });

  test("writes those that a stage has changed as they are now, whether their text was made or not", () => {
    const batch = valueBatch();
    batch.change(0, exec({ pid: 8 }));
    batch.change(1, exec({ pid: 9 }));
    batch.makeTextOf(1);
    const messages = encoded(new TetragonProtobuf(), batch);
    expect(messages.map((message) => read(message!))).toEqual([exec({ pid: 8 }), exec({ pid: 9 })]);
  });

  test("asks for the object where the source writes none", () => {
    const batch = valueBatch();
    const { object, writeLine } = batch.values!;
    batch.values = { object, writeLine };
    expect(read(encoded(new TetragonProtobuf(), batch)[0]!)).toEqual(byObject);
  });
});
