/**
 * @module The file exporter, `--export-filename`: one event, one line of JSON, in a file that is rotated by size
 * and by time as Tetragon does it.
 *
 * - Backups have lumberjack's names and limits (see `backup-name.ts`). Unlike there, a backup never overwrites
 *   another, an empty file is not rotated, and an event longer than the size limit is written, to a file of its own.
 * - Every line that ends in a newline is one whole event, at all times. A write that stops halfway (a full disk)
 *   is cut back to the last whole line; the events stay in the queue and are written when there is room again,
 *   while sources wait. A kill may leave a torn last line without a newline: the next start cuts it off (see
 *   `repair.ts`).
 * - `agent_init`, where asked for, is written once per start, before any event; a rotated file does not begin with it.
 * - A stop writes what is queued; what is left when time is up counts as `send_failed`.
 */
import { createPushExporter, type DeliverySettings } from "../delivery/delivery.ts";
import type { Exporter, FileRotation } from "../exporter.ts";
import { LOCAL_PUSH } from "../local-push.ts";
import { ExportFile } from "./export-file.ts";
import type { RotatingFileSettings } from "./rotating-file.ts";

/** What the file exporter is given. */
export interface FileExporterSettings extends DeliverySettings, RotatingFileSettings {}

/** Makes the file exporter. Its `start` throws TetradError when the file cannot be written to. */
export function createFileExporter(settings: FileExporterSettings): Exporter {
  const file = new ExportFile(settings);
  const exporter = createPushExporter(file, { ...LOCAL_PUSH, ...settings });
  return Object.defineProperty(exporter, "rotation", {
    get: () => file.rotation,
    set: (rotation: FileRotation) => {
      file.rotation = rotation;
    },
  });
}
