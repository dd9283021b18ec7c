/** @module `tetrad eventlog`: how a running agent rotates its export file. */
import { duration, integer } from "../config/kind.ts";
import { formatDuration } from "../lib/text/duration.ts";
import { printable } from "../lib/text/printable.ts";
import { TetradError } from "../os/error.ts";
import { apiCommand } from "./api/command.ts";
import { commandGroup } from "./group.ts";

const MAX_INT32 = 2 ** 31 - 1;

const get = apiCommand({
  summary: "Print how the export file is rotated.",
  examples: [{ does: "Ask the agent on this host.", command: ["tetrad eventlog get"] }],
  async run({ values, print, printError }) {
    const { callServer } = await import("./api/call.ts");
    const { EventLogService } = await import("../encoding/protobuf/generated/tetragon/eventlogservice_pb.ts");
    const { maxSize, maxBackups, rotationInterval } = await callServer(
      { values, printError, task: "ask how the export file is rotated" },
      EventLogService.method.getEventLogParams,
      {},
    );
    // As Go prints such a message: without what is 0 or empty.
    const shown = [
      maxSize === 0 ? "" : `max_size:${maxSize}`,
      rotationInterval === "" ? "" : `rotation_interval:"${printable(rotationInterval)}"`,
      maxBackups === 0 ? "" : `max_backups:${maxBackups}`,
    ].filter((text) => text !== "");
    print(`Current logging parameters: ${shown.join(" ")}\n`);
    return undefined;
  },
});

const SET_FLAGS = {
  "max-size": {
    placeholder: "MB",
    kind: integer({ min: 0, max: MAX_INT32 }),
    default: "0",
    description: "Size at which the export file is rotated, in megabytes. 0: as it is.",
  },
  "max-backups": {
    placeholder: "COUNT",
    kind: integer({ min: 0, max: MAX_INT32 }),
    default: "0",
    description: "How many rotated files are kept. 0: as it is.",
  },
  "rotation-interval": {
    placeholder: "DURATION",
    kind: duration({ min: 1000, zero: true }),
    default: "0s",
    description: "How often the file is rotated whatever its size. 0s: as it is.",
  },
};

const set = apiCommand({
  flags: SET_FLAGS,
  summary: "Set how the export file is rotated, until the agent is started again.",
  examples: [
    {
      does: "Keep ten files of 100 MB each.",
      command: ["tetrad eventlog set --max-size=100 --max-backups=10"],
    },
  ],
  async run({ values, printError }) {
    const [maxSize, maxBackups, interval] = [
      values["max-size"],
      values["max-backups"],
      values["rotation-interval"],
    ];
    if (maxSize === 0 && maxBackups === 0 && interval === 0)
      throw new TetradError(
        "config",
        "Cannot set anything: found no value, expected --max-size, --max-backups or --rotation-interval",
      );
    const { callServer } = await import("./api/call.ts");
    const { EventLogService } = await import("../encoding/protobuf/generated/tetragon/eventlogservice_pb.ts");
    await callServer(
      { values, printError, task: "set how the export file is rotated" },
      EventLogService.method.setEventLogParams,
      { maxSize, maxBackups, rotationInterval: interval === 0 ? "" : formatDuration(interval) },
    );
    return undefined;
  },
});

export const eventlog = commandGroup(
  { get: async () => get, set: async () => set },
  {
    summary: "Print or set how a running tetrad or Tetragon rotates its export file.",
    examples: [{ does: "See how it does.", command: ["tetrad eventlog get"] }],
  },
);
