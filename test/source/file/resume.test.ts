import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { gzipSync } from "node:zlib";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { numbered, RunningSource, readToEnd, TestDirectory, until } from "../harness.ts";

const text = (from: number, to: number) => numbered(from, to).join("");
const TIME = "2024-01-01T00:00:00.000000000Z";

/** One run of the agent over what is in the directory, with its checkpoint. */
async function runOnce(directory: TestDirectory, glob: string, fromBeginning = true): Promise<string[]> {
  using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
  const { lines } = await readToEnd({ glob: directory.at(glob), checkpoint, fromBeginning });
  return lines;
}

describe("FileSource resumes", () => {
  test("at the exact line", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 5));
    expect(await runOnce(directory, "*.log")).toEqual(numbered(0, 5));
    expect(await runOnce(directory, "*.log")).toEqual([]);
    directory.append("a.log", text(5, 7));
    expect(await runOnce(directory, "*.log")).toEqual(numbered(5, 7));
  });

  test("and says so, and how to read what is passed over where nothing is known of a file", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 5));
    const glob = directory.at("*.log");
    const skipped = await readToEnd({ glob, fromBeginning: false });
    expect(skipped.messages.join()).toContain("Files are followed from their end");
    expect(skipped.messages.join()).toContain("--from-beginning");
    const run = async () => {
      using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
      return (await readToEnd({ glob, checkpoint, fromBeginning: true })).messages.join();
    };
    expect(await run()).not.toContain("Files ");
    expect(await run()).toContain("Files go on where the checkpoint says they were read to");
  });

  test("where the exporter stood, not where the source stood", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 10));
    {
      using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
      const { lines } = await readToEnd({ glob: directory.at("*.log"), checkpoint });
      expect(lines).toHaveLength(10);
      checkpoint.commitPosition(checkpoint.entries()[0]!.stream, numbered(0, 4).join("").length);
    }
    expect(await runOnce(directory, "*.log")).toEqual(numbered(4, 10));
  });

  test("with lines of several chunks, again and again", async () => {
    using directory = new TestDirectory();
    const long = (n: number) => `{"n":${n},"x":"${"x".repeat(300_000)}"}\n`;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 3; i++) directory.append("a.log", long(round * 3 + i));
      const lines = await runOnce(directory, "*.log");
      expect(lines.map((line) => JSON.parse(line).n)).toEqual([0, 1, 2].map((i) => round * 3 + i));
    }
  });

  test("from now on at the first start, with what came in between at the next", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    directory.write("a.log.1.gz", gzipSync(text(90, 95)));
    expect(await runOnce(directory, "a.log*", false)).toEqual([]);
    directory.append("a.log", text(3, 5));
    directory.write("new.log", "");
    expect(await runOnce(directory, "a.log*", false)).toEqual(numbered(3, 5));
    expect(await runOnce(directory, "a.log*", true)).toEqual([]);
  });

  test("with a file that appeared in between, from its beginning", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, "*.log", false);
    directory.write("b.log", text(3, 5));
    expect(await runOnce(directory, "*.log", false)).toEqual(numbered(3, 5));
  });

  test("after a rotation by rename", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, "a.log*");
    directory.append("a.log", text(3, 5));
    directory.rename("a.log", "a.log.1");
    directory.write("a.log", text(5, 7));
    expect((await runOnce(directory, "a.log*")).toSorted()).toEqual(numbered(3, 7));
  });

  test("after a rotation by copy and truncation", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, "a.log*");
    directory.append("a.log", text(3, 5));
    fs.copyFileSync(directory.at("a.log"), directory.at("a.log.1"));
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", text(5, 9));
    expect((await runOnce(directory, "a.log*")).toSorted()).toEqual(numbered(3, 9));
    expect(await runOnce(directory, "a.log*")).toEqual([]);
  });

  test("inside a file that was compressed in between", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, "a.log*", false);
    directory.append("a.log", text(3, 40_000));
    directory.write("a.log.1.gz", gzipSync(fs.readFileSync(directory.at("a.log"))));
    fs.rmSync(directory.at("a.log"));
    directory.write("a.log", text(40_000, 40_002));
    expect((await runOnce(directory, "a.log*", false)).toSorted()).toEqual(numbered(3, 40_002).toSorted());
    expect(await runOnce(directory, "a.log*", false)).toEqual([]);
  });

  test("in the middle of a compressed file", async () => {
    using directory = new TestDirectory();
    directory.write("a.log.1.gz", gzipSync(text(0, 40_000)));
    {
      using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
      await using running = new RunningSource({ glob: directory.at("*.gz"), checkpoint });
      const { promise, resolve } = Promise.withResolvers<void>();
      const commit = running.sink.onBatch;
      running.sink.onBatch = (batch) => {
        commit(batch);
        return running.lines.length > 20_000 ? promise : undefined;
      };
      await running.has(20_000);
      void running.source.stop(new AbortController().signal);
      resolve();
      await running.done;
      const first = running.lines;
      checkpoint.close();
      const second = await runOnce(directory, "*.gz");
      expect([...first, ...second]).toEqual(numbered(0, 40_000));
    }
    expect(await runOnce(directory, "*.gz")).toEqual([]);
  });

  test("when a rotated file is compressed after it was followed, without reading it twice at the next start", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    {
      using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
      await using running = new RunningSource({ glob: directory.at("a.log*"), checkpoint });
      await running.has(3);
      directory.rename("a.log", "a.log.1");
      directory.write("a.log", text(3, 5));
      await running.has(5);
      directory.write("a.log.1.gz", gzipSync(fs.readFileSync(directory.at("a.log.1"))));
      const { ino } = fs.statSync(directory.at("a.log.1.gz"));
      fs.rmSync(directory.at("a.log.1"));
      await until(
        () => checkpoint.entries().some((entry) => entry.ino === BigInt(ino)),
        "the archive's slot",
      );
    }
    expect(await runOnce(directory, "a.log*")).toEqual([]);
  });

  test("inside a container log line of several parts, both streams", async () => {
    const parts = [
      `${TIME} stdout F {"n":0}\n`,
      `${TIME} stdout P {"out":\n`,
      `${TIME} stderr P {"err":\n`,
      `${TIME} stderr F 1}\n`,
      `${TIME} stdout F 2}\n`,
    ];
    for (let cut = 1; cut <= parts.length; cut++) {
      using place = new TestDirectory();
      place.write("c.log", parts.slice(0, cut).join(""));
      const seen: string[] = [];
      {
        using checkpoint = Checkpoint.open(place.at("state/checkpoint"));
        await using running = new RunningSource({ glob: place.at("*.log"), checkpoint });
        await until(
          () => running.sink.ends.at(-1) === parts.slice(0, cut).join("").length,
          "the end of the file",
        );
        await running.stop();
        seen.push(...running.lines);
      }
      place.append("c.log", parts.slice(cut).join(""));
      seen.push(...(await runOnce(place, "*.log")));
      expect(seen).toEqual([`{"n":0}\n`, `{"err":1}\n`, `{"out":2}\n`]);
    }
  });

  test("not in another text under the same inode", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, "*.log");
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", text(3, 40));
    expect(await runOnce(directory, "*.log")).toEqual(numbered(3, 40));
  });
});
