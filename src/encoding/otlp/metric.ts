/** @module Metrics (opentelemetry/proto/metrics/v1/metrics.proto): counters as cumulative sums, the others as gauges. */
import type { Family, Sample } from "../../telemetry/family.ts";
import type { WritableBuffer } from "../protobuf/wire.ts";
import { writeAttribute, writeDouble, writeMessage, writeText, writeTime, writeUint } from "./wire.ts";

/** `ScopeMetrics.metrics`. */
const METRICS = 2;
const METRIC = { name: 1, description: 2, unit: 3, gauge: 5, sum: 7 } as const;
/** Of `Sum`; a `Gauge` has the first one only. */
const SUM = { points: 1, temporality: 2, isMonotonic: 3 } as const;
const CUMULATIVE = 2;
const POINT = { start: 2, time: 3, double: 4, int: 6, attributes: 7 } as const;
/** What names end in, and the unit that it means (UCUM). */
const UNITS: readonly (readonly [ending: string, unit: string])[] = [
  ["_seconds", "s"],
  ["_bytes", "By"],
  ["_ratio", "1"],
];
const TOTAL = /_total$/;

/** When the counts began, and now: nanoseconds since 1970. */
export interface MetricTimes {
  readonly start: bigint;
  readonly now: bigint;
}

/** Writes a family, as a field of its scope, from `b[at]` on. @returns The offset after it. */
export function writeMetric(b: WritableBuffer, at: number, family: Family, times: MetricTimes): number {
  // Prometheus puts the ending there itself.
  const name = family.name.replace(TOTAL, "");
  const unit = UNITS.find(([ending]) => name.endsWith(ending))?.[1];
  const isSum = family.type === "counter";
  return writeMessage(b, at, METRICS, (start) => {
    let p = writeText(b, start, METRIC.name, name);
    p = writeText(b, p, METRIC.description, family.help);
    if (unit !== undefined) p = writeText(b, p, METRIC.unit, unit);
    return writeMessage(b, p, isSum ? METRIC.sum : METRIC.gauge, (inner) => {
      let end = inner;
      for (const sample of family.samples)
        end = writePoint(b, end, sample, isSum ? times : { ...times, start: 0n });
      if (!isSum) return end;
      end = writeUint(b, end, SUM.temporality, CUMULATIVE);
      return writeUint(b, end, SUM.isMonotonic, 1);
    });
  });
}

function writePoint(
  b: WritableBuffer,
  at: number,
  { labels = {}, value }: Sample,
  { start, now }: MetricTimes,
): number {
  return writeMessage(b, at, SUM.points, (inner) => {
    let p = start === 0n ? inner : writeTime(b, inner, POINT.start, start);
    p = writeTime(b, p, POINT.time, now);
    if (Number.isSafeInteger(value)) p = writeTime(b, p, POINT.int, BigInt.asUintN(64, BigInt(value)));
    else p = writeDouble(b, p, POINT.double, value);
    for (const [name, text] of Object.entries(labels))
      if (text !== "") p = writeAttribute(b, p, POINT.attributes, [name, text]);
    return p;
  });
}

/** All families that have samples, each a field of its scope. */
export function encodeMetrics(families: readonly Family[], times: MetricTimes): Buffer {
  for (let room = 64 * 1024; ; room *= 2) {
    const b = Buffer.alloc(room) as WritableBuffer;
    let end = 0;
    for (const family of families) if (family.samples.length > 0) end = writeMetric(b, end, family, times);
    if (end <= room) return b.subarray(0, end);
  }
}
