import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRecordView, defineRecord, type FieldType } from "../../../src/kernel/record/index.ts";

describe("defineRecord()", () => {
  test("aligns fields, then lengths, then segments", () => {
    const layout = defineRecord({ a: "u8", b: "u64", c: "u16" }, { text: 10, more: 20 });
    expect(layout.fields).toEqual({
      a: { offset: 0, size: 1 },
      b: { offset: 8, size: 8 },
      c: { offset: 16, size: 2 },
    });
    expect(layout.segments).toEqual({
      text: { lengthOffset: 20, capacity: 10 },
      more: { lengthOffset: 24, capacity: 20 },
    });
    expect(layout.headerSize).toBe(32);
    expect(layout.maxSize).toBe(62);
  });

  test("refuses names that the view has for something else, or twice", () => {
    for (const [fields, segments, name] of [
      [{ at: "u32" }, {}, "at"],
      [{ id: "u32" }, { copyFrom: 8 }, "copyFrom"],
      [{ id: "u32" }, { id: 8 }, "id"],
      [{ time: "u64", time_low: "u32" }, {}, "time_low"],
    ] as const) {
      expect(() => defineRecord(fields, segments)).toThrow(
        new RangeError(`Cannot define record: the name "${name}" is taken`),
      );
    }
  });

  test("a field may have any other name", () => {
    const layout = defineRecord({ offset: "u32", constructor: "u32", length: "u16" }, {});
    const memory = new ArrayBuffer(32);
    new DataView(memory).setUint32(16, 1234, true);
    new DataView(memory).setUint32(20, 5678, true);
    expect(createRecordView(layout, memory).at(16)).toMatchObject({ offset: 1234, constructor: 5678 });
  });
});

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

test("a view reads what was written at the layout's places, wherever the record lies", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom<FieldType>("u8", "u16", "u32", "u64"), { maxLength: 12 }),
      fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }),
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 12, maxLength: 12 }),
      fc.nat(4),
      (types, segments, numbers, place) => {
        const fields = Object.fromEntries(types.map((type, index) => [`f${index}`, type]));
        const capacities = Object.fromEntries(segments.map((bytes, index) => [`s${index}`, bytes.length]));
        const layout = defineRecord(fields, capacities);
        const memory = new ArrayBuffer(place * 8 + layout.maxSize);
        const data = new DataView(memory);
        const base = place * 8;
        const values = types.map((type, index) => BigInt.asUintN(SIZES[type] * 8, numbers[index]!));
        for (const [index, value] of values.entries()) {
          const { offset, size } = layout.fields[`f${index}`]!;
          for (let byte = 0; byte < size; byte++) {
            data.setUint8(base + offset + byte, Number((value >> BigInt(byte * 8)) & 0xffn));
          }
        }
        let at = base + layout.headerSize;
        for (const [index, bytes] of segments.entries()) {
          data.setUint32(base + layout.segments[`s${index}`]!.lengthOffset, bytes.length, true);
          new Uint8Array(memory).set(bytes, at);
          at += bytes.length;
        }
        const view = createRecordView(layout, memory).at(base) as Record<string, unknown>;
        for (const [index, value] of values.entries()) {
          expect(BigInt(view[`f${index}`] as number)).toBe(value);
          if (types[index] !== "u64") continue;
          expect(view[`f${index}_low`]).toBe(Number(value & 0xffffffffn));
          expect(view[`f${index}_high`]).toBe(Number(value >> 32n));
        }
        for (const [index, bytes] of segments.entries()) expect(view[`s${index}`]).toEqual(bytes);
      },
    ),
  );
});

describe("the end of a record", () => {
  const layout = defineRecord({ id: "u64", kind: "u32", weight: "u32" }, { first: 100, second: 100 });
  const bytes = fc.uint8Array({ maxLength: 9 });

  /** A record in memory, with other bytes before and behind it. */
  function place(id: bigint, weight: number, first: Uint8Array, second: Uint8Array, noise: number) {
    const memory = new ArrayBuffer(64 + layout.maxSize);
    new Uint8Array(memory).fill(noise);
    const data = new DataView(memory);
    const base = 8;
    data.setBigUint64(base + layout.fields.id.offset, id, true);
    data.setUint32(base + layout.fields.kind.offset, 1, true);
    data.setUint32(base + layout.fields.weight.offset, weight, true);
    data.setUint32(base + layout.segments.first.lengthOffset, first.length, true);
    data.setUint32(base + layout.segments.second.lengthOffset, second.length, true);
    new Uint8Array(memory).set(first, base + layout.headerSize);
    new Uint8Array(memory).set(second, base + layout.headerSize + first.length);
    return createRecordView(layout, memory).at(base);
  }

  test("is equal to a copy of one that is alike from that field on, and has its hash", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), bytes, bytes, (weight, first, second) => {
        const one = place(1n, weight, first, second, 0);
        const other = place(2n, weight, first, second, 0xff);
        expect(other.equalsFrom("kind", one.copyFrom("kind"))).toBe(true);
        expect(other.hashFrom("kind")).toBe(one.hashFrom("kind"));
        expect(other.equalsFrom("id", one.copyFrom("id"))).toBe(false);
      }),
    );
  });

  test("is not equal to a copy of another one", () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (first, second, third, fourth) => {
        const one = place(1n, 5, first, second, 0);
        const other = place(1n, 5, third, fourth, 0);
        const areAlike = Buffer.compare(first, third) === 0 && Buffer.compare(second, fourth) === 0;
        expect(other.equalsFrom("kind", one.copyFrom("kind"))).toBe(areAlike);
      }),
    );
  });
});
