import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canMount, mountSmallDisk } from "../small-disk.ts";
import { accountedFor, batchOf, numbered, patient, start, until } from "../support.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { exporterTo } from "./support.ts";

const RECORD_MAGIC = Buffer.from("tdQR");

/** How many whole records the segments of a queue have, and whether one of them ends inside of a record. */
function recordsIn(directory: string): { records: number; isTorn: boolean } {
  let [records, isTorn] = [0, false];
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(".events")) continue;
    const bytes = readFileSync(join(directory, name));
    let at = 64;
    for (; at + 64 <= bytes.length; at += 64 + bytes.readUInt32LE(at + 8)) {
      if (!bytes.subarray(at, at + 4).equals(RECORD_MAGIC)) break;
      records++;
    }
    isTorn ||= at !== bytes.length;
  }
  return { records, isTorn };
}

describe.skipIf(!canMount)("a queue on a full disk", () => {
  test("takes back what did not fit, says so, counts what is dropped, and goes on when there is room", async () => {
    using disk = mountSmallDisk(1024)!;
    const directory = join(disk.path, "queue");
    const ballast = join(disk.path, "ballast");
    writeFileSync(ballast, new Uint8Array(700 * 1024));
    await using cluster = new FakeCluster();
    cluster.always = () => new Response("", { status: 503 });
    const { exporter, settings, messages } = exporterTo(
      cluster.url,
      { "elasticsearch-queue-dir": directory, "elasticsearch-backoff-max": 100 },
      { queue: { maxEvents: 100, maxBytes: 1024 * 1024 } },
    );
    await start(exporter);
    for (let i = 0; i < 1000; i += 50) exporter.offer(batchOf(numbered(i, 50, 1000), i));
    const { counters } = settings;
    expect(counters.queue_full).toBeGreaterThan(500);
    expect(messages.filter((line) => line.includes("Cannot write to the queue on disk"))).toHaveLength(1);
    expect(messages.join("\n")).toContain("ENOSPC");
    expect(recordsIn(directory).isTorn).toBe(false);
    expect(exporter.queued.events + counters.queue_full).toBe(1000);

    rmSync(ballast);
    cluster.always = undefined;
    await until(() => exporter.queued.events === 0, "all that was kept is delivered");
    exporter.offer(batchOf(numbered(1000, 50), 1000));
    await exporter.stop(patient());
    expect(accountedFor(counters)).toBe(1050);
    expect(cluster.messages.length).toBe(counters.exported);
    expect(new Set(cluster.messages).size).toBe(counters.exported);
  });

  test("a source that can wait does so, and loses nothing", async () => {
    using disk = mountSmallDisk(512)!;
    await using cluster = new FakeCluster();
    let isAway = true;
    cluster.always = ({ take }) => (isAway ? new Response("", { status: 503 }) : take());
    const { exporter, settings } = exporterTo(
      cluster.url,
      { "elasticsearch-queue-dir": join(disk.path, "queue") },
      { queue: { maxEvents: 100, maxBytes: 1024 * 1024 } },
    );
    await start(exporter);
    let i = 0;
    for (; exporter.ready() === undefined; i += 50) exporter.write(batchOf(numbered(i, 50, 1000), i));
    expect(i).toBeLessThan(1000);
    isAway = false;
    for (; i < 1000; i += 50) {
      await exporter.ready();
      exporter.write(batchOf(numbered(i, 50, 1000), i));
    }
    await exporter.stop(patient());
    expect(new Set(cluster.messages)).toEqual(new Set(numbered(0, 1000, 1000)));
    expect(settings.counters).toMatchObject({ exported: 1000, queue_full: 0, send_failed: 0 });
    expect(statSync(join(disk.path, "queue")).isDirectory()).toBe(true);
  });
});
