import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createFileExporter } from "../../../src/exporter/file/index.ts";
import { TetradError } from "../../../src/os/error.ts";
import { testExporterContract } from "../contract.ts";
import {
  batchOf,
  metadataOf,
  numbered,
  numbersIn,
  patient,
  range,
  start,
  temporaryDirectory,
  until,
} from "../support.ts";
import { backupsOf, FILE_DEFAULTS, makeFileExporter, readAll } from "./support.ts";

const KIB = 1 / 1024;

testExporterContract("createFileExporter()", async (settings) => {
  const directory = temporaryDirectory();
  const path = join(directory.path, "events.log");
  const exporter = createFileExporter({ ...settings, ...FILE_DEFAULTS, path });
  return {
    exporter,
    arrived: async () => (existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : []),
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
});

describe("createFileExporter()", () => {
  test("makes missing directories and the file with exactly the permissions given", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "a/b/events.log");
    const umask = process.umask(0o077);
    try {
      const { exporter } = makeFileExporter({ path, mode: 0o640 });
      await start(exporter);
      await exporter.stop(patient());
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o7777).toBe(0o640);
  });

  test.each([
    [0o644, 0o600, 0o600],
    [0o644, 0o640, 0o640],
    [0o600, 0o640, 0o600],
    [0o666, 0o640, 0o640],
  ])(
    "appends to a file that is there: of permissions %o it keeps what %o gives",
    async (mode, given, kept) => {
      using directory = temporaryDirectory();
      const path = join(directory.path, "events.log");
      writeFileSync(path, '{"n":0}\n');
      chmodSync(path, mode);
      const { exporter } = makeFileExporter({ path, mode: given });
      await start(exporter);
      exporter.write(batchOf(numbered(1, 2)));
      await exporter.stop(patient());
      expect(numbersIn(readFileSync(path, "utf8"))).toEqual([0, 1, 2]);
      expect(statSync(path).mode & 0o777).toBe(kept);
    },
  );

  test("writes agent_init once per start, also without its newline, and not to rotated files", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    for (let run = 0; run < 2; run++) {
      const { exporter, counters } = makeFileExporter({
        path,
        maxSizeMb: KIB,
        maxBackups: 0,
        metadata: metadataOf('{"n":-1}'),
      });
      await start(exporter);
      exporter.write(batchOf(numbered(run * 100, 100)));
      await exporter.stop(patient());
      expect(counters.exported).toBe(100);
    }
    expect(numbersIn(readAll(path))).toEqual([-1, ...range(0, 100), -1, ...range(100, 100)]);
  });

  test("says how far a stream has been exported", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const committed: number[] = [];
    const positions = { commitPosition: (_: number, position: number) => void committed.push(position) };
    const { exporter } = makeFileExporter({ path, positions, metadata: metadataOf("{}\n") });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 5), 100));
    await exporter.stop(patient());
    expect(committed).toEqual([105]);
  });

  test("start() fails with the option's name where no regular file can be written", async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "file");
    writeFileSync(file, "");
    for (const path of [directory.path, join(file, "events.log"), "/proc/1/fd/1"]) {
      const { exporter } = makeFileExporter({ path });
      const error = await exporter.start().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(TetradError);
      expect((error as TetradError).code).toBe("config");
      expect((error as TetradError).message).toStartWith(`Cannot open --export-filename "${path}": `);
      await exporter.stop(patient());
    }
  });
});

describe("two createFileExporter()", () => {
  test("never write one file, whatever its names are, and it is free again when the first one stops", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter } = makeFileExporter({ path });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    symlinkSync(directory.path, join(directory.path, "self"));
    symlinkSync(path, join(directory.path, "soft.log"));
    linkSync(path, join(directory.path, "hard.log"));
    for (const other of ["self/events.log", "soft.log", "hard.log"]) {
      const second = makeFileExporter({ path: join(directory.path, other) }).exporter;
      await expect(second.start()).rejects.toThrow("another exporter writes to it");
      await second.stop(patient());
    }
    await exporter.stop(patient());
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual(range(0, 3));
    const { exporter: next } = makeFileExporter({ path: join(directory.path, "soft.log") });
    await start(next);
    await next.stop(patient());
  });

  test("stay apart when the name of one comes to lead to the other's file", async () => {
    using directory = temporaryDirectory();
    const [a, b] = ["a.log", "b.log"].map((name) => join(directory.path, name)) as [string, string];
    const first = makeFileExporter({ path: a });
    const second = makeFileExporter({ path: b });
    await start(first.exporter);
    await start(second.exporter);
    rmSync(b);
    symlinkSync(a, b);
    second.exporter.reload?.();
    second.exporter.write(batchOf(numbered(10, 3)));
    first.exporter.write(batchOf(numbered(0, 3)));
    await second.exporter.stop(patient());
    await first.exporter.stop(patient());
    expect(numbersIn(readFileSync(a, "utf8"))).toEqual(range(0, 3));
    expect(second.messages.join("\n")).toContain("another exporter writes to it");
  });
});

