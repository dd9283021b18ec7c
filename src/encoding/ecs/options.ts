/** @module Options of documents of the Elastic Common Schema, for every exporter that sends them. */
import { boolean, checkedText, choice } from "../../config/kind.ts";
import { type OptionRows, optionRows, type ValuesOf } from "../../config/option.ts";
import type { AgentFacts } from "../../metadata/document.ts";
import { DATA_STREAM, type EcsSettings } from "./settings.ts";

const GROUP = "ECS documents";

/** Parts of the name of a data stream: https://www.elastic.co/docs/reference/ecs/ecs-data_stream */
const PART = /^[^-\p{Lu}\\/*?"<>| ,#:]{1,100}$/u;
const part = () =>
  checkedText("up to 100 characters without upper case, '-' and any of \\/*?\"<>| ,#:", (text) =>
    PART.test(text),
  );

export const ecsRows = optionRows(() => ({
  "ecs-dataset": {
    group: GROUP,
    from: "tetrad",
    support: "used",
    placeholder: "NAME",
    kind: part(),
    default: DATA_STREAM.dataset,
    description: "event.dataset and data_stream.dataset of ECS documents (docs/ecs.md).",
  },
  "ecs-namespace": {
    group: GROUP,
    from: "tetrad",
    support: "used",
    placeholder: "NAME",
    kind: part(),
    default: DATA_STREAM.namespace,
    description: "data_stream.namespace of ECS documents.",
  },
  "ecs-spelling": {
    group: GROUP,
    from: "tetrad",
    support: "used",
    placeholder: "tetragon|integration",
    kind: choice(["tetragon", "integration"]),
    default: "tetragon",
    description:
      "How ECS documents call executions and exits in event.action: process_exec and process_exit, or executed and end as Elastic's Tetragon integration does, which also takes arguments apart at every space.",
  },
  "ecs-original": {
    group: GROUP,
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Also put a copy of message, the event as it came, into event.original of ECS documents. An index of tetrad elastic setup takes such documents only if the option was set there, too: otherwise it is an alias of message.",
  },
  "ecs-command-line": {
    group: GROUP,
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Also put process.command_line and process.args_count into ECS documents. They repeat what process.executable and process.args say, and make long command lines cost their bytes once more.",
  },
}));

/** What an encoder is told by options. @param values With those of {@link ecsRows}. */
export function ecsSettings(values: ValuesOf<OptionRows>, facts: AgentFacts): EcsSettings {
  const own = values as ValuesOf<ReturnType<typeof ecsRows>>;
  return {
    agent: { version: facts.build.version, id: facts.agentId, startId: facts.startId },
    dataStream: { ...DATA_STREAM, dataset: own["ecs-dataset"], namespace: own["ecs-namespace"] },
    spelling: own["ecs-spelling"],
    hasOriginal: own["ecs-original"],
    hasCommandLine: own["ecs-command-line"],
  };
}
