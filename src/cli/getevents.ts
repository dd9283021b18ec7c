/** @module `tetrad getevents`: prints the events of a running agent, or those of standard input. */
import { fstatSync } from "node:fs";
import { readValues } from "../config/flags.ts";
import type { Command, CommandContext } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";
import { GET_EVENTS_FLAGS } from "./getevents/flags.ts";

export const getevents: Command = {
  flags: GET_EVENTS_FLAGS,
  help: {
    summary: "Print the events of a running tetrad or Tetragon.",
    details: [
      "Filters are ANDed, the values of one are ORed. A server applies them. Where standard input is a pipe and --server-address is not given, events are read from there instead, as JSON, a line each, and filtered here.",
      "What events hold is shown on a terminal and never obeyed: control characters are escaped.",
    ],
    examples: [
      { does: "Watch what is executed.", command: ["tetrad getevents -o compact -e PROCESS_EXEC"] },
      {
        does: "Watch one namespace, whatever happens to the agent.",
        command: ["tetrad getevents -o compact --timestamps --namespace=shop --reconnect"],
      },
      {
        does: "Look at recorded events.",
        command: ["cat events.json | tetrad getevents -o compact --process='/curl$'"],
      },
      {
        does: "Watch what runs as root. Numbers without a sign end in u.",
        command: ["tetrad getevents --cel-expression='process_exec.process.uid == 0u'"],
      },
      { does: "Leave out what is not wanted.", command: ["tetrad getevents -F parent,process.pod | jq"] },
    ],
    exitCodes: {
      [EXIT_OK]: "the input ended, the server ended the stream, or it was stopped by SIGINT or SIGTERM",
      [EXIT_FAILED]: "the server could not be reached, refused, or was lost; standard error says why",
      [EXIT_CONFIG]: "a flag is wrong",
    },
  },
  run,
};

async function run({ argv, env, print, printError }: CommandContext): Promise<number> {
  const { values } = readValues(argv, GET_EVENTS_FLAGS);
  const { readRequest } = await import("./getevents/request.ts");
  const request = readRequest(values);
  const { Printer } = await import("./getevents/printer.ts");
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const sink = new Printer({ values, env, print, onClosed: stop });
  const settings = { values, request, sink, printError, signal: stopping.signal };
  try {
    if (values["server-address"] === "" && isPipe(0)) {
      const { printFromStandardInput } = await import("./getevents/from-stdin.ts");
      return (await printFromStandardInput(settings)) ? EXIT_OK : EXIT_FAILED;
    }
    const { printFromServer } = await import("./getevents/from-server.ts");
    await printFromServer(settings);
    return EXIT_OK;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    // It is closed.
    return false;
  }
}
