import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { numbered, RunningSource, readToEnd, TestDirectory } from "../harness.ts";

describe("FileSource follows", () => {
  test("growth, from the beginning", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", numbered(0, 3).join(""));
    await using running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(3);
    directory.append("a.log", numbered(3, 5).join(""));
    await running.has(5);
    expect(running.lines).toEqual(numbered(0, 5));
    expect(running.sink.positions).toEqual([8, 16, 24, 32, 40]);
    expect(running.counters).toMatchObject({ read: 5, bytes_read: 40, line_too_long: 0 });
  });

  test("growth, from now on", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", `${numbered(0, 3).join("")}{"half`);
    await using running = new RunningSource({ glob: directory.at("a.log"), fromBeginning: false });
    directory.append("a.log", `":1}\n{"n":4}\n`);
    await running.has(2);
    expect(running.lines).toEqual([`{"half":1}\n`, `{"n":4}\n`]);
  });

  test("a file that appears later, from its beginning", async () => {
    using directory = new TestDirectory();
    await using running = new RunningSource({ glob: directory.at("*.log"), fromBeginning: false });
    await running.says("Waiting for files");
    directory.write("a.log", numbered(0, 3).join(""));
    directory.write("b.txt", numbered(7, 9).join(""));
    await running.has(3);
    expect(running.lines).toEqual(numbered(0, 3));
  });

  test("a directory that appears later", async () => {
    using directory = new TestDirectory();
    await using running = new RunningSource({ glob: directory.at("pods/*/c.log") });
    await running.says("Waiting for files");
    fs.mkdirSync(directory.at("pods/one"), { recursive: true });
    directory.write("pods/one/c.log", numbered(0, 2).join(""));
    await running.has(2);
    fs.mkdirSync(directory.at("pods/two"), { recursive: true });
    directory.write("pods/two/c.log", numbered(2, 4).join(""));
    await running.has(4);
    expect(running.lines).toEqual(numbered(0, 4));
  });

  test("a directory that was deleted and made again", async () => {
    using directory = new TestDirectory();
    fs.mkdirSync(directory.at("d"));
    directory.write("d/a.log", numbered(0, 2).join(""));
    await using running = new RunningSource({ glob: directory.at("d/*.log") });
    await running.has(2);
    fs.rmSync(directory.at("d"), { recursive: true });
    fs.mkdirSync(directory.at("d"));
    directory.write("d/b.log", numbered(2, 4).join(""));
    await running.has(4);
    expect(running.lines).toEqual(numbered(0, 4));
  });

  test("a line only when its newline has come", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", `{"n":0}\n{"n"`);
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(1);
    directory.append("a.log", ":1");
    directory.append("a.log", "}\n");
    await running.has(2);
    expect(running.lines).toEqual(numbered(0, 2));
  });

  test("a file through two links as one", async () => {
    using directory = new TestDirectory();
    directory.write("real.txt", numbered(0, 2).join(""));
    fs.symlinkSync(directory.at("real.txt"), directory.at("a.log"));
    fs.symlinkSync(directory.at("real.txt"), directory.at("b.log"));
    const { lines } = await readToEnd({ glob: directory.at("*.log") });
    expect(lines).toEqual(numbered(0, 2));
  });

  test("more files than it may hold open", async () => {
    using directory = new TestDirectory();
    const names = Array.from({ length: 9 }, (_, i) => `${i}.log`);
    for (const [i, name] of names.entries()) directory.write(name, `{"n":${i}}\n`);
    await using running = new RunningSource({ glob: directory.at("*.log"), maxOpenFiles: 2 });
    await running.has(9);
    const open = fs.readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory.path);
      } catch {
        return false;
      }
    });
    expect(open.length).toBeLessThanOrEqual(2);
    for (const [i, name] of names.entries()) directory.append(name, `{"n":${9 + i}}\n`);
    await running.has(18);
    expect(running.lines.toSorted()).toEqual(numbered(0, 18).toSorted());
  });

  test("in turns, so that a large file keeps no small one waiting", async () => {
    using directory = new TestDirectory();
    const small = directory.at("small");
    const large = directory.at("large");
    for (const path of [small, large]) fs.mkdirSync(path);
    const filler = "x".repeat(1000);
    const many = Array.from({ length: 3000 }, (_, i) => `{"large":${i},"f":"${filler}"}\n`).join("");
    directory.write("large/a.log", many);
    directory.write("small/b.log", `{"small":0}\n`);
    const { lines } = await readToEnd({ glob: directory.at("*/*.log") });
    expect(lines).toHaveLength(3001);
    expect(lines.findIndex((line) => line.startsWith(`{"small"`))).toBeLessThan(1000);
  });
});

describe("FileSource ends", () => {
  test("at the end of all files when asked to, the last line without a newline included", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", `{"a":1}\n{"a":2}`);
    directory.write("b.log", "");
    const running = await readToEnd({ glob: directory.at("*.log") });
    expect(running.lines).toEqual([`{"a":1}\n`, `{"a":2}\n`]);
    expect(running.counters.bytes_read).toBe(15);
    expect(running.sink.positions).toEqual([8, 15]);
  });

  test("at once when nothing matches and it is asked to end, with a warning", async () => {
    using directory = new TestDirectory();
    const { messages } = await readToEnd({ glob: directory.at("none/*.log") });
    expect(messages.join()).toContain("No file to read");
  });

  test("saying so when it is given a directory", async () => {
    using directory = new TestDirectory();
    const { messages } = await readToEnd({ glob: directory.path });
    expect(messages.join()).toContain("No file to read: it is a directory");
  });

  test("when stopped, before run and after, any number of times", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", numbered(0, 2).join(""));
    const running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(2);
    await running.stop();
    await running.stop();
    const second = new RunningSource({ glob: directory.at("*.log") });
    void second.source.stop(new AbortController().signal);
    void second.source.stop(new AbortController().signal);
    await second.done;
    await running.source.run();
    expect(running.lines).toEqual(numbered(0, 2));
  });

  test("while a sink makes it wait, once the sink lets go", async () => {
    using directory = new TestDirectory();
    directory.write("a.log", numbered(0, 5000).join(""));
    const running = new RunningSource({ glob: directory.at("*.log") });
    const { promise, resolve } = Promise.withResolvers<void>();
    running.sink.onBatch = () => promise;
    await running.has(1);
    void running.source.stop(new AbortController().signal);
    resolve();
    await running.done;
    expect(running.lines.length).toBeLessThanOrEqual(5000);
    expect(running.counters.read).toBe(running.lines.length);
  });
});
