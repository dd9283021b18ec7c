/** @module `tetrad info`: version, build and options of a running agent. */
import { apiCommand } from "./api/command.ts";

export const info = apiCommand({
  summary: "Print version, build and options of a running tetrad or Tetragon, as JSON.",
  examples: [
    { does: "See which options the agent on this host runs with.", command: ["tetrad info | jq .Conf"] },
  ],
  async run({ values, print, printError }) {
    const { callServer } = await import("./api/call.ts");
    const { describeInfo } = await import("./api/describe-info.ts");
    const { FineGuidanceSensors } = await import("../encoding/protobuf/generated/tetragon/sensors_pb.ts");
    const answer = await callServer(
      { values, printError, task: "ask for information" },
      FineGuidanceSensors.method.getInfo,
      {},
    );
    print(`${JSON.stringify(describeInfo(answer))}\n`);
    return undefined;
  },
});
