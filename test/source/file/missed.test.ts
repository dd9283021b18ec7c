/** What is gone before it was read is reported, what can still be found is read. */
import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { MemorySink, numbered, RunningSource, readToEnd, TestDirectory } from "../harness.ts";

const text = (from: number, to: number) => numbered(from, to).join("");
/** More than a fingerprint covers, the same at the beginning of every generation. */
const BANNER = `{"banner":"${"x".repeat(1100)}"}\n`;

/** One run of the agent over what is in the directory, with its checkpoint. */
async function runOnce(directory: TestDirectory, glob: string) {
  using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
  const { lines, counters, messages, source } = await readToEnd({ glob: directory.at(glob), checkpoint });
  const missed = messages.filter((message) => message.includes("rotated away and deleted"));
  expect(missed).toHaveLength(counters.files_missed);
  expect(source.hasFailed).toBe(missed.length > 0);
  return { lines, missed };
}

describe("FileSource reports what came and went between two runs", () => {
  test.each([["a.log"], ["*.log"], ["a.log*"], ["**/a.log"]])("under one name of %s", async (glob) => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, glob);
    directory.append("a.log", text(3, 5));
    fs.rmSync(directory.at("a.log"));
    directory.write("a.log", text(5, 7));
    fs.rmSync(directory.at("a.log"));
    directory.write("b", text(7, 9));
    directory.rename("b", "a.log");
    const { lines, missed } = await runOnce(directory, glob);
    expect(lines).toEqual(numbered(7, 9));
    expect(missed).toHaveLength(1);
    expect(missed[0]).toContain(directory.at("a.log"));
    expect(await runOnce(directory, glob)).toEqual({ lines: [], missed: [] });
  });

  test("under some of many names, and reads the generations that are left", async () => {
    using directory = new TestDirectory();
    for (const name of ["a", "b", "c"]) directory.write(`${name}.log`, `{"of":"${name}"}\n${text(0, 3)}`);
    await runOnce(directory, "*.log");
    for (const name of ["a", "c"]) {
      fs.rmSync(directory.at(`${name}.log`));
      directory.write(`${name}.log.2`, `{"second":"${name}"}\n`);
      directory.write(`${name}.log.1`, `{"third":"${name}"}\n`);
      directory.write(`${name}.log`, `{"fourth":"${name}"}\n`);
    }
    const { lines, missed } = await runOnce(directory, "*.log");
    expect(missed).toHaveLength(2);
    expect(lines).toHaveLength(6);
  });

  test("also where the new one comes only after the start", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await runOnce(directory, "*.log");
    fs.rmSync(directory.at("a.log"));
    using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
    await using running = new RunningSource({ glob: directory.at("*.log"), checkpoint });
    directory.write("a.log", `{"new":1}\n${text(5, 7)}`);
    await running.has(3);
    expect(running.counters.files_missed).toBe(1);
  });

  test("and nothing where all is there, or nothing has come after it", async () => {
    using directory = new TestDirectory();
    directory.write("gone.log", `{"gone":1}\n`);
    directory.write("a.log.1", text(0, 2));
    directory.write("a.log", text(2, 4));
    expect((await runOnce(directory, "*.log*")).lines).toHaveLength(5);
    fs.rmSync(directory.at("gone.log"));
    fs.rmSync(directory.at("a.log.1"));
    directory.rename("a.log", "a.log.2");
    directory.write("a.log.1", text(4, 6));
    directory.write("a.log", text(6, 8));
    const { lines, missed } = await runOnce(directory, "*.log*");
    expect(lines.toSorted()).toEqual(numbered(4, 8));
    expect(missed).toEqual([]);
    directory.rename("a.log", "moved.log");
    directory.write("a.log", text(8, 9));
    expect(await runOnce(directory, "*.log*")).toEqual({ lines: numbered(8, 9), missed: [] });
  });

  test("and nothing of a file that was deleted and made anew while it was followed", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    {
      using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
      await using running = new RunningSource({ glob: directory.at("*.log"), checkpoint });
      await running.has(3);
      fs.rmSync(directory.at("a.log"));
      await running.says("File is gone");
    }
    directory.write("a.log", text(3, 4));
    expect(await runOnce(directory, "*.log")).toEqual({ lines: numbered(3, 4), missed: [] });
  });
});

