/** @module `tetrad metadata`: prints the `agent_init` event that a start with the same flags would send. */
import { loadConfig } from "../agent/config.ts";
import { OPTION_TABLE, type OptionValues } from "../agent/option-table.ts";
import { createAgentInit, encodeAgentInit, readHostFacts } from "../metadata/agent-init.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import type { Command } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

/** The encoded event and the host name in it, for this process and these options. */
export function collectMetadata(values: OptionValues): { line: Uint8Array; hostname: string | undefined } {
  const host = readHostFacts();
  const event = createAgentInit({
    build: BUILD_INFO,
    startedAt: new Date(performance.timeOrigin),
    pid: process.pid,
    host,
    udp: values["udp-output-enabled"]
      ? {
          address: values["udp-output-address"],
          port: values["udp-output-port"],
          bufferSize: values["udp-buffer-size"],
        }
      : undefined,
  });
  return { line: encodeAgentInit(event), hostname: host.hostname };
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
    print(new TextDecoder().decode(collectMetadata({ ...values, "udp-output-enabled": true }).line));
    return EXIT_OK;
  },
};
