import { describe, expect, test } from "bun:test";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename, join } from "node:path";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { openLogFile } from "../../../src/telemetry/log-file.ts";
import {
  batchOf,
  numbered,
  numbersIn,
  patient,
  range,
  start,
  temporaryDirectory,
  until,
} from "../support.ts";
import { backupsOf, makeFileExporter } from "./support.ts";

const KIB = 1 / 1024;
const isRoot = process.geteuid?.() === 0;
const STRANGER = 65_533;

async function reasonOf(path: string): Promise<string> {
  const { exporter } = makeFileExporter({ path });
  const error = await exporter.start().then(
    () => new Error("it has started"),
    (reason: unknown) => reason as Error,
  );
  await exporter.stop(patient());
  return error.message;
}

describe("createFileExporter() writes to what is no file, without rotation", () => {
  test("a FIFO: waits for its reader, and for the next one", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "fifo");
    execFileSync("mkfifo", [path]);
    const { exporter, counters, messages } = makeFileExporter({ path, maxSizeMb: KIB });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await until(() => messages.length > 0, "a message about the reader");
    expect(counters).toMatchObject({ exported: 0, send_failed: 0 });
    const reader = Bun.spawn(["cat", path], { stdout: "pipe" });
    await until(() => counters.exported === 100, "all to be exported");
    await exporter.stop(patient());
    expect(numbersIn(await new Response(reader.stdout).text())).toEqual(range(0, 100));
    await reader.exited;
    expect(backupsOf(path)).toEqual([]);
  });

  test("/dev/null", async () => {
    const { exporter, counters } = makeFileExporter({ path: "/dev/null", maxSizeMb: KIB });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await exporter.stop(patient());
    expect(counters).toMatchObject({ exported: 100, send_failed: 0 });
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("a descriptor of its own that is a file: it is neither cut nor rotated", async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "events.log");
    fs.writeFileSync(file, '{"n":');
    const fd = fs.openSync(file, "a");
    const { exporter, counters } = makeFileExporter({ path: `/proc/self/fd/${fd}`, maxSizeMb: KIB });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await exporter.stop(patient());
    fs.closeSync(fd);
    expect(counters.exported).toBe(100);
    expect(fs.readFileSync(file, "utf8")).toStartWith('{"n":{"n":0');
    expect(backupsOf(file)).toEqual([]);
  });
});

test("a directory is refused for what it is, not for whom it belongs to", async () => {
  using directory = temporaryDirectory();
  expect(await reasonOf(directory.path)).toEndWith(": EISDIR: it is a directory");
});

test.skipIf(!isRoot)(
  "a new file belongs to whom the agent will change to, so that it can be opened anew",
  async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    const { exporter } = makeFileExporter({ path, user: STRANGER });
    await start(exporter);
    await exporter.stop(patient());
    expect(fs.statSync(path).uid).toBe(STRANGER);
  },
);

