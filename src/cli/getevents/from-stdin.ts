/** @module Events as JSON from standard input, with the filters that a server would apply. */
import { createPipeline } from "../../pipeline/pipeline.ts";
import type { Sink } from "../../source/source.ts";
import { StdinSource } from "../../source/stdin/stdin-source.ts";
import { createCounters } from "../../telemetry/counters.ts";
import { createLog } from "../../telemetry/log.ts";
import type { CommandContext } from "../command.ts";
import type { GetEventsValues } from "./flags.ts";
import type { EventsRequest } from "./request.ts";

/** What {@link printFromStandardInput} is given. */
export interface FromStandardInputSettings extends Pick<CommandContext, "printError"> {
  readonly values: GetEventsValues;
  readonly request: EventsRequest;
  readonly sink: Sink;
  /** Ends it, as asked. */
  readonly signal: AbortSignal;
}

/** What problems call the filters. */
const FILTER_NAMES = {
  allowlist: "the filter flags",
  denylist: "the filter flags",
  fieldFilters: "--include-fields and --exclude-fields",
};

/**
 * Prints to the end of the input, or until `signal` aborts.
 * @returns Whether all of it could be read.
 * @throws TetradError `config` for filters that are wrong.
 */
export async function printFromStandardInput(settings: FromStandardInputSettings): Promise<boolean> {
  const { values, request, sink, signal, printError } = settings;
  const counters = createCounters();
  const pipeline = createPipeline({
    validate: "syntax",
    exportAllowlist: request.filter === undefined ? "" : JSON.stringify(request.filter),
    exportDenylist: "",
    filterNames: FILTER_NAMES,
    enablePidSetFilter: false,
    fieldFilters: request.fieldFilters
      .map(({ paths, action }) => JSON.stringify({ fields: paths.join(","), action }))
      .join("\n"),
    redactionFilters: "",
    exportRateLimit: -1,
    aggregation: undefined,
    commonFields: {},
    counters,
    clock: Date.now,
    onInvalid: ({ reason }) => {
      if (values.debug) printError(`Line left out: ${reason}\n`);
    },
    onInternalError: (error) => printError(`Event left out: ${String(error)}\n`),
    warn: (message) => printError(`${message}\n`),
  });
  const { log } = createLog({ level: values.debug ? "debug" : "warning", format: "text", file: "" });
  const write = (batch: Parameters<Sink["write"]>[0]) => {
    pipeline.process(batch);
    return sink.write(batch);
  };
  const source = new StdinSource({
    sink: { write, offer: (batch) => void write(batch) },
    counters,
    log,
    maxLineBytes: values["max-recv-size"],
  });
  await source.start();
  const stop = () => void source.stop(AbortSignal.timeout(1000));
  signal.addEventListener("abort", stop);
  await source.run();
  signal.removeEventListener("abort", stop);
  if (counters.invalid > 0) printError(`Left out lines that are no events: ${counters.invalid}\n`);
  return !source.hasFailed;
}
