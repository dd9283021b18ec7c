/** @module What the UDP exporter declares. */
import type { ValuesOf } from "../../config/option.ts";
import type { Compressor } from "../../encoding/compression/compress.ts";
import { ecsSettings } from "../../encoding/ecs/options.ts";
import { FACILITIES } from "../../encoding/rfc5424/facilities.ts";
import type { AgentFacts } from "../../metadata/document.ts";
import { defineExporter } from "../exporter.ts";
import type { Framer } from "./framer.ts";
import { isPacking, limitsOfDatagrams } from "./limits.ts";
import { udpRows } from "./options.ts";
import type { Packer } from "./packer.ts";

type Values = ValuesOf<ReturnType<typeof udpRows>>;

export const udp = defineExporter({
  type: "udp",
  options: udpRows,
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
  unused: "Without --udp-output-enabled",
  check: limitsOfDatagrams,
  async create({ values, followed, facts, ...settings }) {
    const { createUdpExporter } = await import("./index.ts");
    const { systemLookup } = await import("./resolver.ts");
    const isJson = values["udp-format"] === "json";
    return createUdpExporter({
      ...settings,
      whenFull: values["udp-when-full"],
      host: values["udp-output-address"],
      port: values["udp-output-port"],
      sendBufferBytes: values["udp-buffer-size"],
      maxDatagramBytes: values["udp-max-datagram-size"],
      // Spaces would be part of the events of a batch, and none of what is compressed.
      padPercent: isJson && !isPacking(values) ? values["udp-pad"] : 0,
      framer: isJson ? undefined : await createFramer(values, facts),
      packer: isJson && isPacking(values) ? await createPacker(values) : undefined,
      lingerMs: values["udp-batch"] ? values["udp-linger"] : 0,
      resolveIntervalMs: values["udp-resolve-interval"],
      values,
      inflight: followed!.inflight,
      lookup: systemLookup,
    });
  },
});

/** What the format needs is loaded only here. */
async function createFramer(values: Values, facts: AgentFacts): Promise<Framer> {
  const { Framer } = await import("./framer.ts");
  const { createEnvelope } = await import("../../encoding/create-envelope.ts");
  const facility = FACILITIES.indexOf(values["udp-syslog-facility"]);
  const format = values["udp-format"] as Exclude<Values["udp-format"], "json">;
  return new Framer({
    envelope: await createEnvelope(format, { facility, ecs: ecsSettings(values, facts) }),
    maxDatagramBytes: values["udp-max-datagram-size"],
    hasChunks: format === "gelf",
    compress: await createCompress(values),
  });
}

/** What it needs is loaded only here. */
async function createPacker(values: Values): Promise<Packer> {
  const { Packer } = await import("./packer.ts");
  return new Packer({
    maxDatagramBytes: values["udp-max-datagram-size"],
    joins: values["udp-batch"],
    compress: await createCompress(values),
  });
}

async function createCompress({ "udp-compression": compression }: Values): Promise<Compressor | undefined> {
  if (compression === "none") return undefined;
  const { createCompressor } = await import("../../encoding/compression/compress.ts");
  return createCompressor(compression);
}
