/** @module What the figures must reach. */
import type { Results } from "./results.ts";
import type { RowResult } from "./rows/row.ts";
import type { SensorCost } from "./sensor.ts";

/** One requirement and what was found. */
export interface Floor {
  readonly name: string;
  readonly required: string;
  readonly measured: string;
  readonly verdict: "PASS" | "FAIL" | "not measured";
}

/** CPU-seconds per million events of 1.8 KB on the machine that the requirements were written on. */
const REFERENCE_CPU = { tetrad: 4.6, limit: 1.2 } as const;
const PEAK_RSS_BYTES = 80e6;
const FILE_RSS_BYTES = 60e6;
const IDLE_RSS_BYTES = 45e6;
const START_MS = 30;
const VALIDATION_OVER_PARSE = 1.15;
const METADATA_NS = 1500;
/** What the sensor may add to a load, as a part of it. */
const ADDED_TIME = 0.03;
/** What a send may leave behind on average and still count as nothing: what the collector's bookkeeping varies by. */
const METADATA_HEAP_BYTES = 1;

/** What a variant of tetrad does. */
const VARIANTS: Readonly<Record<string, string>> = {
  "tetrad-full": "validated",
  "tetrad-off": "--validate=off",
  "tetrad-pad": "validated, --udp-pad=25",
};

/** A measured value and the bound that it is held against. */
interface Bound {
  readonly name: string;
  readonly value: number | undefined;
  readonly bound: number;
  readonly isMinimum?: boolean;
  readonly format: (value: number) => string;
}

const asRatio = (value: number) => value.toFixed(2);
const asPercent = (value: number) => `${(value * 100).toFixed(1)} %`;
const asMegabytes = (value: number) => `${(value / 1e6).toFixed(1)} MB`;

function toFloor({ name, value, bound, isMinimum = false, format }: Bound): Floor {
  const required = `${isMinimum ? "at least" : "at most"} ${format(bound)}`;
  if (value === undefined || !Number.isFinite(value)) {
    return { name, required, measured: "", verdict: "not measured" };
  }
  const isMet = isMinimum ? value >= bound : value <= bound;
  return { name, required, measured: format(value), verdict: isMet ? "PASS" : "FAIL" };
}

/** Divides if both are there. */
function over(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined || by === 0 ? undefined : value / by;
}

/** What is required of the sensor; nothing when it was not measured. */
function sensorBounds(sensor: SensorCost | undefined): Bound[] {
  if (sensor === undefined) return [];
  const watched = sensor.loads.filter(({ watcher }) => watcher === "tetrad");
  const lost = sensor.rates.map((rate) => Math.max(rate.lost, rate.missing));
  const { memory } = sensor;
  return [
    ...watched.flatMap(({ load, addedCpu, addedWall }) => [
      {
        name: `sensor: CPU time added, ${load}`,
        value: addedCpu.value,
        bound: ADDED_TIME,
        format: asPercent,
      },
      {
        name: `sensor: wall time added, ${load}`,
        value: addedWall.value,
        bound: ADDED_TIME,
        format: asPercent,
      },
    ]),
    {
      name: "sensor: records lost, both rates",
      value: lost.length > 0 ? lost.reduce((sum, count) => sum + count) : undefined,
      bound: 0,
      format: String,
    },
    {
      name: "sensor: RSS with live processes",
      value: memory?.idleBytes,
      bound: PEAK_RSS_BYTES,
      format: asMegabytes,
    },
    {
      name: "sensor: peak RSS while they start and end",
      value: memory && Math.max(memory.startingBytes, memory.endingBytes),
      bound: PEAK_RSS_BYTES,
      format: asMegabytes,
    },
  ];
}

/** A row as a requirement. */
function floorOf({ label, required, isMet, value, text }: RowResult): Floor {
  const verdict = isMet ? "PASS" : "FAIL";
  return { name: label, required, measured: text, verdict: value === undefined ? "not measured" : verdict };
}

