/** @module What the file exporter declares. */
import { defineExporter } from "../exporter.ts";
import { fileRows } from "./options.ts";

export const file = defineExporter({
  type: "file",
  options: fileRows,
  enabledBy: "export-filename",
  isDurable: true,
  metadata: "asked",
  unused: "Without --export-filename no file is written, so",
  writes: (values) => [{ path: values["export-filename"], option: "export-filename" }],
  async create({ values, followed: _, facts: _facts, ...settings }) {
    const { createFileExporter } = await import("./index.ts");
    return createFileExporter({
      ...settings,
      whenFull: values["export-file-when-full"],
      path: values["export-filename"],
      maxSizeMb: values["export-file-max-size-mb"],
      maxBackups: values["export-file-max-backups"],
      rotationIntervalMs: values["export-file-rotation-interval"],
      compress: values["export-file-compress"],
      mode: values["export-file-perm"],
    });
  },
});
