/** @module `tetrad loglevel`: the log level of a running agent. */
import type { LogLevel } from "../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { TetradError } from "../os/error.ts";
import { apiCommand } from "./api/command.ts";
import { commandGroup } from "./group.ts";

/** By their numbers in the API, with the names that `tetra` prints. */
const LEVELS = ["panic", "fatal", "error", "warning", "info", "debug", "trace"] as const;

function levelName(number: number): string {
  return LEVELS[number] ?? `unknown (${number})`;
}

/** @throws TetradError `config` for a word that is none. */
function levelNumber(word: string): LogLevel {
  const wanted = word.toLowerCase();
  const number = LEVELS.findIndex((name) => name === wanted || (name === "warning" && wanted === "warn"));
  if (number >= 0) return number as LogLevel;
  throw new TetradError(
    "config",
    `Cannot set the log level: found ${JSON.stringify(word)}, expected one of ${LEVELS.join(", ")}`,
  );
}

const get = apiCommand({
  summary: "Print the log level.",
  examples: [{ does: "Ask the agent on this host.", command: ["tetrad loglevel get"] }],
  async run({ values, print, printError }) {
    const { callServer } = await import("./api/call.ts");
    const { ConfigFlag, FineGuidanceSensors } = await import(
      "../encoding/protobuf/generated/tetragon/sensors_pb.ts"
    );
    const { arg } = await callServer(
      { values, printError, task: "ask for the log level" },
      FineGuidanceSensors.method.getDebug,
      { flag: ConfigFlag.LOG_LEVEL },
    );
    // An enum's zero is not sent.
    print(`Current log level: ${levelName(arg.case === "level" ? arg.value : 0)}\n`);
    return undefined;
  },
});

const set = apiCommand({
  args: [{ placeholder: "LEVEL", isRequired: true, values: () => LEVELS }],
  summary: "Set the log level, until the agent is started again or reads its configuration anew (SIGHUP).",
  examples: [{ does: "See more.", command: ["tetrad loglevel set debug"] }],
  async run({ values, words: [word = ""], print, printError }) {
    const level = levelNumber(word);
    const { callServer } = await import("./api/call.ts");
    const { ConfigFlag, FineGuidanceSensors } = await import(
      "../encoding/protobuf/generated/tetragon/sensors_pb.ts"
    );
    const { arg } = await callServer(
      { values, printError, task: "set the log level" },
      FineGuidanceSensors.method.setDebug,
      { flag: ConfigFlag.LOG_LEVEL, arg: { case: "level", value: level } },
    );
    print(`Log level set to: ${levelName(arg.case === "level" ? arg.value : 0)}\n`);
    return undefined;
  },
});

export const loglevel = commandGroup(
  { get: async () => get, set: async () => set },
  {
    summary: "Print or set the log level of a running tetrad or Tetragon.",
    details: ["tetrad log is another name for it."],
    examples: [{ does: "See more, for as long as the agent runs.", command: ["tetrad loglevel set debug"] }],
  },
);
