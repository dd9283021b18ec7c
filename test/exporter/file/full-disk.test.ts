import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExporterCounters } from "../../../src/telemetry/counters.ts";
import { canMount, mountSmallDisk } from "../small-disk.ts";
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
import { backupsOf, makeFileExporter, readAll } from "./support.ts";

const CHILD = join(import.meta.dir, "writer-child.ts");

describe.skipIf(!canMount)("createFileExporter() on a full disk", () => {
  test("keeps whole lines in the file and events in the queue, and goes on when there is room", async () => {
    using disk = mountSmallDisk()!;
    const path = join(disk.path, "a.log");
    const ballast = join(disk.path, "ballast");
    writeFileSync(ballast, new Uint8Array(128 * 1024));
    const { exporter, counters, messages } = makeFileExporter({ path });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 200, 1000)));
    await until(() => counters.retries > 0, "the disk is full");
    const whileFull = numbersIn(readFileSync(path, "utf8"));
    expect(whileFull).toEqual(range(0, counters.exported));
    expect(whileFull.length).toBeGreaterThan(50);
    expect(whileFull.length).toBeLessThan(200);
    expect(messages.filter((line) => line.startsWith("warn Cannot write events"))).toHaveLength(1);
    expect(messages.join("\n")).toContain("ENOSPC");

    rmSync(ballast);
    exporter.write(batchOf(numbered(200, 10)));
    await until(() => counters.exported === 210, "all events are written");
    await exporter.stop(patient());
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual(range(0, 210));
    expect(counters.queue_full + counters.send_failed).toBe(0);
    expect(messages.join("\n")).toContain("info Events are written again");
  });

  test("makes sources wait once the queue is half full, for as long as the disk is, and loses nothing", async () => {
    using disk = mountSmallDisk()!;
    const path = join(disk.path, "d.log");
    const ballast = join(disk.path, "ballast");
    writeFileSync(ballast, new Uint8Array(200 * 1024));
    const { exporter, counters } = makeFileExporter({
      path,
      queue: { maxEvents: 100, maxBytes: 1024 * 1024 },
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 150, 1000)));
    await until(() => counters.retries > 0, "the disk is full");
    let isReady = false;
    const waiting = exporter.ready()!.then(() => {
      isReady = true;
    });
    await until(() => counters.retries > 1, "a second try has failed");
    expect(isReady).toBe(false);
    rmSync(ballast);
    await waiting;
    await exporter.stop(patient());
    expect(counters).toMatchObject({ exported: 150, queue_full: 0, send_failed: 0 });
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual(range(0, 150));
  });

  test("drops the newest events once the queue is full where a source cannot wait, and counts all that it could not write", async () => {
    using disk = mountSmallDisk()!;
    const path = join(disk.path, "b.log");
    const { exporter, counters, messages } = makeFileExporter({
      path,
      queue: { maxEvents: 100, maxBytes: 1024 * 1024 },
    });
    await start(exporter);
    let sent = 0;
    while (counters.retries === 0 || counters.queue_full < 500) {
      exporter.offer(batchOf(numbered(sent, 50, 1000)));
      sent += 50;
      await Bun.sleep(0);
      if (sent > 100_000) throw new Error("the disk does not fill up");
    }
    await exporter.stop(AbortSignal.timeout(50));
    const { exported, queue_full, send_failed } = counters;
    expect(exported + queue_full + send_failed).toBe(sent);
    expect(send_failed).toBeGreaterThan(0);
    expect(numbersIn(readFileSync(path, "utf8"))).toHaveLength(exported);
    expect(messages.filter((line) => line.startsWith("warn Event queue is full"))).toHaveLength(1);
  });

  test("keeps the plain backup when there is no room to compress it", async () => {
    using disk = mountSmallDisk()!;
    const path = join(disk.path, "c.log");
    // Text that does not shrink.
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("base64");
    const backup = join(disk.path, "c-2026-01-02T03-04-05.678.log");
    writeFileSync(backup, noise);
    writeFileSync(join(disk.path, "ballast"), new Uint8Array(160 * 1024));
    const { exporter, messages } = makeFileExporter({ path, compress: true });
    await start(exporter);
    await until(() => messages.some((line) => line.includes("Cannot tidy up")), "compressing fails");
    await exporter.stop(patient());
    expect(backupsOf(path).filter((name) => name.startsWith("c-"))).toEqual([
      "c-2026-01-02T03-04-05.678.log",
    ]);
    expect(readFileSync(backup, "utf8")).toBe(noise);
  });
});

describe("createFileExporter() at the limit for the size of a file", () => {
  /** Runs the writer where a file may have 64 KiB: writing beyond fails with EFBIG. */
  function runLimited(path: string, count: number, padding: number) {
    const script = 'ulimit -f 64; exec "$0" "$@"';
    const args = ["-c", script, process.execPath, CHILD, path, String(count), String(padding)];
    const { stdout, stderr } = spawnSync("bash", args, { encoding: "utf8" });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as ExporterCounters;
  }

  test("rotates and loses nothing", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    expect(runLimited(path, 150, 1000)).toMatchObject({ exported: 150, send_failed: 0, queue_full: 0 });
    expect(numbersIn(readAll(path))).toEqual(range(0, 150));
    expect(backupsOf(path).length).toBeGreaterThanOrEqual(2);
  }, 20_000);

  test("gives up an event that no file can hold, and no other", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "events.log");
    expect(runLimited(path, 50, 100_000)).toMatchObject({ exported: 0, send_failed: 50, queue_full: 0 });
    expect(statSync(path).size).toBe(0);
  }, 20_000);
});
