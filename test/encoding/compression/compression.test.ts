import { describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { createCompressor } from "../../../src/encoding/compression/compress.ts";
import { compressionOf, decompress, reasonOf } from "../../../src/encoding/compression/decompress.ts";
import { DICTIONARY, DICTIONARY_ID } from "../../../src/encoding/compression/dictionary.ts";

const KINDS = ["zstd", "gzip", "zlib"] as const;

function failure(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return reasonOf(error);
  }
  throw new Error("it did not fail");
}

describe.each(KINDS)("%s", (kind) => {
  const compress = createCompressor(kind);

  test("gives back any bytes, and its first bytes say which it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        const packed = Buffer.from(compress(bytes));
        expect(compressionOf(packed)).toBe(kind);
        expect(decompress(packed, kind).equals(bytes)).toBe(true);
      }),
    );
  });

  test("what would unpack to a gigabyte is refused", () => {
    const bomb = Buffer.from(compress(Buffer.alloc(64 * 1024 * 1024)));
    expect(failure(() => decompress(bomb, kind))).toMatch(/it has (more than 4194304|67108864) bytes/);
  });

  test("bytes that are changed or missing give an error, other bytes, or the same ones, and no more than 4 MiB", () => {
    const packed = Buffer.from(compress(Buffer.from('{"process_exec":{}}\n'.repeat(50))));
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length), (at, byte, length) => {
        const bytes = Buffer.from(packed.subarray(0, length));
        if (at < length) bytes[at] = byte;
        const found = compressionOf(bytes);
        if (found === "none") return;
        try {
          expect(decompress(bytes, found).length).toBeLessThanOrEqual(4 * 1024 * 1024);
        } catch (error) {
          expect(reasonOf(error)).not.toBe("");
        }
      }),
    );
  });
});

describe("zstd", () => {
  test("frames name the dictionary, and one of another dictionary is refused", () => {
    const packed = Buffer.from(createCompressor("zstd")(Buffer.from("{}\n")));
    const at = packed.indexOf(Buffer.from(new Uint32Array([DICTIONARY_ID]).buffer));
    expect(at).toBeGreaterThan(3);
    packed.writeUInt32LE(DICTIONARY_ID + 1, at);
    expect(failure(() => decompress(packed, "zstd"))).toBe(
      `its dictionary ${DICTIONARY_ID + 1} is not known`,
    );
  });

  test("the dictionary carries the same id", () => {
    expect(Buffer.from(DICTIONARY, "base64").readUInt32LE(4)).toBe(DICTIONARY_ID);
  });

  test("a frame without a dictionary is taken, too", () => {
    expect(decompress(zstdCompressSync(Buffer.from("{}\n")), "zstd").toString()).toBe("{}\n");
  });

  test("a frame whose end is missing is refused", () => {
    const packed = zstdCompressSync(Buffer.from("abc"));
    expect(failure(() => decompress(packed.subarray(0, packed.length - 2), "zstd"))).not.toBe("");
  });
});

test("JSON and text are not taken for compressed", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(compressionOf(Buffer.from(`{"a":${text}}\n`))).toBe("none");
    }),
  );
  expect(compressionOf(gzipSync(""))).toBe("gzip");
});
