/** @module `tetrad metadata`: prints the `agent_init` event that a start with the same flags would send. */

import { udpDestinations, usedExporters } from "../agent/component-use.ts";
import { loadConfig } from "../agent/config.ts";
import { OPTION_TABLE, type OptionValues } from "../agent/option-table.ts";
import { udp } from "../exporter/udp/definition.ts";
import { createAgentInit, encodeAgentInit, readHostFacts, type UdpFacts } from "../metadata/agent-init.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { MetadataProvider } from "../metadata/provider.ts";
import type { Command, CommandContext } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

/** What `agent_init` says of this process, and the name of its node in events. */
interface HostMetadata {
  readonly nodeName: string | undefined;
  /** The line for those who get datagrams from there, and for all others. The same line for the same place. */
  readonly linesFor: (udp: UdpFacts | undefined) => MetadataProvider;
}

/** Gathers it once. */
export function hostMetadata(values: OptionValues, env: CommandContext["env"]): HostMetadata {
  const host = readHostFacts();
  // In Tetragon's order (`pkg/reader/node`).
  const name = env.HUBBLE_NODE_NAME || env.NODE_NAME || undefined;
  const settings = {
    build: BUILD_INFO,
    startedAt: new Date(performance.timeOrigin),
    pid: process.pid,
    host,
    nodeName: name,
    clusterName: values["cluster-name"] === "" ? undefined : values["cluster-name"],
  };
  const lines = new Map<string, MetadataProvider>();
  return {
    nodeName: settings.nodeName ?? host.hostname,
    linesFor(udp) {
      const event = createAgentInit({ ...settings, udp });
      const key = `${event.udp_destination} ${event.udp_buffer_size}`;
      const line = lines.get(key) ?? new MetadataProvider(encodeAgentInit(event));
      lines.set(key, line);
      return line;
    },
  };
}

export const metadata: Command = {
  flags: OPTION_TABLE.rows,
  help: {
    summary: "Print the agent_init event that a start with the same flags would send.",
    details: ["One JSON document; it has the fields of the UDP output, as if --udp-output-enabled were set."],
    describes: ["help"],
    examples: [
      {
        does: "See what a receiver will learn about this host.",
        command: ["tetrad metadata --udp-output-address=collector.example.com | jq"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "printed",
      [EXIT_CONFIG]: "the configuration is wrong; each problem is one line on standard error",
    },
  },
  async run({ argv, env, print }) {
    const { values } = loadConfig({ argv, env });
    const [destination = udp.udp?.(values)] = udpDestinations(usedExporters(values));
    const { line } = hostMetadata(values, env).linesFor(destination);
    print(new TextDecoder().decode(line));
    return EXIT_OK;
  },
};
