import { describe, expect, test } from "bun:test";
import { defineStruct, encodeStruct, withStruct } from "../../src/os/struct-layout.ts";

const layout = defineStruct({
  small: [0, "u32"],
  memory: [8, "pointer"],
  large: [16, "u64"],
  name: [24, "name"],
  last: [40, "u32"],
});

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer);

describe("encodeStruct()", () => {
  test("writes fields where they are described, and zeroes elsewhere", () => {
    expect(layout.size).toBe(48);
    const { bytes } = encodeStruct(layout, { small: 0xffff_fffe, large: 2n ** 63n, name: undefined });
    expect(bytes).toHaveLength(48);
    expect(viewOf(bytes).getUint32(0, true)).toBe(0xffff_fffe);
    expect(viewOf(bytes).getBigUint64(16, true)).toBe(2n ** 63n);
    expect([...bytes.subarray(24)].every((byte) => byte === 0)).toBe(true);
  });

  test("writes names as the kernel takes them: 15 bytes of the letters that it allows", () => {
    const nameOf = (name: string) =>
      Buffer.from(encodeStruct(layout, { name, last: 7 }).bytes.subarray(24, 40)).toString("latin1");
    expect(nameOf("short")).toBe(`short${"\0".repeat(11)}`);
    expect(nameOf("kprobe.multi/a longer one")).toBe("kprobe.multi_a_\0");
  });

  test("writes addresses, and keeps what they lead to", () => {
    const memory = new Uint8Array([1, 2, 3]);
    const one = encodeStruct(layout, { memory });
    expect(one.memory).toEqual([memory]);
    expect(viewOf(one.bytes).getBigUint64(8, true)).not.toBe(0n);
    const none = encodeStruct(layout, { memory: new Uint8Array(0) });
    expect(viewOf(none.bytes).getBigUint64(8, true)).toBe(0n);
  });

  test("writes texts as an array of addresses, each of a text with its NUL", () => {
    const [texts, pointers] = encodeStruct(layout, { memory: ["one", "drei", "ü"] }).memory;
    expect(new TextDecoder().decode(texts)).toBe("one\0drei\0ü\0");
    const [first, second, third] = new BigUint64Array(pointers!.buffer);
    expect([second! - first!, third! - first!]).toEqual([4n, 9n]);
  });
});

describe("withStruct()", () => {
  test("gives what is done with the struct, and lets an error through", () => {
    expect(withStruct(layout, { small: 5 }, (bytes) => bytes[0])).toBe(5);
    expect(() =>
      withStruct(layout, {}, () => {
        throw new TypeError("refused");
      }),
    ).toThrow(new TypeError("refused"));
  });
});
