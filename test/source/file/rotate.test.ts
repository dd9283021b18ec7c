import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { gzipSync } from "node:zlib";
import { numbered, RunningSource, readToEnd, TestDirectory } from "../harness.ts";

const text = (from: number, to: number) => numbered(from, to).join("");

describe("FileSource loses nothing and repeats nothing", () => {
  test("when a log is renamed away and made anew", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(3);
    const old = fs.openSync(directory.at("a.log"), "a");
    directory.rename("a.log", "a.log.1");
    fs.writeSync(old, text(3, 5));
    directory.write("a.log", text(5, 7));
    await running.has(7);
    expect(running.lines.toSorted()).toEqual(numbered(0, 7));
    fs.closeSync(old);
  });

  test("when many lines come before and after the rename, old ones first", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 1));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(1);
    directory.append("a.log", text(1, 100_000));
    directory.rename("a.log", "a.log.1");
    directory.write("a.log", text(100_000, 100_010));
    await running.has(100_010);
    expect(running.lines).toEqual(numbered(0, 100_010));
  });

  test("when the rotated file keeps matching the glob", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log*") });
    await running.has(3);
    for (let i = 1; i < 6; i++) {
      for (let k = i; k > 1; k--) directory.rename(`a.log.${k - 1}`, `a.log.${k}`);
      directory.rename("a.log", "a.log.1");
      directory.write("a.log", text(3 * i, 3 * i + 3));
      await running.has(3 * i + 3);
    }
    expect(running.lines).toEqual(numbered(0, 18));
  });

  test("when a log is copied and truncated", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log*") });
    await running.has(3);
    fs.copyFileSync(directory.at("a.log"), directory.at("a.log.1"));
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", text(3, 5));
    await running.has(5);
    directory.append("a.log", text(5, 6));
    await running.has(6);
    expect(running.lines).toEqual(numbered(0, 6));
    expect(running.messages.join()).toContain("File was truncated");
  });

  test.each([
    ["truncated", false],
    ["copied and truncated", true],
  ])(
    "when a log whose first lines are always the same is %s, and grows beyond where it was at once",
    async (_how, isCopied) => {
      using directory = new TestDirectory();
      const always = `{"head":true}\n`.repeat(100);
      directory.write("a.log", always + text(100, 110));
      await using running = new RunningSource({ glob: directory.at("a.log") });
      await running.has(110);
      if (isCopied) fs.copyFileSync(directory.at("a.log"), directory.at("a.log.1"));
      // In one write: no look comes between.
      const fd = fs.openSync(directory.at("a.log"), "r+");
      fs.writeSync(fd, always + text(200, 300), 0);
      fs.closeSync(fd);
      await running.has(310);
      expect(running.lines.filter((line) => !line.includes("head"))).toEqual([
        ...numbered(100, 110),
        ...numbered(200, 300),
      ]);
      expect(running.lines).toHaveLength(310);
    },
  );

  test("when it is copied with lines that were not read yet, then truncated", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log*") });
    await running.has(3);
    directory.append("a.log", text(3, 5));
    fs.copyFileSync(directory.at("a.log"), directory.at("a.log.1"));
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", text(5, 6));
    await running.has(6);
    expect(running.lines.toSorted()).toEqual(numbered(0, 6));
  });

  test("when the contents are replaced by longer ones", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(3);
    directory.write("a.log", text(3, 50));
    await running.has(50);
    expect(running.lines).toEqual(numbered(0, 50));
  });

  test("when it is overwritten now and then between lines that are appended", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", "");
    await using running = new RunningSource({ glob: directory.at("a.log") });
    for (let i = 0; i < 20; i++) {
      if (i % 5 === 0) directory.write("a.log", text(i, i + 1));
      else directory.append("a.log", text(i, i + 1));
      await running.has(i + 1);
    }
    expect(running.lines).toEqual(numbered(0, 20));
  });

  test("when a writer goes on where it was in a file that was truncated, behind NUL bytes", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", "");
    const writer = fs.openSync(directory.at("a.log"), "r+");
    fs.writeSync(writer, text(0, 2000));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(2000);
    fs.copyFileSync(directory.at("a.log"), directory.at("a.log.1"));
    fs.truncateSync(directory.at("a.log"));
    fs.writeSync(writer, text(2000, 2100));
    fs.closeSync(writer);
    await running.has(2100);
    expect(running.lines).toEqual(numbered(0, 2100));
  });

  test("when a link is pointed at another file", async () => {
    using directory = new TestDirectory();
    fs.mkdirSync(directory.at("pods"));
    directory.write("pods/0.log", text(0, 3));
    fs.symlinkSync(directory.at("pods/0.log"), directory.at("c.log"));
    await using running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(3);
    directory.write("pods/1.log", text(3, 5));
    fs.symlinkSync(directory.at("pods/1.log"), directory.at("new"));
    directory.rename("new", "c.log");
    await running.has(5);
    expect(running.lines).toEqual(numbered(0, 5));
  });

  test("when the file behind a link rotates, as kubelet does it", async () => {
    using directory = new TestDirectory();
    fs.mkdirSync(directory.at("pods"));
    directory.write("pods/0.log", text(0, 3));
    fs.symlinkSync(directory.at("pods/0.log"), directory.at("c.log"));
    await using running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(3);
    directory.append("pods/0.log", text(3, 4));
    directory.rename("pods/0.log", "pods/0.log.20240101-000000");
    directory.write("pods/0.log", text(4, 6));
    await running.has(6);
    expect(running.lines).toEqual(numbered(0, 6));
  });

  test("when a file is deleted while it is read", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 1));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(1);
    directory.append("a.log", `${text(1, 50_000)}{"last":1}`);
    fs.rmSync(directory.at("a.log"));
    await running.has(50_001);
    expect(running.lines).toEqual([...numbered(0, 50_000), `{"last":1}\n`]);
    await running.says("File is gone");
    const open = fs.readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory.path);
      } catch {
        return false;
      }
    });
    expect(open).toEqual([]);
  });

  test("when a rotated file is compressed while the agent runs", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log*") });
    await running.has(3);
    directory.rename("a.log", "a.log.1");
    directory.write("a.log", text(3, 5));
    await running.has(5);
    directory.write("a.log.1.gz", gzipSync(text(0, 3)));
    fs.rmSync(directory.at("a.log.1"));
    await running.says("File is gone");
    directory.append("a.log", text(5, 6));
    await running.has(6);
    expect(running.lines).toEqual(numbered(0, 6));
  });
});

