/** @module `tetrad metadata`: prints the `agent_init` event that a start with the same flags would send. */
import { loadConfig } from "../config/load.ts";
import type { OptionValues } from "../config/options.ts";
import { createAgentInit, encodeAgentInit, readHostFacts } from "../metadata/agent-init.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import type { Command } from "./context.ts";
import { EXIT_OK } from "./exit-code.ts";
import { requestedHelp } from "./help.ts";

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

/** Prints one JSON document; with UDP fields, as if `--udp-output-enabled` were set. */
export const runMetadata: Command = async ({ argv, env, print }) => {
  const help = requestedHelp(argv);
  if (help !== undefined) {
    print(help);
    return EXIT_OK;
  }
  const { values } = loadConfig({ argv, env });
  print(new TextDecoder().decode(collectMetadata({ ...values, "udp-output-enabled": true }).line));
  return EXIT_OK;
};
