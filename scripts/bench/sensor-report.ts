/** @module The sensor's figures for people. */
import type { SensorCost } from "./sensor.ts";
import type { Estimate } from "./statistics.ts";
import { renderTable } from "./table.ts";

/** A part of the report. */
export interface ReportPart {
  readonly title: string;
  readonly text: string;
}

const integer = (value: number) => Math.round(value).toLocaleString("en");
const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** An estimate and the bounds of it. */
const within = ({ value, low, high }: Estimate) =>
  `${percent(value)} (${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)})`;

const ADDED_NOTE =
  "Medians of many turns, watched and not, and within which bounds they are with a probability of 95 %. " +
  "CPU time of the load alone, and of the watcher, is that for one process; of a build, for all of it.";

/** What was measured of the sensor, as tables. */
export function sensorParts(cost: SensorCost | undefined, isMarkdown: boolean): ReportPart[] {
  if (cost === undefined) return [];
  const { loads, rates, memory, absent } = cost;
  const parts: ReportPart[] = [];
  if (loads.length > 0) {
    const rows = loads.map(({ load, watcher, addedCpu, addedWall, cpuUs, watcherCpuUs }) => [
      load,
      watcher,
      within(addedCpu),
      within(addedWall),
      integer(cpuUs),
      integer(watcherCpuUs),
    ]);
    const header = [
      "load",
      "watched by",
      "CPU time added",
      "wall time added",
      "load alone, µs",
      "watcher, µs",
    ];
    const table = renderTable({ header, rows, left: [0, 1] }, isMarkdown);
    parts.push({
      title: "The native sensor: what it adds",
      text: `${table}\n\n${ADDED_NOTE}`,
    });
  }
  if (rates.length > 0) {
    const rows = rates.map(({ label, eventsPerSecond, agentCpu, cpuUsPerEvent, lost, missing }) => [
      label,
      integer(eventsPerSecond),
      percent(agentCpu),
      cpuUsPerEvent.toFixed(1),
      integer(lost),
      integer(missing),
    ]);
    const header = ["load", "events/s", "agent, of a core", "µs an event", "lost", "missing"];
    parts.push({
      title: "The native sensor: what it takes",
      text: renderTable({ header, rows }, isMarkdown),
    });
  }
  if (memory !== undefined) {
    const { processes, startingBytes, idleBytes, endingBytes } = memory;
    const rows = [
      ["peak while they start", megabytes(startingBytes)],
      ["while they live", megabytes(idleBytes)],
      ["peak while they end", megabytes(endingBytes)],
    ];
    const header = [`RSS with ${integer(processes)} processes`, "measured"];
    parts.push({ title: "The native sensor: memory", text: renderTable({ header, rows }, isMarkdown) });
  }
  if (absent.length > 0) {
    parts.push({
      title: "The native sensor: not measured",
      text: absent.map((what) => `- ${what}`).join("\n"),
    });
  }
  return parts;
}
