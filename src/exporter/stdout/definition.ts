/** @module What the standard output exporter declares. */
import { defineExporter } from "../exporter.ts";
import { stdoutRows } from "./options.ts";

export const stdout = defineExporter({
  type: "stdout",
  options: stdoutRows,
  enabledBy: "export-stdout",
  isDurable: true,
  isSingle: true,
  metadata: "asked",
  async create({ values, followed: _, facts: _facts, ...settings }) {
    const { createStdoutExporter } = await import("./index.ts");
    return createStdoutExporter({ ...settings, whenFull: values["export-stdout-when-full"] });
  },
});