describe("createFileExporter() through symbolic links", () => {
  test("rotates the file and not the link", async () => {
    using directory = temporaryDirectory();
    const data = join(directory.path, "data");
    fs.mkdirSync(data);
    fs.mkdirSync(join(directory.path, "log"));
    const link = join(directory.path, "log", "events.log");
    fs.symlinkSync("../data/events.log", link);
    const { exporter } = makeFileExporter({ path: link, maxSizeMb: KIB, maxBackups: 0 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 200)));
    await exporter.stop(patient());
    expect(fs.readlinkSync(link)).toBe("../data/events.log");
    expect(fs.readdirSync(join(directory.path, "log"))).toEqual(["events.log"]);
    const names = fs.readdirSync(data).sort();
    expect(names.length).toBeGreaterThan(1);
    const texts = names.map((name) => fs.readFileSync(join(data, name), "utf8"));
    expect(numbersIn(texts.join(""))).toEqual(range(0, 200));
  });

  test.skipIf(!isRoot)(
    "refuses a link that another user has made, and leaves the file as it is",
    async () => {
      using directory = temporaryDirectory();
      const precious = join(directory.path, "precious");
      fs.writeFileSync(precious, "first\n{ second");
      const link = join(directory.path, "events.log");
      fs.symlinkSync(precious, link);
      fs.lchownSync(link, STRANGER, STRANGER);
      expect(await reasonOf(link)).toContain(`symbolic link ${link} owned by user ${STRANGER}`);
      expect(fs.readFileSync(precious, "utf8")).toBe("first\n{ second");
    },
  );

  test.skipIf(!isRoot)(
    "refuses a directory on the way that another user owns, or that everybody may write",
    async () => {
      using directory = temporaryDirectory();
      const shared = join(directory.path, "shared");
      fs.mkdirSync(join(shared, "below"), { recursive: true });
      fs.chmodSync(shared, 0o777);
      const path = join(shared, "below", "events.log");
      expect(await reasonOf(path)).toContain(`directory ${shared}, which everybody may write`);
      const link = join(directory.path, "link");
      fs.symlinkSync(shared, link);
      expect(await reasonOf(join(link, "below", "events.log"))).toContain("everybody may write");
      fs.chmodSync(shared, 0o755);
      fs.chownSync(shared, STRANGER, STRANGER);
      expect(await reasonOf(path)).toContain(`directory ${shared} owned by user ${STRANGER}`);
      expect(await reasonOf(path)).toEndWith("or name its owner with --user");
      expect(fs.readdirSync(join(shared, "below"))).toEqual([]);
    },
  );

  test.skipIf(!isRoot)(
    "refuses a file with a second name in a directory for everybody, as /tmp is one",
    async () => {
      using directory = temporaryDirectory();
      const precious = join(directory.path, "precious");
      fs.writeFileSync(precious, "x\n");
      const shared = join(directory.path, "tmp");
      fs.mkdirSync(shared);
      fs.chmodSync(shared, 0o1777);
      fs.linkSync(precious, join(shared, "events.log"));
      expect(await reasonOf(join(shared, "events.log"))).toContain("2 names");
      expect(await reasonOf(join(shared, "other.log"))).toBe("it has started");
    },
  );
});

test("createFileExporter() does not let files that are named for a time to come push its own backups out", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "events.log");
  const future = [1, 2, 3].map((day) => `events-2099-01-0${day}T00-00-00.000.log`);
  for (const name of future) fs.writeFileSync(join(directory.path, name), "");
  fs.symlinkSync("/dev/null", join(directory.path, "events-2001-01-01T00-00-00.000.log"));
  const { exporter } = makeFileExporter({ path, maxSizeMb: KIB, maxBackups: 2 });
  await start(exporter);
  exporter.write(batchOf(numbered(0, 300)));
  await exporter.stop(patient());
  const names = backupsOf(path);
  expect(names.filter((name) => name.includes("2099"))).toEqual(future);
  const own = names.filter((name) => !/2099|2001/.test(name));
  expect(own).toHaveLength(2);
  const texts = [...own, basename(path)].map((name) => fs.readFileSync(join(directory.path, name), "utf8"));
  expect(numbersIn(texts.join("")).at(-1)).toBe(299);
});

test("createFileExporter() does not write to what the log or the checkpoint has, whatever its name, and says which", async () => {
  using directory = temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  execFileSync("mkfifo", [at("fifo")]);
  const reader = fs.openSync(at("fifo"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  for (const name of ["log", "fifo"]) {
    const log = openLogFile(at(name));
    fs.symlinkSync(at(name), at(`${name}-soft`));
    fs.linkSync(at(name), at(`${name}-hard`));
    for (const other of [name, `${name}-soft`, `${name}-hard`])
      expect(await reasonOf(at(other))).toContain("--log-file writes to it");
    log.close();
    expect(await reasonOf(at(`${name}-soft`))).toBe("it has started");
  }
  fs.closeSync(reader);
  fs.mkdirSync(at("state"));
  const checkpoint = Checkpoint.open(at("state/checkpoint"));
  fs.linkSync(at("state/checkpoint"), at("events.log"));
  expect(await reasonOf(at("events.log"))).toContain("--checkpoint-file writes to it");
  expect(() => openLogFile(at("events.log"))).toThrow("--checkpoint-file writes to it");
  checkpoint.close();
});

test("createFileExporter() does not write to standard output's file", () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "out.log");
  const stdout = fs.openSync(path, "a");
  const program = `
    import { makeFileExporter } from ${JSON.stringify(join(import.meta.dir, "support.ts"))};
    const { exporter } = makeFileExporter({ path: ${JSON.stringify(path)} });
    await exporter.start().catch((error) => process.stderr.write(error.message));`;
  const { stderr } = spawnSync(process.execPath, ["-e", program], { stdio: ["ignore", stdout, "pipe"] });
  fs.closeSync(stdout);
  expect(stderr.toString()).toContain("standard output");
});
