/** @module What the metrics declare. */
import type { OptionView } from "../../config/config.ts";
import { addressProblems, BIND_CAPABILITY, portOf } from "../addresses.ts";
import { defineServer } from "../definition.ts";
import { isProcessLabel, metricsRows, PROCESS_LABELS } from "./options.ts";

export const metrics = defineServer({
  type: "metrics",
  options: metricsRows,
  addressOption: "metrics-server",
  unused: "Without the metrics",
  capabilities: [{ ...BIND_CAPABILITY, when: (values) => portOf(values["metrics-server"]) < 1024 }],
  ports: ({ "metrics-server": address }) => [
    { protocol: address.startsWith("unix:") ? "unix" : "tcp", address, option: "metrics-server" },
  ],
  check: (config) => ({
    problems: addressProblems(config, "metrics-server"),
    warnings: unknownLabels(config),
  }),
  async create({ values, log, agent }) {
    const { MetricsServer } = await import("./index.ts");
    return new MetricsServer({
      log,
      agent,
      address: values["metrics-server"],
      labels: values["enable-event-metrics"]
        ? values["metrics-label-filter"].filter(isProcessLabel)
        : undefined,
    });
  },
});

/** As in Tetragon they are no reason not to start. `node_name` is a label of Tetragon's that is always there. */
function unknownLabels({ values }: OptionView<ReturnType<typeof metricsRows>>): string[] {
  const unknown = values["metrics-label-filter"].filter(
    (label) => !isProcessLabel(label) && label !== "" && label !== "node_name",
  );
  if (unknown.length === 0) return [];
  return [
    `Ignored in --metrics-label-filter: found ${unknown.map((label) => JSON.stringify(label)).join(", ")}, expected ${PROCESS_LABELS.join(", ")}`,
  ];
}
