/** @module What the UDP exporter declares. */
import type { ValuesOf } from "../../config/option.ts";
import { FACILITIES } from "../../encoding/rfc5424/facilities.ts";
import { defineExporter } from "../exporter.ts";
import type { Framer } from "./framer.ts";
import { isPacking, limitsOfDatagrams } from "./limits.ts";
import { UDP_OPTIONS } from "./options.ts";
import type { Packer } from "./packer.ts";

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
    const packing = isPacking(values);
    return createUdpExporter({
      ...settings,
      whenFull: values["udp-when-full"],
      host: values["udp-output-address"],
      port: values["udp-output-port"],
      sendBufferBytes: values["udp-buffer-size"],
      maxDatagramBytes: values["udp-max-datagram-size"],
      // Spaces would be part of the events of a batch, and none of what is compressed.
      padPercent: packing || values["udp-format"] !== "json" ? 0 : values["udp-pad"],
      framer: values["udp-format"] === "json" ? undefined : await createFramer(values),
      packer: packing ? await createPacker(values) : undefined,
      lingerMs: values["udp-batch"] ? values["udp-linger"] : 0,
      resolveIntervalMs: values["udp-resolve-interval"],
      values,
      inflight: followed!.inflight,
      lookup: systemLookup,
    });
  },
});

/** What the format needs is loaded only here. */
async function createFramer(values: ValuesOf<typeof UDP_OPTIONS>): Promise<Framer> {
  const { Framer } = await import("./framer.ts");
  const maxDatagramBytes = values["udp-max-datagram-size"];
  if (values["udp-format"] === "gelf") {
    const { createGelf } = await import("../../encoding/gelf/envelope.ts");
    return new Framer({ envelope: createGelf(), maxDatagramBytes, hasChunks: true });
  }
  const { createRfc5424 } = await import("../../encoding/rfc5424/envelope.ts");
  const facility = FACILITIES.indexOf(values["udp-syslog-facility"]);
  return new Framer({ envelope: createRfc5424(facility, process.pid), maxDatagramBytes, hasChunks: false });
}

/** What it needs is loaded only here. */
async function createPacker(values: ValuesOf<typeof UDP_OPTIONS>): Promise<Packer> {
  const compression = values["udp-compression"];
  const { Packer } = await import("./packer.ts");
  const compress =
    compression === "none"
      ? undefined
      : (await import("../../encoding/compression/compress.ts")).createCompressor(compression);
  return new Packer({
    maxDatagramBytes: values["udp-max-datagram-size"],
    joins: values["udp-batch"],
    compress,
  });
}
