import { expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import { encodeMetrics } from "../../../src/encoding/otlp/metric.ts";
import { ScopeMetricsSchema } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/metrics/v1/metrics_pb.ts";
import { counter, gauge } from "../../../src/server/metrics/family.ts";
import { attributesOf } from "../../exporter/otlp/receiver.ts";

const TIMES = { start: 1_000_000_000n, now: 1_800_000_000_000_000_123n };

test("counters are cumulative sums from the start on, the others gauges; each with its unit and labels", () => {
  const families = [
    counter("tetrad_read_bytes_total", "Bytes.", [
      { labels: { source: "stdin", empty: "" }, value: 7 },
      { labels: { source: "sensor" }, value: 2 ** 52 },
    ]),
    gauge("tetrad_oldest_seconds", "Age.", 0.25),
    gauge("tetrad_delta", "May be below 0.", -3),
    counter("tetrad_nothing_total", "No samples.", []),
  ];
  const { metrics } = fromBinary(ScopeMetricsSchema, encodeMetrics(families, TIMES));
  expect(metrics.map(({ name, description, unit, data }) => [name, description, unit, data.case])).toEqual([
    ["tetrad_read_bytes", "Bytes.", "By", "sum"],
    ["tetrad_oldest_seconds", "Age.", "s", "gauge"],
    ["tetrad_delta", "May be below 0.", "", "gauge"],
  ]);
  const [sum, age, delta] = metrics.map(({ data }) => data.value as { dataPoints: Point[] });
  expect(sum).toMatchObject({ aggregationTemporality: 2, isMonotonic: true });
  expect(sum!.dataPoints.map(said)).toEqual([
    [TIMES.start, TIMES.now, { case: "asInt", value: 7n }, { source: "stdin" }],
    [TIMES.start, TIMES.now, { case: "asInt", value: 2n ** 52n }, { source: "sensor" }],
  ]);
  expect(age!.dataPoints.map(said)).toEqual([[0n, TIMES.now, { case: "asDouble", value: 0.25 }, {}]]);
  expect(delta!.dataPoints.map(said)).toEqual([[0n, TIMES.now, { case: "asInt", value: -3n }, {}]]);
});

type Point =
  import("../../../src/encoding/protobuf/generated/opentelemetry/proto/metrics/v1/metrics_pb.ts").NumberDataPoint;

function said({ startTimeUnixNano, timeUnixNano, value, attributes }: Point) {
  return [startTimeUnixNano, timeUnixNano, value, attributesOf(attributes)];
}
