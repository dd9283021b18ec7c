/** What the tests of exporters share. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConsolaInstance, createConsola } from "consola/core";
import { EventBatch } from "../../src/event/batch.ts";
import type { ExporterSettings } from "../../src/exporter/delivery/settings.ts";
import type { Exporter } from "../../src/exporter/exporter.ts";
import { createExporterCounters, type ExporterCounters } from "../../src/telemetry/counters.ts";
import { FixedMetadata } from "../metadata/fixed.ts";

/** A log that keeps its messages, each as `level message fields`. */
export function createTestLog(): { log: ConsolaInstance; messages: string[] } {
  const messages: string[] = [];
  const reporter = {
    log: ({ type, args }: { type: string; args: unknown[] }) => {
      messages.push(
        [type, ...args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg)))].join(" "),
      );
    },
  };
  return { log: createConsola({ level: 5, reporters: [reporter], throttle: 0 }), messages };
}

/** A batch of these lines; each gets its newline. Its stream is 0, its positions count from `first`. */
export function batchOf(lines: readonly string[], first = 0): EventBatch {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const batch = new EventBatch(bytes);
  let start = 0;
  for (const [i, line] of lines.entries()) {
    const end = start + Buffer.byteLength(line) + 1;
    batch.push(start, end, first + i + 1);
    start = end;
  }
  batch.stream = 0;
  batch.endPosition = first + lines.length;
  return batch;
}

/** Numbered events, each a JSON document with `padding` more bytes. */
export function numbered(from: number, count: number, padding = 0): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i, pad: "x".repeat(padding) }));
}

/** Numbers of the events in a text of whole lines; throws when a line is not whole. */
export function numbersIn(text: string): number[] {
  if (text === "") return [];
  if (!text.endsWith("\n")) throw new Error(`text ends in a torn line: ${text.slice(-100)}`);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => (JSON.parse(line) as { n: number }).n);
}

/** `[from, from + 1, ..., from + count - 1]` */
export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** What the counters say became of the events. */
export function accountedFor(counters: ExporterCounters): number {
  const { exported, queue_full, send_failed, too_large, refused } = counters;
  return exported + queue_full + send_failed + too_large + refused;
}

/** Waits until the condition holds; throws after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await Bun.sleep(2);
  }
}

/** A directory that is gone at the end of the scope. */
export function temporaryDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tetrad-exporter-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A signal that does not abort before the test's own timeout. */
export const patient = (): AbortSignal => AbortSignal.timeout(20_000);

/** Settings that every exporter needs: a roomy queue that blocks, no metadata. */
export function exporterSettings(overrides: Partial<ExporterSettings> = {}): ExporterSettings {
  return {
    name: "test",
    queue: { maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 },
    whenFull: "block",
    counters: createExporterCounters(),
    log: createTestLog().log,
    metadata: undefined,
    ...overrides,
  };
}

/** A provider of this line. */
export function metadataOf(line: string): FixedMetadata {
  return new FixedMetadata(Buffer.from(line));
}

/** Starts the exporter and lets it send. */
export async function start(exporter: Exporter): Promise<void> {
  await exporter.start();
  exporter.begin();
}