describe("FileSource reads again", () => {
  test("a file that begins like another one but does not replace it", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(3);
    fs.copyFileSync(directory.at("a.log"), directory.at("b.log"));
    await running.has(6);
    expect(running.lines).toEqual([...numbered(0, 3), ...numbered(0, 3)]);
  });

  test("the same contents after a truncation", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(3);
    fs.truncateSync(directory.at("a.log"));
    await running.says("File was truncated");
    directory.append("a.log", text(0, 2));
    await running.has(5);
    expect(running.lines).toEqual([...numbered(0, 3), ...numbered(0, 2)]);
  });
});

describe("FileSource decompresses rotated files", () => {
  test("before the live one, oldest first, from the beginning", async () => {
    using directory = new TestDirectory();
    directory.write("a.log.2.gz", gzipSync(text(0, 40_000)));
    fs.utimesSync(directory.at("a.log.2.gz"), 1000, 1000);
    directory.write(
      "a.log.1.gz",
      Buffer.concat([gzipSync(text(40_000, 50_000)), gzipSync(text(50_000, 50_003))]),
    );
    fs.utimesSync(directory.at("a.log.1.gz"), 2000, 2000);
    directory.write("a.log", text(50_003, 50_010));
    const { lines } = await readToEnd({ glob: directory.at("a.log*") });
    expect(lines).toEqual(numbered(0, 50_010));
  });

  test("not at all when reading begins now", async () => {
    using directory = new TestDirectory();
    directory.write("a.log.1.gz", gzipSync(text(0, 3)));
    directory.write("a.log", text(3, 4));
    const { lines } = await readToEnd({ glob: directory.at("a.log*"), fromBeginning: false });
    expect(lines).toEqual([]);
  });

  for (const [what, damage] of [
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    [
      "corrupt",
      (bytes: Buffer) => Buffer.from(bytes).fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64),
    ],
    ["not compressed", () => Buffer.from("plain text\n")],
    ["empty", () => Buffer.alloc(0)],
  ] as const) {
    test(`as far as it goes when one is ${what}, and goes on with the next`, async () => {
      using directory = new TestDirectory();
      directory.write("a.log.2.gz", damage(gzipSync(text(0, 40_000))));
      fs.utimesSync(directory.at("a.log.2.gz"), 1000, 1000);
      directory.write("a.log.1.gz", gzipSync(text(40_000, 40_005)));
      fs.utimesSync(directory.at("a.log.1.gz"), 2000, 2000);
      const { lines, messages } = await readToEnd({ glob: directory.at("a.log*") });
      expect(lines.slice(-5)).toEqual(numbered(40_000, 40_005));
      expect(messages.join()).toContain("Cannot decompress all of a file");
      expect(messages.join()).toContain(directory.at("a.log.2.gz"));
    });
  }
});
