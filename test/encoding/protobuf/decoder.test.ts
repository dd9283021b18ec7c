import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { EventDecoder } from "../../../src/encoding/protobuf/decoder.ts";
import { TetragonProtobuf } from "../../../src/encoding/protobuf/encoding.ts";
import { UNKNOWN_FIELDS } from "../../../src/encoding/protobuf/unknown.ts";
import { writeVarint } from "../../../src/encoding/protobuf/wire.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { apiEvents, batchOf, bytesOf, encoded, read, realEvents } from "./support.ts";

/** The machine may be busy. */
setDefaultTimeout(60_000);

/** The line that a decoder makes of a message, without its newline. */
function lineOf(message: Uint8Array, decoder = new EventDecoder()): string {
  const before = decoder.end;
  // In the middle of others, as in a frame.
  const noise = Buffer.from([0xff, 0x0a]);
  const source = Buffer.concat([noise, message, noise]);
  expect(decoder.decode(source, noise.length, noise.length + message.length)).toBeUndefined();
  expect(decoder.bytes[decoder.end - 1]).toBe(0x0a);
  return decoder.bytes.toString("utf8", before, decoder.end - 1);
}

const varint = (value: number): Uint8Array => {
  const bytes = new Uint8Array(5);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
};
/** A field with a length. */
const bounded = (number: number, ...parts: (Uint8Array | string)[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
};
/** A number. */
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)]);