describe("createFileExporter() of another process", () => {
  /** A process that exports to `path` until it is killed. */
  async function other(path: string, maxSizeMb = 10) {
    const support = (name: string) => JSON.stringify(join(import.meta.dir, name));
    const program = `
      import { makeFileExporter } from ${support("support.ts")};
      import { batchOf, numbered, start } from ${support("../support.ts")};
      const { exporter } = makeFileExporter({ path: ${JSON.stringify(path)}, maxSizeMb: ${maxSizeMb} });
      await start(exporter);
      for (let i = 0; i < 4; i++) exporter.write(batchOf(numbered(i * 20, 20)));
      setInterval(() => {}, 1000);`;
    const child = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore", stderr: "inherit" });
    await until(() => existsSync(path) && readAll(path).includes("79"), "the other process has exported");
    return child;
  }

  const refused = (path: string) =>
    new TetradError("failed", `Cannot open --export-filename "${path}": another process exports to it`);

  test.each([
    ["file", 10],
    ["file that has been rotated", 1 / 1024],
  ])("keeps its %s to itself up to its end, which may be a crash", async (_, maxSizeMb) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const child = await other(path, maxSizeMb);
    try {
      const before = readAll(path);
      const { exporter } = makeFileExporter({ path });
      await expect(exporter.start()).rejects.toThrow(refused(path));
      await exporter.stop(patient());
      expect(readAll(path)).toBe(before);
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
    const { exporter: next } = makeFileExporter({ path });
    await start(next);
    await next.stop(patient());
  });
});

describe("createFileExporter() rotates", () => {
  test("by size: no file above the limit, no event lost, backups named as Tetragon's", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "tetragon.log");
    const { exporter, counters } = makeFileExporter({ path, maxSizeMb: 4 * KIB, maxBackups: 0 });
    await start(exporter);
    for (let i = 0; i < 10; i++) exporter.write(batchOf(numbered(i * 50, 50, i * 30), i * 50));
    await exporter.stop(patient());
    expect(counters.exported).toBe(500);
    expect(numbersIn(readAll(path))).toEqual(range(0, 500));
    const backups = backupsOf(path);
    expect(backups.length).toBeGreaterThan(10);
    for (const name of backups) {
      expect(name).toMatch(/^tetragon-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/);
      expect(statSync(join(directory.path, name)).size).toBeLessThanOrEqual(4096);
    }
  });

  test("with the permissions of the file before", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    writeFileSync(path, "", { mode: 0o640 });
    const { exporter } = makeFileExporter({ path, maxSizeMb: KIB, mode: 0o640 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await exporter.stop(patient());
    expect(backupsOf(path).length).toBeGreaterThan(0);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("a file that is full when the agent starts", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    writeFileSync(path, `${JSON.stringify({ n: 0, pad: "x".repeat(1100) })}\n`);
    const { exporter } = makeFileExporter({ path, maxSizeMb: KIB });
    await start(exporter);
    expect(statSync(path).size).toBe(0);
    exporter.write(batchOf(numbered(1, 1)));
    await exporter.stop(patient());
    expect(numbersIn(readAll(path))).toEqual([0, 1]);
  });

  test("so that an event longer than a file has a file of its own", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter, counters } = makeFileExporter({ path, maxSizeMb: KIB });
    await start(exporter);
    exporter.write(batchOf([...numbered(0, 2), ...numbered(2, 1, 200_000), ...numbered(3, 2)]));
    await exporter.stop(patient());
    expect(counters.exported).toBe(5);
    expect(numbersIn(readAll(path))).toEqual(range(0, 5));
    expect(backupsOf(path)).toHaveLength(2);
  });

  test("at the interval, but not an empty file", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter } = makeFileExporter({ path, rotationIntervalMs: 20 });
    await start(exporter);
    for (let i = 0; i < 3; i++) {
      exporter.write(batchOf(numbered(i, 1)));
      await until(() => backupsOf(path).length > i, "the file is rotated");
    }
    await exporter.stop(patient());
    expect(numbersIn(readAll(path))).toEqual([0, 1, 2]);
    for (const name of backupsOf(path)) expect(statSync(join(directory.path, name)).size).toBeGreaterThan(0);
  });

  test("and keeps the newest backups, no more than asked for, and files of others", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const other = join(directory.path, "events-old.log");
    writeFileSync(other, "");
    const { exporter } = makeFileExporter({ path, maxSizeMb: KIB, maxBackups: 3 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 500)));
    await exporter.stop(patient());
    expect(existsSync(other)).toBe(true);
    rmSync(other);
    expect(backupsOf(path)).toHaveLength(3);
    const numbers = numbersIn(readAll(path));
    expect(numbers).toEqual(range(500 - numbers.length, numbers.length));
  });

  test("and compresses backups, with their permissions, and counts them as backups", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter } = makeFileExporter({
      path,
      maxSizeMb: 8 * KIB,
      maxBackups: 3,
      compress: true,
      mode: 0o640,
    });
    await start(exporter);
    for (let i = 0; i < 5; i++) exporter.write(batchOf(numbered(i * 100, 100, 80)));
    await exporter.stop(patient());
    const backups = backupsOf(path);
    expect(backups).toHaveLength(3);
    for (const name of backups) {
      expect(name).toEndWith(".log.gz");
      expect(statSync(join(directory.path, name)).mode & 0o777).toBe(0o640);
    }
    const numbers = numbersIn(readAll(path));
    expect(numbers).toEqual(range(500 - numbers.length, numbers.length));
  });

  test("and finishes at the next start what a kill has interrupted", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const plain = join(directory.path, "events-2026-01-02T03-04-05.678.log");
    writeFileSync(plain, '{"n":0}\n');
    writeFileSync(`${plain}.gz.tmp`, "torn");
    const { exporter } = makeFileExporter({ path, compress: true });
    await start(exporter);
    exporter.write(batchOf(numbered(1, 1)));
    await exporter.stop(patient());
    expect(backupsOf(path)).toEqual(["events-2026-01-02T03-04-05.678.log.gz"]);
    expect(numbersIn(readAll(path))).toEqual([0, 1]);
  });

  test("into another file when the backup's name is taken", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter } = makeFileExporter({ path, maxSizeMb: KIB / 16, maxBackups: 0 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 300)));
    await exporter.stop(patient());
    expect(numbersIn(readAll(path))).toEqual(range(0, 300));
  });
});

