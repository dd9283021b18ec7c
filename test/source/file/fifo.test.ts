import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { numbered, RunningSource, TestDirectory, until } from "../harness.ts";

function makeFifo(path: string): void {
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
}

const openFile = promisify(fs.open);
/** In another thread too: a full pipe waits for its reader, which is this process. */
const writeFile = promisify(fs.write);

/** Opens for writing, in another thread: it waits until the source has opened it for reading. */
function openWriter(path: string): Promise<number> {
  return openFile(path, "w");
}

describe("FileSource reads a FIFO", () => {
  test("through several writers, each one's last line ended", async () => {
    using directory = new TestDirectory();
    makeFifo(directory.at("pipe"));
    await using running = new RunningSource({ glob: directory.at("pipe") });
    const first = await openWriter(directory.at("pipe"));
    fs.writeSync(first, `${numbered(0, 2).join("")}{"half":`);
    await running.has(2);
    fs.writeSync(first, "1}");
    fs.closeSync(first);
    await running.has(3);
    const second = await openWriter(directory.at("pipe"));
    fs.writeSync(second, numbered(3, 5).join(""));
    await running.has(5);
    fs.closeSync(second);
    expect(running.lines).toEqual([...numbered(0, 2), `{"half":1}\n`, ...numbered(3, 5)]);
  });

  test("to its end when asked to, beside a file", async () => {
    using directory = new TestDirectory();
    makeFifo(directory.at("b.log"));
    directory.write("a.log", numbered(0, 1).join(""));
    const running = new RunningSource({ glob: directory.at("*.log"), exitAtEnd: true, pollIntervalMs: 4000 });
    const writer = await openWriter(directory.at("b.log"));
    const text = Buffer.from(numbered(1, 30_000).join(""));
    for (let at = 0; at < text.length; ) at += (await writeFile(writer, text.subarray(at))).bytesWritten;
    fs.closeSync(writer);
    await running.done;
    expect(running.lines.toSorted()).toEqual(numbered(0, 30_000).toSorted());
  });

  test.each([
    ["alone", false],
    ["beside a file", true],
  ])(
    "without a writer, %s, only for a while when everything is to be read to its end",
    async (_how, hasFile) => {
      using directory = new TestDirectory();
      makeFifo(directory.at("a.pipe"));
      if (hasFile) directory.write("b.log", numbered(0, 2).join(""));
      const running = new RunningSource({ glob: directory.at("*"), exitAtEnd: true });
      await running.done;
      expect(running.lines).toEqual(hasFile ? numbered(0, 2) : []);
      expect(running.source.hasFailed).toBe(false);
    },
  );

  test.each([
    ["gzip", gzipSync(numbered(0, 100).join(""))],
    ["zstd", zstdCompressSync(numbered(0, 100).join(""))],
    ["UTF-16", Buffer.from(`\ufeff${numbered(0, 100).join("")}`, "utf16le")],
  ])("that holds %s: refuses it, says so, and reads the next writer", async (format, bytes) => {
    using directory = new TestDirectory();
    makeFifo(directory.at("pipe"));
    await using running = new RunningSource({ glob: directory.at("pipe") });
    const first = await openWriter(directory.at("pipe"));
    // Its magic number comes in two pieces.
    fs.writeSync(first, bytes.subarray(0, 1));
    await Bun.sleep(20);
    fs.writeSync(first, bytes.subarray(1));
    await running.says("Pipe is not read");
    expect(running.messages.join()).toContain(`"found":"${format}"`);
    expect(running.counters).toMatchObject({ files_refused: 1, read: 0, invalid: 0, bytes_read: 0 });
    fs.closeSync(first);
    await Bun.sleep(120);
    const second = await openWriter(directory.at("pipe"));
    fs.writeSync(second, numbered(0, 2).join(""));
    fs.closeSync(second);
    await running.has(2);
    expect(running.lines).toEqual(numbered(0, 2));
  });

  test("that holds no text fails where everything is to be read to its end", async () => {
    using directory = new TestDirectory();
    makeFifo(directory.at("pipe"));
    const running = new RunningSource({ glob: directory.at("pipe"), exitAtEnd: true, pollIntervalMs: 4000 });
    const writer = await openWriter(directory.at("pipe"));
    fs.writeSync(writer, gzipSync(numbered(0, 100).join("")));
    await running.done;
    fs.closeSync(writer);
    expect(running.source.hasFailed).toBe(true);
    expect(running.counters.files_refused).toBe(1);
  });

  test("and closes it when it has no name any more, with what its writer still wrote", async () => {
    using directory = new TestDirectory();
    await using running = new RunningSource({ glob: directory.at("*.pipe") });
    for (let i = 0; i < 20; i++) {
      makeFifo(directory.at(`${i}.pipe`));
      const writer = await openWriter(directory.at(`${i}.pipe`));
      fs.rmSync(directory.at(`${i}.pipe`));
      fs.writeSync(writer, numbered(i, i + 1).join(""));
      fs.closeSync(writer);
    }
    await running.has(20);
    const open = () => {
      const paths = fs.readdirSync("/proc/self/fd").flatMap((fd) => {
        try {
          return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return [];
        }
      });
      return paths.filter((path) => path.startsWith(directory.path));
    };
    await until(
      () => open().length === 0,
      () => `all pipes to be closed, found ${open().join()}`,
    );
  }, 30_000);

  test("no more of them at once than files may be open, and the others in their turn", async () => {
    using directory = new TestDirectory();
    for (let i = 0; i < 3; i++) makeFifo(directory.at(`${i}.pipe`));
    await using running = new RunningSource({ glob: directory.at("*.pipe"), maxOpenFiles: 2 });
    await running.says("2 pipes are open");
    for (let i = 0; i < 3; i++) {
      const writer = await openWriter(directory.at(`${i}.pipe`));
      fs.writeSync(writer, numbered(i, i + 1).join(""));
      fs.rmSync(directory.at(`${i}.pipe`));
      fs.closeSync(writer);
    }
    await running.has(3);
    expect(running.lines.toSorted()).toEqual(numbered(0, 3));
  });

  test("that appears later, and stops while it waits", async () => {
    using directory = new TestDirectory();
    const running = new RunningSource({ glob: directory.at("*.pipe"), fromBeginning: false });
    makeFifo(directory.at("a.pipe"));
    const writer = await openWriter(directory.at("a.pipe"));
    fs.writeSync(writer, numbered(0, 1).join(""));
    await running.has(1);
    await running.stop();
    fs.closeSync(writer);
    expect(running.lines).toEqual(numbered(0, 1));
  });
});