describe("FileSource recognises a file that was truncated while no agent ran and begins as before", () => {
  test("longer than it was: reads it from its beginning, and says what is gone", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", BANNER + text(0, 30));
    expect((await runOnce(directory, "*.log")).lines).toHaveLength(31);
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", BANNER + text(100, 150));
    const { lines, missed } = await runOnce(directory, "*.log");
    expect(lines).toEqual([BANNER, ...numbered(100, 150)]);
    expect(missed).toHaveLength(1);
  });

  test("shorter than it was read, though not than it was exported", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", BANNER + text(0, 30));
    {
      using checkpoint = Checkpoint.open(directory.at("state/checkpoint"));
      await readToEnd({ glob: directory.at("a.log"), checkpoint });
      checkpoint.commitPosition(checkpoint.entries()[0]!.stream, BANNER.length);
    }
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", BANNER + text(100, 105));
    expect((await runOnce(directory, "a.log")).lines).toEqual([BANNER, ...numbered(100, 105)]);
  });

  test("copied before: the copy goes on where it was", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", BANNER + text(0, 30));
    await runOnce(directory, "a.log");
    directory.append("a.log", text(30, 33));
    fs.copyFileSync(directory.at("a.log"), directory.at("a.log.1"));
    fs.truncateSync(directory.at("a.log"));
    directory.append("a.log", BANNER + text(100, 150));
    const { lines, missed } = await runOnce(directory, "a.log");
    expect(lines.toSorted()).toEqual([...numbered(30, 33), BANNER, ...numbered(100, 150)].toSorted());
    expect(missed).toEqual([]);
  });

  test("but not in one that has grown, nor where the power loss has left NUL bytes", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", BANNER + text(0, 300));
    await runOnce(directory, "a.log");
    const { size } = fs.statSync(directory.at("a.log"));
    directory.append("a.log", text(300, 303));
    expect(await runOnce(directory, "a.log")).toEqual({ lines: numbered(300, 303), missed: [] });
    fs.truncateSync(directory.at("a.log"), size - 1500);
    fs.truncateSync(directory.at("a.log"), size + text(300, 303).length);
    directory.append("a.log", text(400, 402));
    expect(await runOnce(directory, "a.log")).toEqual({ lines: numbered(400, 402), missed: [] });
  });
});

describe("FileSource that reads to the end", () => {
  /** `meanwhile` happens with the first batch. */
  async function readWhile(directory: TestDirectory, glob: string, meanwhile: () => void) {
    const sink = new MemorySink();
    sink.onBatch = () => {
      meanwhile();
      sink.onBatch = () => undefined;
      return undefined;
    };
    const { counters, messages, source } = await readToEnd({
      glob: directory.at(glob),
      maxOpenFiles: 1,
      sink,
    });
    return { lines: sink.lines, counters, messages, source };
  }

  test("finds files that are renamed before their turn comes", async () => {
    using directory = new TestDirectory();
    for (const [i, name] of ["a.log.2", "a.log.1", "a.log"].entries()) {
      directory.write(name, text(i * 10, i * 10 + 5));
      fs.utimesSync(directory.at(name), 1000 + i, 1000 + i);
    }
    const { lines, counters, source } = await readWhile(directory, "a.log*", () => {
      directory.rename("a.log.2", "a.log.3");
      directory.rename("a.log.1", "a.log.2");
      directory.rename("a.log", "a.log.1");
      directory.write("a.log", text(90, 92));
    });
    expect(lines.toSorted()).toEqual(
      [...numbered(0, 5), ...numbered(10, 15), ...numbered(20, 25), ...numbered(90, 92)].toSorted(),
    );
    expect(counters.files_missed).toBe(0);
    expect(source.hasFailed).toBe(false);
  });

  test.each([
    ["deleted", () => {}],
    ["deleted and replaced", (directory: TestDirectory) => directory.write("b.log", text(90, 92))],
  ])("counts one that is %s before its turn comes", async (_what, then) => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 5));
    directory.write("b.log", text(10, 15));
    // So that its inode is not given to the next one.
    const held = fs.openSync(directory.at("b.log"), "r");
    const { lines, counters, messages, source } = await readWhile(directory, "*.log", () => {
      fs.rmSync(directory.at("b.log"));
      then(directory);
    });
    fs.closeSync(held);
    expect(lines.slice(0, 5)).toEqual(numbered(0, 5));
    expect(counters.files_missed).toBe(1);
    expect(messages.join("\n")).toContain("rotated away and deleted");
    expect(source.hasFailed).toBe(true);
  });

  test("reads a generation that comes while it reads", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 5));
    const { lines } = await readWhile(directory, "*.log", () => {
      directory.rename("a.log", "a.log.1");
      directory.write("a.log", text(5, 7));
    });
    expect(lines).toEqual(numbered(0, 7));
  });
});
