import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { LogRecord } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/logs/v1/logs_pb.ts";
import { REAL_LINES } from "../../encoding/ecs/support.ts";
import { batchOf, metadataOf, numbered, start, until } from "../support.ts";
import { Collector, SDK } from "./collector.ts";
import { attributesOf, Receiver } from "./receiver.ts";
import { exporterTo } from "./support.ts";

const patient = () => AbortSignal.timeout(60_000);

/** What a record says, to be compared. */
function said({ attributes, body, ...record }: LogRecord) {
  const { timeUnixNano, severityNumber, severityText, eventName } = record;
  return {
    ...{ timeUnixNano, severityNumber, severityText, eventName },
    body: body?.value,
    attributes: attributesOf(attributes),
  };
}

const sorted = (records: readonly LogRecord[]) =>
  records.map(said).sort((a, b) => (String(a.body?.value) < String(b.body?.value) ? -1 : 1));

const WAYS = ["http/protobuf", "grpc"].flatMap((protocol) =>
  (["none", "gzip", "zstd"] as const).map(
    (compression) => [protocol as "http/protobuf" | "grpc", compression] as const,
  ),
);

describe("through a real Collector", () => {
  test("every recorded event arrives as it was sent, whichever way", async () => {
    await using direct = new Receiver();
    const { exporter } = await exporterTo(direct.url);
    await start(exporter);
    exporter.write(batchOf(REAL_LINES));
    await exporter.stop(patient());
    for (const [protocol, compression] of WAYS) {
      await using behind = new Receiver();
      await using collector = await Collector.start(behind.url);
      const { exporter: through, settings } = await exporterTo(
        protocol === "grpc" ? collector.grpc : collector.http,
        { "otlp-protocol": protocol, "otlp-compression": compression },
      );
      await start(through);
      through.write(batchOf(REAL_LINES));
      await through.stop(patient());
      expect(settings.counters).toMatchObject({ exported: REAL_LINES.length, refused: 0, retries: 0 });
      expect(sorted(behind.records)).toEqual(sorted(direct.records));
      expect(behind.requests[0]!.resource).toEqual(direct.requests[0]!.resource);
    }
  });

  test.each(["http/protobuf", "grpc"] as const)(
    "over %s nothing is lost when it is killed",
    async (protocol) => {
      await using behind = new Receiver();
      await using collector = await Collector.start(behind.url);
      const { exporter, settings } = await exporterTo(
        protocol === "grpc" ? collector.grpc : collector.http,
        { "otlp-protocol": protocol, "otlp-batch-max-size": 100 },
        { metadata: metadataOf('{"event":"agent_init"}\n') },
      );
      await start(exporter);
      const lines = numbered(0, 9000, 500);
      for (let at = 0; at < 9000; at += 1000) {
        exporter.write(batchOf(lines.slice(at, at + 1000), at));
        if (at !== 3000 && at !== 6000) continue;
        await until(() => behind.records.length > at / 2, "some have arrived");
        await collector.kill();
        await Bun.sleep(100);
        await collector.start();
      }
      await exporter.stop(patient());
      expect(settings.counters).toMatchObject({ exported: 9000, refused: 0, send_failed: 0 });
      const arrived = new Set(behind.bodies);
      expect(lines.filter((line) => !arrived.has(line))).toEqual([]);
      expect(behind.bodies[0]).toBe('{"event":"agent_init"}');
    },
  );

  test("requests that are too large for it become smaller until it takes them", async () => {
    await using behind = new Receiver();
    await using collector = await Collector.start(behind.url, { max_request_body_size: 65536 });
    const { exporter, settings } = await exporterTo(collector.http);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1000, 1000)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 1000, refused: 0 });
  });
});

test("the official SDK sends the same records for the same values", async () => {
  await using ours = new Receiver();
  const { exporter } = await exporterTo(ours.url);
  await start(exporter);
  exporter.write(batchOf(REAL_LINES));
  await exporter.stop(patient());
  await using theirs = new Receiver();
  const records = ours.records.map(({ attributes, body, ...record }) => ({
    timestamp: String(record.timeUnixNano),
    observedTimestamp: String(record.observedTimeUnixNano),
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    eventName: record.eventName,
    body: body?.value.value,
    attributes: attributesOf(attributes),
  }));
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "sdk-sender.ts"), SDK, `${theirs.url}/v1/logs`],
    {
      stdin: Buffer.from(JSON.stringify(records)),
      stdout: "inherit",
      stderr: "inherit",
    },
  );
  expect(await child.exited).toBe(0);
  expect(sorted(theirs.records)).toEqual(sorted(ours.records));
});
