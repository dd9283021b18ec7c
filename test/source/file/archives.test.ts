import { describe, expect, test } from "bun:test";
import { createCipheriv } from "node:crypto";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { numbered, readToEnd, TestDirectory } from "../harness.ts";

const text = (from: number, to: number) => numbered(from, to).join("");
const concat = (...parts: (string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

/** Random bytes, the same each time. */
function cipher(): Uint8Array {
  return createCipheriv("aes-128-ctr", "a key of 16 byte", "and 16 for an iv").update(new Uint8Array(2000));
}

/** A gzip'd file with every optional field of the header. */
function withLongHeader(contents: string): Uint8Array {
  const plain = gzipSync(contents);
  const header = Buffer.from(plain.subarray(0, 10));
  header[3] = 0x02 | 0x04 | 0x08 | 0x10;
  return concat(header, "\u0003\u0000abc", "name\0", "comment\0", "\0\0", plain.subarray(10));
}

describe("FileSource unpacks all that can be unpacked", () => {
  test.each([
    ["with text behind it", concat(gzipSync(text(0, 50)), "rubbish"), 50, "7 bytes behind its end"],
    [
      "with half a header behind it",
      concat(gzipSync(text(0, 50)), Uint8Array.of(0x1f, 0x8b)),
      50,
      "behind its end",
    ],
    ["of two parts", concat(gzipSync(text(0, 20)), gzipSync(text(20, 50))), 50, undefined],
    [
      "of two parts, rubbish between them",
      concat(gzipSync(text(0, 20)), "x", gzipSync("")),
      20,
      "behind its end",
    ],
    [
      "padded with NUL bytes, as tapes are",
      concat(gzipSync(text(0, 50)), new Uint8Array(512)),
      50,
      undefined,
    ],
    ["without its trailer", gzipSync(text(0, 50)).subarray(0, -8), 50, "cut short"],
    ["with a wrong checksum", concat(gzipSync(text(0, 50)).subarray(0, -8), "01234567"), 50, "checksum"],
    ["with name, comment and more in its header", withLongHeader(text(0, 50)), 50, undefined],
  ])("a file %s", async (_what, bytes, count, problem) => {
    using directory = new TestDirectory();
    directory.write("a.log.1.gz", bytes);
    const { lines, messages, source } = await readToEnd({ glob: directory.at("*.gz") });
    expect(lines).toEqual(numbered(0, count));
    expect(source.hasFailed).toBe(problem !== undefined);
    if (problem === undefined) expect(messages.join()).not.toContain("Cannot decompress");
    else expect(messages.join()).toContain(problem);
  });

  test("a file that is damaged, up to the damage", async () => {
    using directory = new TestDirectory();
    const bytes = gzipSync(text(0, 3000));
    directory.write("a.gz", concat(gzipSync(text(0, 3000), { level: 0 }).subarray(0, 20_000), bytes));
    const { lines, messages } = await readToEnd({ glob: directory.at("*.gz") });
    const whole = lines.filter((line) => /^\{"n":\d+\}\n$/.test(line));
    expect(whole.length).toBeGreaterThan(1500);
    expect(whole.slice(0, 1500)).toEqual(numbered(0, 1500));
    expect(messages.join()).toContain("Cannot decompress all of a file");
  });

  test("a file that is compressed although its name does not say so", async () => {
    using directory = new TestDirectory();
    directory.write("a.log.1", gzipSync(text(0, 50)));
    directory.write("b.log", text(50, 60));
    const { lines } = await readToEnd({ glob: directory.at("*") });
    expect(lines.toSorted()).toEqual(numbered(0, 60).toSorted());
  });
});

describe("FileSource does not take for text", () => {
  test.each([
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
    ["zstd", [0x5a, 0x2a, 0x4d, 0x18]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ["bzip2", [0x42, 0x5a, 0x68, 0x39]],
    ["lz4", [0x04, 0x22, 0x4d, 0x18]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0]],
  ])("a file that is %s: it says so once, counts it, and fails a run that ends", async (format, begins) => {
    using directory = new TestDirectory();
    directory.write("a.log.1", concat(Uint8Array.from(begins), "\n{}\n\n"));
    directory.write("b.log", text(0, 2));
    const { lines, messages, counters, source } = await readToEnd({ glob: directory.at("*") });
    expect(lines).toEqual(numbered(0, 2));
    expect(counters).toMatchObject({ files_refused: 1, read: 2 });
    expect(messages.filter((message) => message.includes(`"found":"${format}"`))).toHaveLength(1);
    expect(source.hasFailed).toBe(true);
  });

  test.each([
    ["Brotli's, which has no sign", brotliCompressSync(text(0, 3000))],
    ["raw deflate's", deflateRawSync(text(0, 3000))],
    ["encrypted", cipher()],
  ])("bytes that are %s", async (_what, bytes) => {
    using directory = new TestDirectory();
    directory.write("a.log", bytes);
    const { lines, messages, counters } = await readToEnd({ glob: directory.at("*") });
    expect({ lines, refused: counters.files_refused, invalid: counters.invalid }).toEqual({
      lines: [],
      refused: 1,
      invalid: 0,
    });
    expect(messages.join()).toContain('"found":"binary data"');
  });

  test("but reads text that is damaged, or in no encoding", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", concat(cipher().subarray(0, 500), "\n", text(0, 2)));
    directory.write("b.log", concat(new Uint8Array(600), text(2, 4)));
    directory.write("c.log", concat(new Uint8Array(100).fill(0xe9), "\n", text(4, 6)));
    const { lines, counters } = await readToEnd({ glob: directory.at("*") });
    expect(lines).toEqual(expect.arrayContaining(numbered(0, 6)));
    expect(counters.files_refused).toBe(0);
  });
});
