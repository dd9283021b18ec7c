/** @module `tetrad status`: the health of a running agent. */
import { printable } from "../lib/text/printable.ts";
import { TetradError } from "../os/error.ts";
import { apiCommand } from "./api/command.ts";
import type { ServerUse } from "./api/connect.ts";
import { API_EXIT_CODES } from "./api/flags.ts";
import { EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

/** A line about each policy, and why it is not loaded; empty where there is none, or the server cannot say. */
async function policyLines(server: ServerUse): Promise<string> {
  const { callServer } = await import("./api/call.ts");
  const { FineGuidanceSensors } = await import("../encoding/protobuf/generated/tetragon/sensors_pb.ts");
  const { policyStates } = await import("./policy/table.ts");
  try {
    const { policies } = await callServer(
      { ...server, task: "list the tracing policies" },
      FineGuidanceSensors.method.listTracingPolicies,
      {},
    );
    return policyStates(policies);
  } catch (error) {
    if (error instanceof TetradError) return "";
    throw error;
  }
}

export const status = apiCommand({
  summary: "Print the health of a running tetrad or Tetragon, and the state of its tracing policies.",
  examples: [
    { does: "Ask the agent on this host.", command: ["tetrad status"] },
    {
      does: "Ask another one.",
      command: ["tetrad status --server-address=tetragon-grpc.kube-system.svc.cluster.local:54321"],
    },
  ],
  exitCodes: {
    ...API_EXIT_CODES,
    [EXIT_OK]: "the agent runs",
    [EXIT_FAILED]: "it could not be reached, or says that it does not run as it should",
  },
  async run({ values, print, printError }) {
    const { callServer } = await import("./api/call.ts");
    const { FineGuidanceSensors } = await import("../encoding/protobuf/generated/tetragon/sensors_pb.ts");
    const { HealthStatusResult } = await import("../encoding/protobuf/generated/tetragon/tetragon_pb.ts");
    const { healthStatus } = await callServer(
      { values, printError, task: "ask for the health" },
      FineGuidanceSensors.method.getHealth,
      {},
    );
    const [first] = healthStatus;
    if (first === undefined) {
      print("Health Status: no status available\n");
      return EXIT_FAILED;
    }
    print(`Health Status: ${printable(first.details)}\n`);
    print(await policyLines({ values, printError }));
    return first.status === HealthStatusResult.HEALTH_STATUS_RUNNING ? EXIT_OK : EXIT_FAILED;
  },
});
