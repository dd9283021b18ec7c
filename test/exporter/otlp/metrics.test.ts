import { expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ExportMetricsServiceRequestSchema } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts";
import type { NumberDataPoint } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/metrics/v1/metrics_pb.ts";
import { MetricSender } from "../../../src/exporter/otlp/metrics.ts";
import type { Transport, Verdict } from "../../../src/exporter/otlp/transport.ts";
import { createTestLog, until } from "../support.ts";

/** A way to nowhere. */
function transportThat(answers: () => Verdict | Promise<Verdict>) {
  const requests: Uint8Array[] = [];
  const transport: Transport = {
    description: "test",
    open: async () => {},
    async send(body) {
      requests.push(body);
      return await answers();
    },
    close() {},
  };
  return { transport, requests };
}

const TAKEN: Verdict = { kind: "taken", rejected: 0, message: "" };

function senderOf(transport: Transport, intervalMs: number, now = Date.now) {
  let count = 0;
  const { log, messages } = createTestLog();
  const sender = new MetricSender({
    ...{ name: "otlp", transport, log, intervalMs, now },
    head: () => ({ resource: Buffer.alloc(0), scope: Buffer.alloc(0) }),
    read: async () => [{ name: "reads_total", help: "", type: "counter", samples: [{ value: ++count }] }],
  });
  return { sender, messages };
}

const valuesOf = (requests: readonly Uint8Array[]) =>
  requests.map((request) => {
    const { resourceMetrics } = fromBinary(ExportMetricsServiceRequestSchema, request);
    const { data } = resourceMetrics[0]!.scopeMetrics[0]!.metrics[0]!;
    return data.case === "sum" ? data.value.dataPoints[0]!.value.value : undefined;
  });

test("metrics are sent every so often, and once more at the end", async () => {
  const { transport, requests } = transportThat(() => TAKEN);
  const { sender } = senderOf(transport, 5);
  await sender.open();
  await until(() => requests.length >= 2, "some were sent");
  await sender.close();
  const { length } = requests;
  expect(valuesOf(requests)).toEqual(Array.from({ length }, (_, i) => BigInt(i + 1)));
  await sender.close();
  expect(requests).toHaveLength(length);
});

test("no sum begins after its end, also when the clock is put back", async () => {
  const { transport, requests } = transportThat(() => TAKEN);
  const start = Math.round(performance.timeOrigin);
  const times = [start + 5000, start - 60_000, start - 50_000];
  const { sender } = senderOf(transport, 5, () => times[Math.min(requests.length, 2)]!);
  await sender.open();
  await until(() => requests.length >= 3, "some were sent");
  await sender.close();
  const points = requests.slice(0, 3).map((request) => {
    const { resourceMetrics } = fromBinary(ExportMetricsServiceRequestSchema, request);
    const { data } = resourceMetrics[0]!.scopeMetrics[0]!.metrics[0]!;
    const { startTimeUnixNano, timeUnixNano } = (data.value as { dataPoints: NumberDataPoint[] })
      .dataPoints[0]!;
    return [startTimeUnixNano, timeUnixNano].map((time) => Number(time / 1_000_000n) - start);
  });
  expect(points).toEqual([
    [0, 5000],
    [-60_000, -60_000],
    [-60_000, -50_000],
  ]);
});

test("what was not taken is logged once and is in the next", async () => {
  const { transport, requests } = transportThat(() =>
    requests.length === 1 ? { kind: "later", error: new Error("busy") } : Promise.reject(new Error("gone")),
  );
  const { sender, messages } = senderOf(transport, 5);
  await sender.open();
  await until(() => requests.length >= 3, "some were sent");
  await sender.close();
  expect(messages.filter((message) => message.includes("Cannot send metrics"))).toHaveLength(1);
});
