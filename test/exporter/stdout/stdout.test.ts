import { describe, expect, test } from "bun:test";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createStreamExporter } from "../../../src/exporter/stdout/index.ts";
import { testExporterContract } from "../contract.ts";
import { numbersIn, range, temporaryDirectory, until } from "../support.ts";
import type { ChildOptions, ChildReport } from "./child.ts";

const CHILD = join(import.meta.dir, "child.ts");

testExporterContract("createStreamExporter() on a pipe", async (settings) => {
  const directory = temporaryDirectory();
  const path = join(directory.path, "fifo");
  execFileSync("mkfifo", [path]);
  const reader = Bun.spawn(["cat", path], { stdout: "pipe", stderr: "ignore" });
  const pipe = await open(path, "w");
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await pipe.close();
    isClosed = true;
  };
  return {
    exporter: createStreamExporter(pipe.fd, settings),
    async arrived() {
      await close();
      return (await new Response(reader.stdout).text()).split("\n").slice(0, -1);
    },
    async [Symbol.asyncDispose]() {
      await close();
      await reader.exited;
      directory[Symbol.dispose]();
    },
  };
});

/** Starts the child with its standard output at `stdout`, a descriptor or a new pipe. */
function startChild(options: Partial<ChildOptions>, stdout: number | "pipe" = "pipe") {
  const defaults: ChildOptions = {
    count: 1000,
    padding: 0,
    maxEvents: 10_000,
    isPatient: true,
    stopMs: 20_000,
  };
  const child = spawn(process.execPath, [CHILD, JSON.stringify({ ...defaults, ...options })], {
    stdio: ["pipe", stdout, "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let errors = "";
  child.stderr!.on("data", (chunk) => {
    errors += chunk;
  });
  // A child that is gone needs no answer.
  child.stdin!.on("error", () => {});
  return {
    child,
    /** Lets the child go on where it waits: see `pauseBefore`. */
    async resume(): Promise<void> {
      await until(() => errors.includes("waiting\n"), "the child waits");
      child.stdin!.end("go\n");
    },
    async report(): Promise<ChildReport> {
      await ended;
      return JSON.parse(errors.trimEnd().split("\n").at(-1)!) as ChildReport;
    },
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

describe("createStdoutExporter()", () => {
  test("writes agent_init and every event to a pipe, and nothing else", async () => {
    const { child, report } = startChild({ count: 5000, padding: 500 });
    const text = collect(child.stdout!);
    const { counters } = await report();
    expect(numbersIn(text())).toEqual([-1, ...range(0, 5000)]);
    expect(counters).toMatchObject({ exported: 5000, queue_full: 0, send_failed: 0 });
  });

  test("goes on working and drops the newest events while the reader sleeps", async () => {
    const { child, report, resume } = startChild({
      count: 3000,
      padding: 1000,
      maxEvents: 500,
      isPatient: false,
      pauseBefore: 2900,
    });
    // Nothing is read before the child waits for input: its pipe is full by then.
    await resume();
    const text = collect(child.stdout!);
    const { counters, accounted, messages } = await report();
    const numbers = numbersIn(text());
    expect(numbers[0]).toBe(-1);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.length - 1).toBe(counters.exported);
    expect(counters.queue_full).toBeGreaterThan(0);
    expect(accounted).toBe(3000);
    expect(messages.filter((line) => line.startsWith("warn Event queue is full"))).toHaveLength(1);
  });

  test("ends in time and counts what is left when nobody reads", async () => {
    const { child, report } = startChild({ count: 1000, padding: 1000, stopMs: 100 });
    const { counters, accounted } = await report();
    expect(accounted).toBe(1000);
    expect(counters.send_failed).toBeGreaterThan(0);
    child.stdout!.destroy();
  });

  test("counts, warns once and goes on when the reader has gone away", async () => {
    const { child, report, resume } = startChild({ count: 3000, padding: 200, pauseBefore: 1000 });
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    child.stdout!.destroy();
    await resume();
    const { counters, accounted, messages } = await report();
    expect(accounted).toBe(3000);
    expect(counters.send_failed).toBeGreaterThanOrEqual(1900);
    const warnings = messages.filter((line) => line.startsWith("warn"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("EPIPE");
  });

  test("writes to a file that the shell has opened", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.json");
    const fd = openSync(path, "w");
    const { report } = startChild({ count: 5000, padding: 500 }, fd);
    const { counters } = await report();
    closeSync(fd);
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual([-1, ...range(0, 5000)]);
    expect(counters.exported).toBe(5000);
  });

  test("counts and warns once when the device is full", async () => {
    const fd = openSync("/dev/full", "w");
    const { counters, messages } = await startChild({}, fd).report();
    closeSync(fd);
    expect(counters).toMatchObject({ exported: 0, send_failed: 1000, queue_full: 0 });
    const failures = messages.filter((line) => line.startsWith("warn Cannot write events"));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain("ENOSPC");
  });

  test("throws nothing away on /dev/null", async () => {
    const fd = openSync("/dev/null", "w");
    const { counters } = await startChild({}, fd).report();
    closeSync(fd);
    expect(counters.exported).toBe(1000);
  });
});