describe("EventDecoder makes the JSON that protobuf's own runtime makes", () => {
  test("of events of every type", () => {
    const decoder = new EventDecoder();
    fc.assert(
      fc.property(apiEvents, (event) => {
        const bytes = bytesOf(event);
        expect(JSON.parse(lineOf(bytes, decoder))).toEqual(read(bytes));
      }),
      { numRuns: 300 },
    );
    expect(decoder.unknownFields).toBe(0);
  });

  test("of what the encoder writes", () => {
    const encoding = new TetragonProtobuf();
    fc.assert(
      fc.property(apiEvents, (event) => {
        const message = encoded(encoding, batchOf(event))[0]!;
        expect(JSON.parse(lineOf(message))).toEqual(read(message));
      }),
    );
  });

  test("of real events, with their members in the order in which Tetragon writes them", async () => {
    const known = (await realEvents()).filter((line) => !/^\{"process_(?:connect|close|listen)"/.test(line));
    expect(known.length).toBeGreaterThan(20);
    for (const line of known) {
      const bytes = bytesOf(JSON.parse(line));
      const made = lineOf(bytes);
      expect(JSON.parse(made)).toEqual(read(bytes));
      expect(Object.keys(JSON.parse(made))).toEqual(
        Object.keys(JSON.parse(line)).filter((key) => key in JSON.parse(made)),
      );
    }
  });

  test("of an event that Go has written, whose one-of stands behind all other fields", () => {
    const message = Buffer.concat([
      bounded(1000, "node"),
      bounded(1001, number(1, 1_700_000_000), number(2, 120_000_000)),
      bounded(9, bounded(4, bounded(18, "label"), number(2, 3))),
    ]);
    expect(lineOf(message)).toBe(
      '{"process_kprobe":{"args":[{"int_arg":3,"label":"label"}]},"node_name":"node","time":"2023-11-14T22:13:20.120Z"}',
    );
  });
});

describe("EventDecoder does as protobuf does where", () => {
  test.each<[string, Uint8Array, JsonObject]>([
    [
      "a message stands twice: it is merged",
      Buffer.concat([bounded(1, bounded(1, bounded(1, "a"))), bounded(1, bounded(1, bounded(4, "/")))]),
      { process_exec: { process: { exec_id: "a", cwd: "/" } } },
    ],
    [
      "a text stands twice: the last one counts",
      bounded(1, bounded(1, bounded(1, "a"), bounded(1, "b"))),
      { process_exec: { process: { exec_id: "b" } } },
    ],
    [
      "a number stands twice, and is 0 at last",
      bounded(1, bounded(1, number(13, 5), number(13, 0), bounded(1, "a"))),
      { process_exec: { process: { exec_id: "a" } } },
    ],
    [
      "two members of a one-of stand: the last one counts",
      Buffer.concat([bounded(1, bounded(1)), bounded(27, number(1, 1))]),
      { process_throttle: { type: "THROTTLE_START" } },
    ],
    [
      "numbers of a list stand apart or together",
      bounded(1, bounded(1, bounded(14, number(1, 21), bounded(1, Uint8Array.of(0, 1)), number(1, 99)))),
      {
        process_exec: { process: { cap: { permitted: ["CAP_SYS_ADMIN", "CAP_CHOWN", "DAC_OVERRIDE", 99] } } },
      },
    ],
    [
      "numbers have more bytes than they need",
      bounded(1, bounded(1, Uint8Array.of(0x68, 0x85, 0x80, 0x80, 0x00))),
      { process_exec: { process: { refcnt: 5 } } },
    ],
    [
      "a number below 0 has ten bytes",
      bounded(9, bounded(4, Uint8Array.of(0x10, ...new Uint8Array(9).fill(0xff), 0x01))),
      { process_kprobe: { args: [{ int_arg: -1 }] } },
    ],
    [
      "a wrapper is empty",
      bounded(1, bounded(1, bounded(2), bounded(20))),
      { process_exec: { process: { pid: 0, in_init_tree: false } } },
    ],
    [
      "a map has a key that is special in JavaScript, and an entry without key",
      Buffer.concat([bounded(1), bounded(1004, bounded(1, "__proto__"), bounded(2, "v")), bounded(1004)]),
      { process_exec: {}, node_labels: JSON.parse('{"__proto__":"v","":""}') },
    ],
  ])("%s", (_, message, expected) => {
    expect(JSON.parse(lineOf(message))).toEqual(expected);
    if (!JSON.stringify(expected).includes("DAC_OVERRIDE")) expect(read(message)).toEqual(expected);
  });
});

describe("EventDecoder keeps what the API has not had so far", () => {
  const unknown = Buffer.concat([
    number(100, 300),
    bounded(101, "text"),
    Uint8Array.of(0xb5, 0x06, 1, 2, 3, 4),
  ]);

  test("in the message in which it stood, and the encoder writes it again", () => {
    const decoder = new EventDecoder();
    const message = Buffer.concat([
      bounded(1, bounded(1, bounded(1, "a"), unknown), number(100, 1)),
      bounded(2000, "t"),
    ]);
    const event = JSON.parse(lineOf(message, decoder));
    expect(event).toEqual({
      process_exec: {
        process: { exec_id: "a", [UNKNOWN_FIELDS]: unknown.toString("base64") },
        [UNKNOWN_FIELDS]: number(100, 1).toString("base64"),
      },
      [UNKNOWN_FIELDS]: bounded(2000, "t").toString("base64"),
    });
    expect(decoder.unknownFields).toBe(5);
    const again = encoded(new TetragonProtobuf(), batchOf(event))[0]!;
    expect(JSON.parse(lineOf(again))).toEqual(event);
  });

  test("also an event of a new type, which gets the number of its field as its name", () => {
    const message = Buffer.concat([bounded(1000, "node"), number(2001, 7), bounded(40, bounded(1, unknown))]);
    const line = lineOf(message);
    expect(line).toBe(
      JSON.stringify({
        unknown_40: { [UNKNOWN_FIELDS]: bounded(1, unknown).toString("base64") },
        node_name: "node",
        [UNKNOWN_FIELDS]: number(2001, 7).toString("base64"),
      }),
    );
    const encoding = new TetragonProtobuf();
    expect(lineOf(encoded(encoding, batchOf(line))[0]!)).toBe(line);
    expect(encoding.notExpressible.size).toBe(0);
  });

  test("of a field that has another type than it had, as an unknown one", () => {
    const message = bounded(1, bounded(1, number(1, 5), bounded(4, "/")));
    expect(JSON.parse(lineOf(message))).toEqual({
      process_exec: { process: { cwd: "/", [UNKNOWN_FIELDS]: number(1, 5).toString("base64") } },
    });
  });

  test("but the encoder writes nothing that only looks like it", () => {
    const encoding = new TetragonProtobuf();
    for (const bytes of [
      bounded(1, "a field that is known"),
      Buffer.from([0xa2, 0x06, 0x7f]),
      Buffer.from([0xa3, 0x06]),
      Buffer.from([0x80]),
      number(0, 1),
    ]) {
      const process = { pid: 1, [UNKNOWN_FIELDS]: bytes.toString("base64") };
      expect(read(encoded(encoding, batchOf({ process_exec: { process } }))[0]!)).toEqual({
        process_exec: { process: { pid: 1 } },
      });
    }
    const event = { unknown_1: { [UNKNOWN_FIELDS]: "" }, node_name: "n" };
    expect(encoded(encoding, batchOf(event))).toEqual([undefined]);
    expect(encoding.notExpressible.get("unknown_1")).toBe(1);
  });
});

describe("EventDecoder and hostile bytes", () => {
  test.each<[string, Uint8Array, string]>([
    ["a text that ends behind the message", Uint8Array.of(0x0a, 0x05, 0x0a), "cut off within a field"],
    [
      "a message that ends behind the one that it is in",
      bounded(1, Uint8Array.of(0x0a, 0x05, 0x0a)),
      "cut off within a field",
    ],
    ["a tag without a value", Uint8Array.of(0x0a), "cut off within a field"],
    [
      "a number without an end",
      bounded(27, Uint8Array.of(0x08, ...new Uint8Array(12).fill(0x80))),
      "a number without an end",
    ],
    [
      "a length of more than 32 bits",
      Uint8Array.of(0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
      "a length of more than 32 bits",
    ],
    ["a group", Uint8Array.of(0x0b), "a field of a type that is not in use"],
    ["a field without a number", Uint8Array.of(0x00, 0x01), "a field without a number"],
    ["a time that is none", bounded(1001, number(2, 1_000_000_000)), "a time that is none"],
    [
      "a number at the end of all",
      bounded(1, bounded(1, Uint8Array.of(0x68, 0x80))),
      "a number without an end",
    ],
  ])("%s: nothing is added, and the reason is given", (_, message, reason) => {
    const decoder = new EventDecoder();
    expect(decoder.decode(message, 0, message.length)).toContain(reason);
    expect(decoder.end).toBe(0);
  });

  test("changed messages are refused, or become one line of JSON; what protobuf's runtime reads of them is the same", () => {
    const decoder = new EventDecoder();
    const change = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("replace", "insert", "remove", "cut"));
    fc.assert(
      fc.property(
        apiEvents.map(bytesOf),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (bytes, changes) => {
          let message = Buffer.from(bytes);
          for (const [where, byte, how] of changes) {
            const at = where % (message.length + 1);
            const [before, after] = [message.subarray(0, at), message.subarray(at)];
            if (how === "cut") message = before;
            else {
              const added = how === "remove" ? [] : [byte];
              message = Buffer.concat([before, Buffer.from(added), after.subarray(how === "insert" ? 0 : 1)]);
            }
          }
          decoder.end = 0;
          const reason = decoder.decode(message, 0, message.length);
          if (reason !== undefined) {
            expect(decoder.end).toBe(0);
            return;
          }
          const line = decoder.bytes.subarray(0, decoder.end);
          expect(isUtf8(line)).toBe(true);
          expect(line.indexOf(0x0a)).toBe(line.length - 1);
          JSON.parse(line.toString());
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any bytes are refused, or become one line of JSON", () => {
    const decoder = new EventDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        decoder.end = 0;
        if (decoder.decode(bytes, 0, bytes.length) === undefined) {
          JSON.parse(decoder.bytes.toString("utf8", 0, decoder.end));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("texts that are no UTF-8 have U+FFFD in its place", () => {
    const message = bounded(1, bounded(1, bounded(4, Uint8Array.of(0x61, 0xff, 0xc3)), bounded(5, "ä")));
    expect(JSON.parse(lineOf(message))).toEqual({
      process_exec: { process: { cwd: "a\ufffd\ufffd", binary: "ä" } },
    });
  });

  test("a message of unknown fields alone, each in a message of its own, takes no more than its size", () => {
    const decoder = new EventDecoder();
    const message = Buffer.concat(
      Array.from({ length: 200_000 }, () => bounded(1, bounded(1, number(100, 1)))),
    );
    expect(JSON.parse(lineOf(message, decoder))).toEqual({
      process_exec: { process: { [UNKNOWN_FIELDS]: number(100, 1).toString("base64") } },
    });
    expect(decoder.unknownFields).toBe(200_000);
  });
});

test("EventDecoder puts one line behind the other, and grows for them", () => {
  const decoder = new EventDecoder();
  const events = Array.from({ length: 100 }, (_, i) => ({
    process_exec: { process: { pid: i, arguments: "ä".repeat(1000) } },
  }));
  for (const event of events) lineOf(bytesOf(event), decoder);
  const lines = decoder.bytes.toString("utf8", 0, decoder.end).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual(events);
});
