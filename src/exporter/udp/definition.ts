/** @module What the UDP exporter declares. */
import { defineExporter } from "../exporter.ts";
import { limitsOfDatagrams } from "./limits.ts";
import { UDP_OPTIONS } from "./options.ts";

export const udp = defineExporter({
  type: "udp",
  options: UDP_OPTIONS,
  enabledBy: "udp-output-enabled",
  isDurable: true,
  udp: (values) => ({
    address: values["udp-output-address"],
    port: values["udp-output-port"],
    bufferSize: values["udp-buffer-size"],
  }),
  capabilities: [
    {
      name: "CAP_NET_ADMIN",
      until: "start",
      why: "make the send buffer larger than net.core.wmem_max",
    },
  ],
  check: limitsOfDatagrams,
  async create({ values, followed, ...settings }) {
    const { createUdpExporter } = await import("./index.ts");
    const { systemLookup } = await import("./resolver.ts");
    return createUdpExporter({
      ...settings,
      whenFull: values["udp-when-full"],
      host: values["udp-output-address"],
      port: values["udp-output-port"],
      sendBufferBytes: values["udp-buffer-size"],
      maxDatagramBytes: values["udp-max-datagram-size"],
      padPercent: values["udp-pad"],
      resolveIntervalMs: values["udp-resolve-interval"],
      values,
      inflight: followed!.inflight,
      lookup: systemLookup,
    });
  },
});
