import { describe, expect, test } from "bun:test";
import { numbered, RunningSource, readToEnd, TestDirectory } from "../harness.ts";

const MIB = 1024 * 1024;

describe("FileSource reads", () => {
  test("lines up to the limit, and skips a longer one", async () => {
    using directory = new TestDirectory();
    const large = `{"l":"${"x".repeat(3 * MIB)}"}\n`;
    directory.write("a.log", `{"n":0}\n${large}{"o":"${"y".repeat(9 * MIB)}"}\n{"n":1}\n`);
    const { lines, counters, messages } = await readToEnd({ glob: directory.at("a.log") });
    expect(lines.map((line) => line.length)).toEqual([8, large.length, 8]);
    expect(counters).toMatchObject({ read: 4, line_too_long: 1 });
    expect(messages.join()).toContain("Line skipped: it is longer than --max-line-size");
  });

  test("a long line that is written bit by bit", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", `{"n":0}\n`);
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(1);
    directory.append("a.log", `{"l":"`);
    for (let i = 0; i < 20; i++) {
      directory.append("a.log", "x".repeat(100_000));
      await Bun.sleep(1);
    }
    directory.append("a.log", `"}\n{"n":1}\n`);
    await running.has(3);
    expect(running.lines.map((line) => line.length)).toEqual([8, 2_000_009, 8]);
    expect(running.counters).toMatchObject({ read: 3, line_too_long: 0 });
  });

  test("on after a line that grows over the limit bit by bit, counted once", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", "");
    await using running = new RunningSource({ glob: directory.at("a.log"), maxLineBytes: MIB });
    for (let i = 0; i < 30; i++) {
      directory.append("a.log", "x".repeat(100_000));
      await Bun.sleep(1);
    }
    directory.append("a.log", `\n${numbered(0, 2).join("")}`);
    await running.has(2);
    expect(running.lines).toEqual(numbered(0, 2));
    expect(running.counters).toMatchObject({ read: 3, line_too_long: 1, bytes_read: 3_000_017 });
  });

  test("a long last line without a newline when it is asked to end", async () => {
    using directory = new TestDirectory();
    const line = `{"l":"${"x".repeat(2 * MIB)}"}`;
    directory.write("a.log", `{"n":0}\n${line}`);
    directory.write("b.log", "y".repeat(5 * MIB));
    const { lines, counters } = await readToEnd({ glob: directory.at("*.log") });
    expect(lines.map((text) => text.length)).toEqual([8, line.length + 1]);
    expect(counters).toMatchObject({ read: 3, line_too_long: 1 });
  });

  test("rubbish, which later stages count", async () => {
    using directory = new TestDirectory();
    const rubbish = Buffer.concat([
      Buffer.alloc(1000, 0xfe),
      Buffer.from("\n\u0001\u00ff\n"),
      Buffer.from("{}\n"),
    ]);
    directory.write("a.log", rubbish);
    const { lines, counters } = await readToEnd({ glob: directory.at("*.log") });
    expect(lines).toHaveLength(3);
    expect(counters).toMatchObject({ read: 3, bytes_read: rubbish.length });
  });
});
