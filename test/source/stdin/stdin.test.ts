import { describe, expect, test } from "bun:test";
import { type SpawnSyncOptions, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { numbered, TestDirectory } from "../harness.ts";

const CHILD = join(import.meta.dir, "stdin-child.ts");

interface Report {
  readonly lines: number;
  readonly last?: string;
  readonly read: number;
  readonly messages: string[];
}

function run(options: SpawnSyncOptions): Report {
  const { stderr, status } = spawnSync(process.execPath, [CHILD], { ...options, encoding: "utf8" });
  expect(status).toBe(0);
  return JSON.parse(stderr as string) as Report;
}

/** Runs a command line in which `child` stands for the source. */
function shell(command: string): Report {
  const line = command.replace("child", `"${process.execPath}" "${CHILD}"`);
  const { stderr, status } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  expect(status).toBe(0);
  return JSON.parse(stderr) as Report;
}

describe("StdinSource takes for no text", () => {
  const text = numbered(0, 3000).join("");
  test.each([
    ["gzip", gzipSync(text)],
    ["zstd", zstdCompressSync(text)],
    ["binary data", brotliCompressSync(text)],
  ])("%s, from a pipe and from a file", (format, input) => {
    const refused = {
      lines: 0,
      read: 0,
      messages: [expect.stringContaining(`"error":"found ${format}, needs text"`)],
    };
    expect(run({ input })).toEqual(refused);
    using directory = new TestDirectory();
    directory.write("in", input);
    expect(shell(`child <"${directory.at("in")}"`)).toEqual(refused);
  });
});

describe("StdinSource ends at the end of", () => {
  test("a pipe, with a last line without a newline", () => {
    const input = `${numbered(0, 20_000).join("")}{"last":1}`;
    expect(run({ input })).toEqual({ lines: 20_001, last: `{"last":1}\n`, read: 20_001, messages: [] });
  });

  test("a pipe whose writer pauses within a line, and between lines", () => {
    const command = `{ printf '{"n":'; sleep 0.2; printf '1}\\n'; sleep 0.2; echo '{"n":2}'; } | child`;
    expect(shell(command)).toEqual({ lines: 2, last: '{"n":2}\n', read: 2, messages: [] });
  });

  test("a pipe with more lines than it has room for, and a line that is longer", () => {
    const long = `{"long":"${"x".repeat(3_000_000)}"}\n`;
    const input = numbered(0, 200_000).join("") + long + numbered(0, 10).join("");
    expect(run({ input })).toMatchObject({ lines: 200_011, last: '{"n":9}\n', messages: [] });
  });

  test("a pipe whose descriptor others use, and leaves its mode alone", () => {
    const command = `echo '{"n":1}' | { child; grep flags /proc/self/fdinfo/0 >&2; }`;
    const line = command.replace("child", `"${process.execPath}" "${CHILD}"`);
    const { stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    const [report, mode] = stderr.split("flags:");
    expect(JSON.parse(report!)).toMatchObject({ lines: 1 });
    // O_NONBLOCK is 04000.
    expect(Number.parseInt(mode!.trim(), 8) & 0o4000).toBe(0);
  });

  test("a file, from where it stands", () => {
    using directory = new TestDirectory();
    directory.write("in", numbered(0, 20_000).join(""));
    const command = `{ dd bs=8 count=3 status=none >/dev/null; child; } <"${directory.at("in")}"`;
    expect(shell(command)).toMatchObject({ lines: 19_997, last: `{"n":19999}\n` });
  });

  test("a FIFO", () => {
    using directory = new TestDirectory();
    const fifo = directory.at("fifo");
    expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
    expect(shell(`printf '{}\\n\\n{"a":1}' >"${fifo}" & child <"${fifo}"`)).toMatchObject({
      lines: 2,
      read: 2,
    });
  });

  test("nothing: /dev/null, and a closed descriptor", () => {
    expect(shell("child </dev/null")).toEqual({ lines: 0, read: 0, messages: [] });
    expect(shell("child <&-")).toMatchObject({ lines: 0, read: 0 });
  });

  // `script` comes with util-linux; without it there is no terminal to be had here.
  test.skipIf(Bun.which("script") === null)("a terminal", () => {
    const script = spawnSync("script", ["-qec", `"${process.execPath}" "${CHILD}"`, "/dev/null"], {
      input: `{"typed":1}\n\u0004`,
      encoding: "utf8",
    });
    expect(script.stdout).toContain(`"lines":1`);
  });
});

test("StdinSource stops while it waits for a pipe", async () => {
  const child = spawn(process.execPath, [CHILD, "50"], { stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.write(`{"a":1}\n{"b"`);
  let report = "";
  child.stderr.on("data", (data) => {
    report += data;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  child.stdin.destroy();
  expect(code).toBe(0);
  expect(JSON.parse(report)).toMatchObject({ lines: 1, last: `{"a":1}\n` });
});
