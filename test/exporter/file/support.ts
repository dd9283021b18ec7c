import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createFileExporter, type FileExporterSettings } from "../../../src/exporter/file/index.ts";
import { createExporterCounters } from "../../../src/telemetry/counters.ts";
import { createTestLog, exporterSettings } from "../support.ts";

/** Tetragon's defaults. */
export const FILE_DEFAULTS = {
  maxSizeMb: 10,
  maxBackups: 5,
  rotationIntervalMs: 0,
  compress: false,
  mode: 0o600,
} as const;

/** A file exporter with Tetragon's defaults, no `agent_init`, and what the test gives. */
export function makeFileExporter(settings: Partial<FileExporterSettings> & { path: string }) {
  const counters = createExporterCounters();
  const { log, messages } = createTestLog();
  const exporter = createFileExporter({
    ...exporterSettings({ name: "file", counters, log }),
    ...FILE_DEFAULTS,
    ...settings,
  });
  return { exporter, counters, messages };
}

/** Names of all files beside `path` but that one, the oldest first. */
export function backupsOf(path: string): string[] {
  return readdirSync(dirname(path))
    .filter((name) => name !== basename(path))
    .sort();
}

/** Text of all backups, the oldest first, then of the file itself. */
export function readAll(path: string): string {
  const backups = backupsOf(path).map((name) => {
    const bytes = readFileSync(join(dirname(path), name));
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  });
  return backups.join("") + readFileSync(path, "utf8");
}
