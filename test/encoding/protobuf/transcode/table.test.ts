import { describe, expect, test } from "bun:test";
import { LINE } from "../../../../src/encoding/protobuf/transcode/layout.ts";
import { transcodeTable } from "../../../../src/encoding/protobuf/transcode/table.ts";
import { EnumDescriptor, field, MessageDescriptor } from "../../../../src/event/description/descriptor.ts";
import { GetEventsResponse } from "../../../../src/event/description/generated/events.ts";

/** A message with one field of a type. */
const holding = (type: Parameters<typeof field>[2], name = "inner", number = 1) =>
  new MessageDescriptor("test.Outer", () => [field(name, number, type)]);

describe("transcodeTable", () => {
  test("has room for Tetragon's events, before the line", () => {
    const { bytes, event } = transcodeTable(GetEventsResponse);
    expect(bytes.length).toBeLessThan(LINE);
    expect(event).toBeLessThan(bytes.length);
  });

  const recursive: MessageDescriptor = new MessageDescriptor("test.Recursive", () => [
    field("inner", 1, recursive),
  ]);
  const many = new MessageDescriptor("test.Many", () =>
    Array.from({ length: 64 }, (_, i) => field(`field_${i}`, i + 1, "string")),
  );

  test.each([
    ["a message within itself", recursive],
    ["more fields than there are bits", many],
    ["a longer name than an entry holds", holding("string", "x".repeat(47))],
    ["an enum's value below 0", holding(new EnumDescriptor("test.Enum", { BELOW: -1 }))],
  ])("refuses %s: nobody would be sure of it", (_, message) => {
    expect(() => transcodeTable(message)).toThrow(RangeError);
  });
});
