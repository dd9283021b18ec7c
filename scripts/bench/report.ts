/** @module Writes results for people. */
import { checkFloors } from "./floors.ts";
import type { Results, Throughput } from "./results.ts";
import { sensorParts } from "./sensor-report.ts";
import { renderTable } from "./table.ts";
import type { ThroughputRow } from "./throughput.ts";

const integer = (value: number) => Math.round(value).toLocaleString("en");
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function throughputCells(row: ThroughputRow): string[] {
  return [
    row.label,
    row.looksFor,
    integer(row.eventsPerSecond),
    row.cpuSecondsPerMillion.toFixed(2),
    megabytes(row.peakRssBytes),
    integer(row.lost),
  ];
}

function throughputTable({ rows }: Throughput, isMarkdown: boolean): string {
  const header = ["contestant", "looks for", "events/s", "CPU-s per million", "peak RSS, MB", "lost"];
  return renderTable({ header, rows: rows.map(throughputCells), left: [0, 1] }, isMarkdown);
}

function otherFigures(results: Results, isMarkdown: boolean): string | undefined {
  const { start, idleRssBytes, metadata, longLine, validation } = results;
  const rows: string[][] = [];
  if (start) {
    const { medianMs, minMs, maxMs, runs } = start;
    const range = `${minMs.toFixed(1)} to ${maxMs.toFixed(1)}`;
    rows.push([`start to first datagram, median of ${runs} (range)`, `${medianMs.toFixed(1)} ms (${range})`]);
  }
  if (idleRssBytes !== undefined) rows.push(["idle RSS", `${megabytes(idleRssBytes)} MB`]);
  if (longLine)
    rows.push(["peak RSS, one event type and a 4 MiB line", `${megabytes(longLine.peakRssBytes)} MB`]);
  if (metadata) {
    const { sendNs, bareNs } = metadata;
    rows.push([
      "cached metadata: send, of which system call",
      `${integer(sendNs)} ns, ${integer(bareNs)} ns`,
    ]);
  }
  if (validation) {
    const { parseNs, validatedNs, scannedNs } = validation;
    rows.push(["JSON.parse, and with validation", `${integer(parseNs)} ns, ${integer(validatedNs)} ns`]);
    rows.push(["Validation from the bytes, without parsing", `${integer(scannedNs)} ns`]);
  }
  return rows.length === 0 ? undefined : renderTable({ header: ["figure", "measured"], rows }, isMarkdown);
}

function microTable({ micro }: Results, isMarkdown: boolean): string {
  const rows = micro.map(({ name, averageNs, medianNs, p99Ns, failure }) =>
    failure === undefined
      ? [name, integer(averageNs), integer(medianNs), integer(p99Ns)]
      : [name, "failed", "", ""],
  );
  return renderTable({ header: ["case", "mean, ns", "median, ns", "p99, ns"], rows }, isMarkdown);
}

function floorTable(results: Results, isMarkdown: boolean): string {
  const rows = checkFloors(results).map(({ name, required, measured, verdict }) => [
    name,
    required,
    measured,
    results.isQuick && verdict !== "not measured" ? "not judged" : verdict,
  ]);
  return renderTable({ header: ["what", "required", "measured", "verdict"], rows, left: [0, 3] }, isMarkdown);
}

function machineLine({ date, commit, machine, isQuick }: Results): string {
  const { cpu, cores, memoryBytes, kernel, bun, load } = machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  const quick = isQuick ? " Quick run: once each and small, so the figures mean little." : "";
  return `${date}, commit ${commit}: ${cpu}, ${cores} cores, ${memory}, Linux ${kernel}, Bun ${bun}, load before the run ${load.toFixed(1)}.${quick}`;
}

/** The whole report, as Markdown or for a terminal. */
export function renderReport(results: Results, isMarkdown: boolean): string {
  const heading = (title: string) => (isMarkdown ? `### ${title}` : `== ${title}`);
  const parts: string[] = [machineLine(results)];
  for (const part of results.throughput) {
    parts.push(heading(`File to UDP, ${integer(part.events)} events of ${part.size}`));
    parts.push(throughputTable(part, isMarkdown));
  }
  const missing = results.absent.map(({ label, reason }) => `Not measured: ${label} (${reason}).`);
  if (missing.length > 0) parts.push(missing.join("\n"));
  const others = otherFigures(results, isMarkdown);
  if (others !== undefined) parts.push(heading("Start, memory, metadata"), others);
  for (const { title, text } of sensorParts(results.sensor, isMarkdown)) parts.push(heading(title), text);
  if (results.micro.length > 0) parts.push(heading("Micro-benchmarks"), microTable(results, isMarkdown));
  if (results.throughput.length > 0 || results.sensor !== undefined || results.rows.length > 0)
    parts.push(heading("What must be reached"), floorTable(results, isMarkdown));
  return `${parts.join("\n\n")}\n`;
}

/** The size of events that the README shows: what Tetragon's events have on average. */
const SUMMARY_SIZE = "1.8 KB";

/** What a README has room for, as Markdown: throughput for one size of events, start and memory. */
export function renderSummary(results: Results): string {
  const parts: string[] = [machineLine(results)];
  for (const part of results.throughput.filter(({ size }) => size === SUMMARY_SIZE)) {
    parts.push(`File to UDP, ${integer(part.events)} events of ${part.size}:`, throughputTable(part, true));
  }
  const others = otherFigures(
    { ...results, longLine: undefined, metadata: undefined, validation: undefined },
    true,
  );
  if (others !== undefined) parts.push(others);
  return `${parts.join("\n\n")}\n`;
}

const BEGIN = "<!-- figures: written by npm run bench -- --write -->";
const END = "<!-- end of figures -->";

/**
 * Puts the report between the marks of a document.
 * @throws Error when the marks are not there.
 */
export function replaceFigures(document: string, report: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`Cannot write the figures: found no "${BEGIN}" and "${END}"`);
  return `${document.slice(0, begin)}${BEGIN}\n\n${report}\n${document.slice(end)}`;
}
