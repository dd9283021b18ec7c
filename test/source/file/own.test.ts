import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { noteWritten } from "../../../src/os/written-files.ts";
import { numbered, RunningSource, TestDirectory } from "../harness.ts";

const text = (from: number, to: number) => numbered(from, to).join("");

/** A directory with a log to read and a file that "the agent" writes. */
function setUp(): TestDirectory {
  const directory = new TestDirectory();
  directory.write("a.log", text(0, 3));
  fs.mkdirSync(directory.at("out"));
  directory.write("out/own.log", text(900, 902));
  noteWritten(directory.at("out/own.log"), fs.statSync(directory.at("out/own.log"), { bigint: true }));
  return directory;
}

describe("FileSource does not read what the agent writes", () => {
  test.each<[string, (at: (name: string) => string) => string]>([
    ["under its own name", (at) => at("out/own.log")],
    [
      "through a link",
      (at) => {
        fs.symlinkSync(at("out/own.log"), at("link.log"));
        return at("link.log");
      },
    ],
    [
      "under a second name",
      (at) => {
        fs.linkSync(at("out/own.log"), at("hard.log"));
        return at("hard.log");
      },
    ],
    [
      "through a linked directory",
      (at) => {
        fs.symlinkSync(at("out"), at("linked"));
        return at("linked/*.log");
      },
    ],
    [
      "under another name",
      (at) => {
        fs.renameSync(at("out/own.log"), at("moved.log"));
        return at("moved.log");
      },
    ],
    [
      "under the name of a backup of an earlier run",
      (at) => {
        fs.writeFileSync(at("out/own-2024-01-01T00-00-00.000.log"), "{}\n");
        return at("out/own-*.log");
      },
    ],
    [
      "under a name that logrotate gave it in an earlier run",
      (at) => {
        fs.writeFileSync(at("out/own.log.1"), "{}\n");
        return at("out/own.log.*");
      },
    ],
  ])("at the start, %s", async (_how, prepare) => {
    using directory = setUp();
    const glob = prepare((name) => directory.at(name));
    await using running = new RunningSource({ glob: `{${directory.at("a.log")},${glob}}` });
    await running.has(3);
    await running.says("this agent writes it");
    directory.append("a.log", text(3, 4));
    await running.has(4);
    expect(running.lines).toEqual(numbered(0, 4));
  });

  test.each([
    ["a link to it", (at: (name: string) => string) => fs.symlinkSync(at("out/own.log"), at("b.log"))],
    ["a second name", (at: (name: string) => string) => fs.linkSync(at("out/own.log"), at("b.log"))],
  ])("later, when %s appears", async (_how, prepare) => {
    using directory = setUp();
    await using running = new RunningSource({ glob: directory.at("*.log") });
    await running.has(3);
    prepare((name) => directory.at(name));
    await running.says("this agent writes it");
    expect(running.messages.filter((message) => message.includes("this agent writes it"))).toHaveLength(1);
    directory.append("a.log", text(3, 4));
    await running.has(4);
    expect(running.lines).toEqual(numbered(0, 4));
  });

  test("but a new file that has the inode of one that was deleted", async () => {
    using directory = setUp();
    const own = fs.statSync(directory.at("out/own.log"), { bigint: true });
    noteWritten("/elsewhere", {
      ...fs.statSync(directory.at("a.log"), { bigint: true }),
      birthtimeNs: own.birthtimeNs - 1n,
    });
    await using running = new RunningSource({ glob: directory.at("a.log") });
    await running.has(3);
  });
});

describe("FileSource takes a look that failed for none", () => {
  test("and goes on where it was in a file that was out of sight", async () => {
    using directory = new TestDirectory();
    fs.mkdirSync(directory.at("pods"));
    directory.write("pods/a.log", text(0, 300));
    await using running = new RunningSource({ glob: directory.at("pods/*.log"), maxOpenFiles: 1 });
    await running.has(300);
    directory.write("pods/b.log", text(300, 301));
    await running.has(301);
    directory.rename("pods", "unmounted");
    await running.says("File is gone");
    directory.append("unmounted/a.log", text(301, 303));
    directory.rename("unmounted", "pods");
    await running.has(303);
    expect(running.lines).toEqual(numbered(0, 303));
  });

  test("and reads a directory again that has become readable", async () => {
    // Root may read everything: a directory that a link does not reach yet is as good.
    using directory = new TestDirectory();
    fs.symlinkSync(directory.at("later"), directory.at("pods"));
    await using running = new RunningSource({ glob: directory.at("pods/*.log") });
    await Bun.sleep(50);
    fs.mkdirSync(directory.at("later"));
    directory.write("later/a.log", text(0, 3));
    await running.has(3);
  });

  test("and says so, and looks again, when a directory cannot be read", async () => {
    using directory = new TestDirectory();
    // A loop of links: to open it fails, as it does without a right, and that says nothing of what is there.
    fs.symlinkSync(directory.at("pods"), directory.at("loop"));
    fs.symlinkSync(directory.at("loop"), directory.at("pods"));
    await using running = new RunningSource({ glob: directory.at("pods/*.log") });
    await running.says("Cannot read directory");
    fs.rmSync(directory.at("pods"));
    fs.mkdirSync(directory.at("pods"));
    directory.write("pods/a.log", text(0, 3));
    await running.has(3);
  });

  test("and goes on with files whose directory cannot be read for a while", async () => {
    using directory = new TestDirectory();
    fs.mkdirSync(directory.at("real"));
    fs.symlinkSync(directory.at("real"), directory.at("pods"));
    directory.write("real/a.log", text(0, 3));
    await using running = new RunningSource({ glob: directory.at("pods/*.log") });
    await running.has(3);
    fs.rmSync(directory.at("pods"));
    fs.symlinkSync(directory.at("pods"), directory.at("pods"));
    await running.says("Cannot read directory");
    directory.append("real/a.log", text(3, 5));
    fs.rmSync(directory.at("pods"));
    fs.symlinkSync(directory.at("real"), directory.at("pods"));
    await running.has(5);
    expect(running.lines).toEqual(numbered(0, 5));
    expect(running.messages.join()).not.toContain("File is gone");
  });
});
