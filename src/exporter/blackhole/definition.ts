/** @module What the blackhole exporter declares. */
import { boolean } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { defineExporter } from "../exporter.ts";

export const blackhole = defineExporter({
  type: "blackhole",
  options: optionRows(() => ({
    "export-blackhole": {
      group: "File and standard output",
      from: "tetrad",
      support: "used",
      kind: boolean(),
      default: "false",
      description:
        "Also count events and forget them: shows what reading and filtering cost without any delivery. No checkpoint follows it.",
    },
  })),
  enabledBy: "export-blackhole",
  async create({ values: _, followed: __, ...settings }) {
    const { createBlackholeExporter } = await import("./index.ts");
    return createBlackholeExporter({ ...settings, whenFull: "drop" });
  },
});