describe("createFileExporter() beside other programs", () => {
  test("goes on under the name after reload(), as logrotate's rename wants it", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const moved = join(directory.path, "events.log.1");
    const { exporter, counters } = makeFileExporter({ path });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await until(() => counters.exported === 10, "events are written");
    renameSync(path, moved);
    exporter.write(batchOf(numbered(10, 10)));
    await until(() => counters.exported === 20, "events are written");
    exporter.reload?.();
    exporter.write(batchOf(numbered(20, 10)));
    await exporter.stop(patient());
    expect(numbersIn(readFileSync(moved, "utf8"))).toEqual(range(0, 20));
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual(range(20, 10));
  });

  test("leaves a file alone that another program has put in its place, and appends to it", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter, counters } = makeFileExporter({ path, maxSizeMb: 8 * KIB });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await until(() => counters.exported === 10, "events are written");
    renameSync(path, join(directory.path, "aside"));
    writeFileSync(path, '{"n":-1}\n');
    exporter.write(batchOf(numbered(10, 10, 1000)));
    await exporter.stop(patient());
    expect(counters.exported).toBe(20);
    expect(numbersIn(readAll(path))).toEqual([...range(0, 17), -1, 17, 18, 19]);
  });

  test("notices a file that was cut short, as logrotate's copytruncate does", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter, counters } = makeFileExporter({ path, maxSizeMb: 2 * KIB });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1, 1500)));
    await until(() => counters.exported === 1, "events are written");
    truncateSync(path);
    exporter.write(batchOf(numbered(1, 1, 1500)));
    await exporter.stop(patient());
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual([1]);
    expect(backupsOf(path)).toEqual([]);
  });

  test("writes on to the open file when it cannot rotate, and says so", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter, counters, messages } = makeFileExporter({ path, maxSizeMb: KIB });
    await start(exporter);
    rmSync(path);
    mkdirSync(path);
    exporter.write(batchOf(numbered(0, 200)));
    await exporter.stop(patient());
    expect(counters.exported).toBe(200);
    expect(messages.filter((line) => line.startsWith("warn Cannot rotate or reopen"))).toHaveLength(1);
  });
});
