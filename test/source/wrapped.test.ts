/** Lines that Docker's json-file driver and systemd's journal wrap are read as the lines in them. */
import { describe, expect, test } from "bun:test";
import { LineCursor } from "../../src/source/line-cursor.ts";
import { LineSplitter } from "../../src/source/line-splitter.ts";
import { writeLast, writeLines } from "../../src/source/pump.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { MemorySink } from "./harness.ts";

const EXEC = '{"process_exec":{"process":{"binary":"/bin/ä","arguments":"\\"--password=x\\""}}}';
const TIME = "2024-01-01T00:00:00.000000000Z";

const docker = (log: string, stream = "stdout", more = {}) =>
  JSON.stringify({ log, stream, ...more, time: TIME });
const journal = (message: unknown, more = {}) =>
  JSON.stringify({ __CURSOR: "s=1", MESSAGE: message, _PID: "7", PRIORITY: "6", ...more });

async function read(lines: readonly string[], { silentUntil = 0, maxLineBytes = 1024 * 1024 } = {}) {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const sink = new MemorySink();
  const counters = createCounters();
  const splitter = new LineSplitter({ maxLineBytes, counters, onTooLong: () => undefined });
  const cursor = new LineCursor();
  cursor.silentUntil = silentUntil;
  splitter.select(cursor);
  for (let at = 0; at < bytes.length; ) {
    const room = splitter.room();
    const piece = bytes.subarray(at, at + Math.min(1000, room.length));
    room.set(piece);
    splitter.added(piece.length);
    at += piece.length;
    await writeLines(splitter, sink);
  }
  await writeLast(splitter, sink);
  return { lines: sink.lines.map((line) => line.slice(0, -1)), positions: sink.positions, counters, bytes };
}

describe("Docker's json-file", () => {
  test("is unwrapped, with attributes and without", async () => {
    const lines = [
      docker(`${EXEC}\n`),
      docker(`${EXEC}\n`, "stderr", { attrs: { tag: "x" } }),
      EXEC,
      docker(EXEC),
    ];
    const { lines: out, counters, positions, bytes } = await read(lines);
    expect(out).toEqual([EXEC, EXEC, EXEC, EXEC]);
    expect(counters.read).toBe(4);
    expect(positions.at(-1)).toBe(bytes.length);
  });

  test.each([
    ["NUL bytes of a power loss", "\0".repeat(5000)],
    ["a byte order mark", "\ufeff"],
    ["a record separator", "\u001e"],
  ])("is unwrapped behind %s", async (_what, before) => {
    const { lines: out, counters } = await read([before + docker(`${EXEC}\n`), before + journal(EXEC)]);
    expect(out).toEqual([EXEC, EXEC]);
    expect(counters.read).toBe(2);
  });

  test("parts are joined, each stream by itself", async () => {
    const long = EXEC.replace("/bin/ä", "b".repeat(40_000));
    const other = EXEC.replace("/bin/ä", "c".repeat(20_000));
    const part = (text: string, from: number, to?: number) =>
      text.slice(from * 16384, (to ?? from + 1) * 16384);
    const lines = [
      docker(part(long, 0)),
      docker(part(other, 0), "stderr"),
      docker(part(long, 1)),
      docker(`${part(other, 1, 9)}\n`, "stderr"),
      docker(`${part(long, 2, 9)}\n`),
      docker(`${EXEC}\n`),
    ];
    const { lines: out, counters } = await read(lines);
    expect(out).toEqual([other, long, EXEC]);
    expect(counters.read).toBe(3);
  });

  test("parts from before a restart complete the line after it, and count once", async () => {
    const long = EXEC.replace("/bin/ä", "b".repeat(20_000));
    const lines = [docker(`${EXEC}\n`), docker(long.slice(0, 16384)), docker(`${long.slice(16384)}\n`)];
    const silentUntil = Buffer.byteLength(`${lines[0]}\n${lines[1]}\n`);
    const { lines: out, counters } = await read(lines, { silentUntil });
    expect(out).toEqual([long]);
    expect(counters.read).toBe(1);
  });

  test("a line that grows over the limit is counted, and the next one is whole", async () => {
    const { lines: out, counters } = await read(
      [docker("x".repeat(9000)), docker("x".repeat(9000)), docker("x\n"), docker(`${EXEC}\n`)],
      { maxLineBytes: 10_000 },
    );
    expect(out).toEqual([EXEC]);
    expect(counters).toMatchObject({ read: 2, line_too_long: 1 });
  });

  test("what looks like it and is not stays as it is", async () => {
    const lines = [
      '{"log":5,"stream":"stdout"}',
      `{"log":"x","kubernetes":{}}`,
      '{"log":"cut',
      '{"logger":"x"}',
      `{"log":"x","time":"${TIME}","process_exec":{}}`,
      `{"log":${"[".repeat(5000)}`,
    ];
    expect((await read(lines)).lines).toEqual(lines);
  });
});

describe("journalctl -o json", () => {
  test("is unwrapped, as text and as bytes, whatever comes first", async () => {
    const bytes = [...Buffer.from(EXEC)];
    const lines = [
      journal(EXEC),
      journal(bytes),
      JSON.stringify({ MESSAGE: EXEC, _BOOT_ID: "b" }),
      JSON.stringify({ _TRANSPORT: "stdout", __REALTIME_TIMESTAMP: "1", MESSAGE: EXEC }),
    ];
    expect((await read(lines)).lines).toEqual([EXEC, EXEC, EXEC, EXEC]);
  });

  test("lines that the journal divided are joined, of two services at once", async () => {
    const part = (text: string, id: string, isPartial: boolean) =>
      journal(text, { _STREAM_ID: id, ...(isPartial && { _LINE_BREAK: "line-max" }) });
    const lines = [
      part(EXEC.slice(0, 20), "a", true),
      part("[1,", "b", true),
      part(EXEC.slice(20, 30), "a", true),
      part("2]", "b", false),
      part(EXEC.slice(30), "a", false),
      part(EXEC, "b", false),
    ];
    expect((await read(lines)).lines).toEqual(["[1,2]", EXEC, EXEC]);
  });

  test("a document over several lines is one line", async () => {
    const pretty = JSON.stringify(JSON.parse(EXEC), null, 1);
    const { lines } = await read([journal(pretty)]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([JSON.parse(EXEC)]);
  });

  test("an entry without a message stays as it is, for others to refuse", async () => {
    const lines = [journal(null), journal(["a", "b"]), '{"MESSAGE":"{}"}', '{"Other":{}}'];
    expect((await read(lines)).lines).toEqual(lines);
  });
});
