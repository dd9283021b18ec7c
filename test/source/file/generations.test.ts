import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { gzipSync } from "node:zlib";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { numbered, RunningSource, TestDirectory, until } from "../harness.ts";

const text = (from: number, to: number) => numbered(from, to).join("");
/** The checkpoint of one run of the agent after the other. */
const open = (directory: TestDirectory) => Checkpoint.open(directory.at("checkpoint"));
const cri = (tag: "P" | "F", part: string) => `2024-01-01T00:00:00.000000000Z stdout ${tag} ${part}\n`;

/** How programs name what they rotate: the newest first. */
const SCHEMES: readonly (readonly [string, (generation: number) => string])[] = [
  ["logrotate", (n) => `a.log.${n}`],
  ["logrotate, dateext", (n) => `a.log-2024010${9 - n}`],
  ["logrotate, dateext with the time", (n) => `a.log-2024010${9 - n}-1704067200`],
  ["logrotate, extension", (n) => `a.${n}.log`],
  ["lumberjack (Tetragon)", (n) => `a-2024-01-0${9 - n}T00-00-00.000.log`],
  ["kubelet", (n) => `a.log.2024010${9 - n}-000000`],
];

describe("FileSource finds rotated files that the glob does not name", () => {
  for (const [scheme, name] of SCHEMES) {
    test(`of rotations while the agent was down: ${scheme}`, async () => {
      using directory = new TestDirectory();
      const settings = { glob: directory.at("a.log"), fromBeginning: false };
      directory.write(name(5), text(900, 910));
      directory.write("a.log", text(0, 3));
      {
        using checkpoint = open(directory);
        await using before = new RunningSource({ ...settings, checkpoint });
        directory.append("a.log", text(3, 5));
        await before.has(2);
      }
      directory.append("a.log", text(5, 7));
      directory.rename("a.log", name(3));
      directory.write(name(2), text(7, 9));
      directory.write(name(1), text(9, 12));
      directory.write("a.log", text(12, 14));
      using checkpoint = open(directory);
      await using after = new RunningSource({ ...settings, checkpoint });
      await after.has(9);
      directory.append("a.log", text(14, 15));
      await after.has(10);
      expect(after.lines.toSorted()).toEqual(numbered(5, 15).toSorted());
      expect(after.counters.files_missed).toBe(0);
    });

    test(`of several rotations within one look: ${scheme}`, async () => {
      using directory = new TestDirectory();
      directory.write(name(5), text(900, 910));
      directory.write("a.log", text(0, 3));
      await using running = new RunningSource({ glob: directory.at("a.log"), pollIntervalMs: 3000 });
      await running.has(3);
      directory.append("a.log", text(3, 5));
      directory.rename("a.log", name(3));
      directory.write(name(2), text(5, 9));
      directory.write(name(1), text(9, 12));
      directory.write("a.log", text(12, 14));
      running.source.reload();
      await running.has(14);
      expect(running.lines).toEqual(numbered(0, 14));
    });
  }

  test("with what is written late to one of them, however late", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(3);
    const old = fs.openSync(directory.at("a.log"), "a");
    directory.rename("a.log", "a.log.1");
    directory.write("a.log", text(3, 5));
    await running.has(5);
    await Bun.sleep(150);
    fs.writeSync(old, text(5, 6));
    fs.closeSync(old);
    await running.has(6);
    expect(running.lines).toEqual(numbered(0, 6));
  });

  test("compressed between two looks", async () => {
    using directory = new TestDirectory();
    directory.write("a.log.7.gz", gzipSync(text(900, 910)));
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(3);
    directory.rename("a.log", "a.log.2");
    directory.write("a.log.1.gz", gzipSync(text(3, 6)));
    directory.write("a.log", text(6, 8));
    await running.has(8);
    expect(running.lines.toSorted()).toEqual(numbered(0, 8));
  });

  test("but not those that were there at the first start, nor their compressed copies", async () => {
    using directory = new TestDirectory();
    directory.write("a.log.1", text(900, 910));
    directory.write("a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(3);
    directory.rename("a.log.1", "a.log.2");
    directory.write("a.log.2.gz", gzipSync(text(900, 910)));
    fs.rmSync(directory.at("a.log.2"));
    directory.append("a.log", text(3, 4));
    await running.has(4);
    await Bun.sleep(120);
    expect(running.lines).toEqual(numbered(0, 4));
  });

  test("and counts what is gone: the file that was followed was deleted while the agent was down", async () => {
    using directory = new TestDirectory();
    const settings = { glob: directory.at("a.log") };
    directory.write("a.log", text(0, 3));
    {
      using checkpoint = open(directory);
      await using before = new RunningSource({ ...settings, checkpoint });
      await before.has(3);
    }
    directory.write("b", text(5, 7));
    fs.rmSync(directory.at("a.log"));
    directory.rename("b", "a.log.1");
    directory.write("a.log", text(7, 9));
    using checkpoint = open(directory);
    await using after = new RunningSource({ ...settings, checkpoint });
    await after.has(4);
    expect(after.lines).toEqual(numbered(5, 9));
    expect(after.counters.files_missed).toBe(1);
    expect(after.messages.join()).toContain("was rotated away and deleted");
  });
});

describe("FileSource joins a container log line that a rotation has cut", () => {
  const first = `{"n":1,"t":"${"x".repeat(1100)}`;
  const rest = `${"y".repeat(50)}"}`;

  test.each([
    ["to a name that the glob has", "a.log*", 0],
    ["to a name that the glob does not have", "a.log", 0],
    ["twice: a part in each of three files", "a.log", 1],
  ])("%s", async (_what, glob, between) => {
    using directory = new TestDirectory();
    directory.write("a.log", cri("F", `{"n":0}`) + cri("P", first));
    await using running = new RunningSource({ glob: directory.at(glob) });
    await running.has(1);
    directory.rename("a.log", "a.log.2");
    if (between > 0) directory.write("a.log.1", cri("P", "zz"));
    directory.write("a.log", cri("F", rest) + cri("F", `{"n":2}`));
    await running.has(3);
    const middle = `${first}${"zz".repeat(between)}${rest}\n`;
    expect(running.lines).toEqual([`{"n":0}\n`, middle, `{"n":2}\n`]);
  });

  test("while the agent was down", async () => {
    using directory = new TestDirectory();
    const settings = { glob: directory.at("a.log") };
    directory.write("a.log", cri("F", `{"n":0}`) + cri("P", first));
    {
      using checkpoint = open(directory);
      await using before = new RunningSource({ ...settings, checkpoint });
      await before.has(1);
    }
    directory.rename("a.log", "a.log.20240101-000000");
    fs.utimesSync(directory.at("a.log.20240101-000000"), 1000, 1000);
    directory.write("a.log", cri("F", rest) + cri("F", `{"n":2}`));
    using checkpoint = open(directory);
    await using after = new RunningSource({ ...settings, checkpoint });
    await after.has(2);
    expect(after.lines).toEqual([`${first}${rest}\n`, `{"n":2}\n`]);
  });

  test("long after the old file was read, when the new one stayed empty", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", cri("P", first));
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await until(() => running.counters.bytes_read > 1000, "the first part");
    fs.rmSync(directory.at("a.log"));
    directory.write("a.log", "");
    await running.says("File is gone");
    directory.append("a.log", cri("F", rest));
    await running.has(1);
    expect(running.lines).toEqual([`${first}${rest}\n`]);
  });
});
