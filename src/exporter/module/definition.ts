/** @module What the exporter of modules declares. */
import { deadLetterCondition, deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueCondition, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { type ModuleValues, moduleRows, PREFIX } from "./options.ts";

/** Until the agent has started: the keeper of a module has them from then on. */
const FOR_ANOTHER_USER = ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL", "CAP_SYS_RESOURCE"] as const;

export const module = defineExporter({
  type: "module",
  options: moduleRows,
  enabledBy: "export-module",
  isDurable: true,
  unused: "Without --export-module no module is loaded, so",
  capabilities: FOR_ANOTHER_USER.map((name) => ({
    name,
    until: "start" as const,
    isOptional: true as const,
    why: "run an exporter module as a user of its own",
    when: (values: ModuleValues) => values["export-module-user"] !== "",
  })),
  checkpoint: (values) => queueCheckpoint(PREFIX, values),
  conditions: (values) => [queueCondition(PREFIX, values), deadLetterCondition(PREFIX, values)],
  writes: (values) => [...queueWrites(PREFIX, values), ...deadLetterWrites(PREFIX, values)],
  async create(settings) {
    const { createModuleExporter } = await import("./index.ts");
    return createModuleExporter(settings);
  },
});
