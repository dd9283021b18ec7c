import { describe, expect, test } from "bun:test";
import { createBlackholeExporter } from "../../../src/exporter/blackhole/index.ts";
import { batchOf, exporterSettings, numbered, patient, start } from "../support.ts";

describe("createBlackholeExporter()", () => {
  test("takes and counts every event, and makes nobody wait", async () => {
    const settings = exporterSettings({ name: "blackhole", queue: { maxEvents: 1, maxBytes: 64 } });
    const exporter = createBlackholeExporter(settings);
    await start(exporter);
    const lines = numbered(0, 500, 100);
    exporter.write(batchOf(lines));
    exporter.offer(batchOf(lines));
    expect(exporter.ready()).toBeUndefined();
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({
      exported: 1000,
      bytes_exported: 2 * (lines.join("\n").length + 1),
      queue_full: 0,
      send_failed: 0,
    });
  });
});
