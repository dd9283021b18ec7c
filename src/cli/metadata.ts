/** @module `tetrad metadata`: prints the `agent_init` event that a start with the same flags would send. */

import { udpDestinations, usedExporters } from "../agent/component-use.ts";
import { readConfig } from "../agent/config.ts";
import { createRunMetadata } from "../agent/metadata.ts";
import { OPTION_TABLE } from "../agent/option-table.ts";
import { udp } from "../exporter/udp/definition.ts";
import { NOTHING } from "../metadata/document.ts";
import type { Command } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

export const metadata: Command = {
  get flags() {
    return OPTION_TABLE.rows;
  },
  flagSet: OPTION_TABLE,
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
    const { values } = await readConfig({ argv, env });
    const [destination = udp.udp?.(values)] = udpDestinations(usedExporters(values));
    const { life } = await createRunMetadata(values, env);
    print(new TextDecoder().decode(life.provide(destination).lineAfter(NOTHING)));
    return EXIT_OK;
  },
};