/** Holds the results against all requirements, in the order in which they were written. */
export function checkFloors(results: Results): Floor[] {
  const find = (size: string, id: string) =>
    results.throughput.find((part) => part.size === size)?.rows.find((row) => row.id === id);
  const rate = (size: string, id: string) => find(size, id)?.eventsPerSecond;
  const cpu = (id: string) => find("1.8 KB", id)?.cpuSecondsPerMillion;
  const rateOver = (size: string, id: string, other: string, otherLabel: string, bound: number): Bound => ({
    name: `events/s over ${otherLabel}, ${size}, ${VARIANTS[id]}`,
    value: over(rate(size, id), rate(size, other)),
    bound,
    isMinimum: true,
    format: asRatio,
  });
  const peaks = results.throughput.flatMap(({ rows }) => rows.filter((row) => row.isOurs));
  const peak = peaks.length > 0 ? Math.max(...peaks.map((row) => row.peakRssBytes)) : undefined;
  const { metadata } = results;
  const bounds: Bound[] = [
    rateOver("200 B", "tetrad-full", "limit", "the C limit", 0.85),
    rateOver("1.8 KB", "tetrad-full", "limit", "the C limit", 0.7),
    rateOver("9 KB", "tetrad-full", "limit", "the C limit", 0.6),
    rateOver("200 B", "tetrad-off", "limit", "the C limit", 0.88),
    rateOver("1.8 KB", "tetrad-off", "limit", "the C limit", 0.85),
    rateOver("9 KB", "tetrad-off", "limit", "the C limit", 0.82),
    rateOver("200 B", "tetrad-pad", "limit", "the C limit", 1.5),
    rateOver("200 B", "tetrad-pad", "limit-pad", "the C limit padded by 25 %", 0.7),
    rateOver("1.8 KB", "tetrad-full", "rsyslog-raw", "rsyslog raw", 2.3),
    rateOver("1.8 KB", "tetrad-full", "syslog-ng-raw", "syslog-ng raw", 1.1),
    {
      name: "full validation, as the agent does it, over JSON.parse alone, CPU time, 1.8 KB",
      value: over(results.validation?.scannedNs, results.validation?.parseNs),
      bound: VALIDATION_OVER_PARSE,
      format: asRatio,
    },
    {
      name: `CPU-seconds per million validated 1.8 KB events, where C needs ${REFERENCE_CPU.limit}`,
      value: cpu("tetrad-full"),
      bound: REFERENCE_CPU.tetrad,
      format: (value) => value.toFixed(2),
    },
    {
      name: "the same over what C needs here",
      value: over(cpu("tetrad-full"), cpu("limit")),
      bound: REFERENCE_CPU.tetrad / REFERENCE_CPU.limit,
      format: asRatio,
    },
    { name: "peak RSS, file to UDP, any size", value: peak, bound: FILE_RSS_BYTES, format: asMegabytes },
    {
      name: "peak RSS with a 4 MiB line",
      value: results.longLine?.peakRssBytes,
      bound: PEAK_RSS_BYTES,
      format: asMegabytes,
    },
    {
      name: "start to the metadata datagram",
      value: results.start?.medianMs,
      bound: START_MS,
      format: (value) => `${value.toFixed(1)} ms`,
    },
    { name: "idle RSS", value: results.idleRssBytes, bound: IDLE_RSS_BYTES, format: asMegabytes },
    {
      name: "sending the cached metadata, beyond the system call",
      value: metadata && metadata.sendNs - metadata.bareNs,
      bound: METADATA_NS,
      format: (value) => `${(value / 1000).toFixed(2)} µs`,
    },
    {
      name: "memory that a send of the cached metadata leaves behind",
      value: metadata?.heapBytesPerSend,
      bound: METADATA_HEAP_BYTES,
      format: (value) => `${value.toFixed(2)} bytes`,
    },
    ...sensorBounds(results.sensor),
  ];
  return [...bounds.map(toFloor), ...results.rows.map(floorOf)];
}
