/** @module Events of a running agent, over its API. */
import { setTimeout as sleep } from "node:timers/promises";
import { create, fromJson, toBinary } from "@bufbuild/protobuf";
import {
  FieldFilterAction,
  FilterSchema,
  GetEventsRequestSchema,
} from "../../encoding/protobuf/generated/tetragon/events_pb.ts";
import { GET_EVENTS } from "../../encoding/protobuf/paths.ts";
import type { GrpcClient } from "../../lib/grpc/client.ts";
import { type GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { formatDuration } from "../../lib/text/duration.ts";
import { printable } from "../../lib/text/printable.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import type { Sink } from "../../source/source.ts";
import { EventStream } from "../../source/tetragon/event-stream.ts";
import { createCounters } from "../../telemetry/counters.ts";
import { withServer } from "../api/connect.ts";
import type { CommandContext } from "../command.ts";
import type { GetEventsValues } from "./flags.ts";
import type { EventsRequest } from "./request.ts";

/** What {@link printFromServer} is given. */
export interface FromServerSettings extends Pick<CommandContext, "printError"> {
  readonly values: GetEventsValues;
  readonly request: EventsRequest;
  readonly sink: Sink;
  /** Ends it, as asked. */
  readonly signal: AbortSignal;
}

/** A line is longer than the message that it is made of: names are in it. */
const LINE_FACTOR = 8;

function encodeRequest({ filter, fieldFilters }: EventsRequest): Uint8Array {
  const request = create(GetEventsRequestSchema, {
    allowList: filter === undefined ? [] : [fromJson(FilterSchema, filter as never)],
    fieldFilters: fieldFilters.map(({ paths, action }) => ({
      fields: { paths: [...paths] },
      action: FieldFilterAction[action],
    })),
  });
  return toBinary(GetEventsRequestSchema, request);
}

/**
 * Prints until the stream ends or `signal` aborts; with `--reconnect`, the latter alone.
 * @throws TetradError where the server cannot be reached, or ends the stream with an error.
 */
export async function printFromServer(settings: FromServerSettings): Promise<void> {
  const { values, signal, printError } = settings;
  const request = encodeRequest(settings.request);
  while (!signal.aborted) {
    const problem = await follow(request, settings).catch((error: unknown) => error);
    if (signal.aborted) return;
    if (!values.reconnect) {
      if (problem !== undefined) throw problem;
      return;
    }
    const why = problem === undefined ? "the server ended the stream" : printable(errorMessage(problem));
    const wait = values["reconnect-wait"];
    printError(`${why}: connecting again in ${formatDuration(wait)}\n`);
    await sleep(wait, undefined, { signal }).catch(() => {});
  }
}

async function follow(
  request: Uint8Array,
  { values, sink, signal, printError }: FromServerSettings,
): Promise<void> {
  const maxBytes = values["max-recv-size"];
  const warnOnce = once((what: string) => printError(`${what}\n`));
  const stream = new EventStream({
    sink,
    counters: createCounters(),
    maxLineBytes: maxBytes * LINE_FACTOR,
    onTooLong: () => warnOnce(`An event is left out: it is longer than --max-recv-size ${maxBytes}`),
    onMalformed: (reason) => warnOnce(`A message is left out: ${printable(reason)}`),
  });
  const error = await withServer({ values, printError, signal }, async (client: GrpcClient) => {
    const stop = () => client.close();
    signal.addEventListener("abort", stop);
    // Without what an agent of this kind says of itself: Tetragon's clients get events alone.
    const call = client.call(GET_EVENTS, request, {
      onPiece: (piece) => stream.onPiece(piece),
      onEnd: (problem) => stream.onEnd(problem),
    });
    stream.attach(call);
    const problem = await stream.ended;
    signal.removeEventListener("abort", stop);
    return problem;
  });
  if (error === undefined || error.code === STATUS.cancelled) return;
  const what =
    error.code === STATUS.invalidArgument ? "The server refuses the filters" : "Cannot read more events";
  throw new TetradError("failed", `${what}: ${printable(error.message)}`, {
    cause: error satisfies GrpcError,
  });
}

/** Calls `say` for the first of all. */
function once(say: (what: string) => void): (what: string) => void {
  let isSaid = false;
  return (what) => {
    if (!isSaid) say(what);
    isSaid = true;
  };
}
