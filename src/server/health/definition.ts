/** @module What the health service declares. */
import { addressProblems, BIND_CAPABILITY, portOf } from "../addresses.ts";
import { defineServer } from "../definition.ts";
import { healthRows } from "./options.ts";

export const health = defineServer({
  type: "health",
  options: healthRows,
  addressOption: "health-server-address",
  unused: "Without the health service",
  capabilities: [{ ...BIND_CAPABILITY, when: (values) => portOf(values["health-server-address"]) < 1024 }],
  ports: ({ "health-server-address": address }) => [
    { protocol: address.startsWith("unix:") ? "unix" : "tcp", address, option: "health-server-address" },
  ],
  check: (config) => ({ problems: addressProblems(config, "health-server-address") }),
  async create({ values, isAddressSet, log, agent }) {
    const { HealthServer } = await import("./index.ts");
    return new HealthServer({
      isAddressSet,
      log,
      agent,
      address: values["health-server-address"],
      intervalMs: values["health-server-interval"] * 1000,
    });
  },
});
