/** @module What a client of `GetEvents` asks for: filters, fields and aggregation, with the meaning that the options have. */
import { type DescMessage, fromBinary, type MessageShape, toJsonString } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  type FieldFilter,
  FieldFilterAction,
  FilterSchema,
  type GetEventsRequest,
  GetEventsRequestSchema,
} from "../../../encoding/protobuf/generated/tetragon/events_pb.ts";
import { StepBudget, withStepBudget } from "../../../lib/cel/index.ts";
import { GrpcError, STATUS } from "../../../lib/grpc/status.ts";
import { PatternLimitError, type PatternLimits, withPatternLimits } from "../../../lib/re2/index.ts";
import { TetradError } from "../../../os/error.ts";
import { createEventSelector } from "../../../pipeline/filter/event-selector.ts";
import { createPipeline } from "../../../pipeline/pipeline.ts";
import type { HeldRoom, Pipeline } from "../../../pipeline/settings.ts";
import { createCounters } from "../../../telemetry/counters.ts";
import type { ServedAgent } from "../../definition.ts";
import type { EventClient } from "./event-client.ts";
import type { StreamRequest } from "./event-streams.ts";
import type { SharedMessages } from "./shared-messages.ts";

/** Filters of one list: each costs time for every event. */
const MAX_FILTERS = 128;
/**
 * Their regular expressions: a few bytes are a thousand instructions, which take time to compile, meanwhile nothing else
 * is done, and memory for as long as the client is there.
 */
const PATTERN_LIMITS: PatternLimits = { length: 1024, size: 20_000 };
/** Steps of all its CEL expressions in a second, some 3 ms: what goes through no list and builds no text takes none. */
const CEL_STEPS_PER_SECOND = 100_000;
/** Where the client says nothing (Tetragon's `aggregator.NewAggregator`). */
const DEFAULT_WINDOW_MS = 15_000;
const MAX_WINDOW_MS = 3_600_000;
/** Different events that are held for one client. */
const DEFAULT_BUFFER = 10_000;
const MAX_BUFFER = 10_000;

const NAMES = { allowlist: "allow_list", denylist: "deny_list" };

/**
 * @param room Where the aggregations of all clients hold events.
 * @throws GrpcError `INVALID_ARGUMENT` for one that cannot be read, or asks for what there is not.
 */
export function readStreamRequest(bytes: Uint8Array, agent: ServedAgent, room: HeldRoom): StreamRequest {
  const request = decode(GetEventsRequestSchema, bytes);
  const { allowList, denyList, fieldFilters, aggregationOptions } = request;
  for (const [name, list] of Object.entries({
    allow_list: allowList,
    deny_list: denyList,
    field_filters: fieldFilters,
  })) {
    if (list.length > MAX_FILTERS)
      throw new GrpcError(
        STATUS.invalidArgument,
        `Cannot use ${name}: found ${list.length} filters, may be ${MAX_FILTERS}`,
      );
  }
  try {
    const isStaged = fieldFilters.length > 0 || aggregationOptions !== undefined;
    const { value, size } = withPatternLimits(PATTERN_LIMITS, () =>
      withStepBudget(new StepBudget(CEL_STEPS_PER_SECOND), () =>
        isStaged ? staged(request, agent, room) : selecting(request),
      ),
    );
    return { ...value, patternSize: size };
  } catch (error) {
    if (error instanceof PatternLimitError)
      throw new GrpcError(STATUS.invalidArgument, `Cannot use the filters: ${error.message}`);
    if (error instanceof TetradError)
      throw new GrpcError(STATUS.invalidArgument, withoutExcerpts(error.message));
    throw error;
  }
}

function selecting(request: GetEventsRequest): StreamRequest {
  const filter = createEventSelector({
    ...lists(request),
    names: NAMES,
    enablePidSetFilter: true,
    warn() {},
  });
  return filter === undefined ? {} : { filter };
}

function decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch (error) {
    throw new GrpcError(STATUS.invalidArgument, `Cannot read the request: ${String(error)}`);
  }
}

/** The lists as the options have them: JSON documents, one after another. */
function lists({ allowList, denyList }: GetEventsRequest): { allowlist: string; denylist: string } {
  const text = (filters: GetEventsRequest["allowList"]): string =>
    filters.map((filter) => toJsonString(FilterSchema, filter, { useProtoFieldName: true })).join("\n");
  return { allowlist: text(allowList), denylist: text(denyList) };
}

/** A mask's JSON would lose names that are not in camel case both ways. */
function fieldFilterText({ eventSet, fields, action, invertEventSet }: FieldFilter): string {
  return JSON.stringify({
    event_set: eventSet,
    ...(fields !== undefined && { fields: fields.paths.join(",") }),
    action: action === FieldFilterAction.EXCLUDE ? "EXCLUDE" : "INCLUDE",
    ...(invertEventSet !== undefined && { invert_event_set: invertEventSet }),
  });
}

/** A client that gets events changed, or several as one, has a pipeline of its own. */
function staged(request: GetEventsRequest, agent: ServedAgent, room: HeldRoom): StreamRequest {
  const { allowlist, denylist } = lists(request);
  const counters = createCounters();
  const pipeline = createPipeline({
    // They have been validated.
    validate: "syntax",
    exportAllowlist: allowlist,
    exportDenylist: denylist,
    filterNames: { ...NAMES, fieldFilters: "field_filters" },
    enablePidSetFilter: true,
    fieldFilters: request.fieldFilters.map(fieldFilterText).join("\n"),
    redactionFilters: "",
    exportRateLimit: -1,
    aggregation: aggregationOf(request, room),
    commonFields: agent.commonFields,
    counters,
    clock: Date.now,
    onInvalid() {},
    onInternalError: (error) => agent.reportInternalError(error),
    warn() {},
  });
  return {
    stages: pipeline,
    onJoin: (client, messages) => {
      const end = poll(pipeline, client, messages);
      return () => {
        end();
        pipeline.close?.();
      };
    },
  };
}

function aggregationOf({ aggregationOptions }: GetEventsRequest, room: HeldRoom) {
  if (aggregationOptions === undefined) return undefined;
  const { windowSize, channelBufferSize } = aggregationOptions;
  const windowMs = windowSize === undefined ? DEFAULT_WINDOW_MS : durationMs(windowSize);
  if (!(windowMs > 0 && windowMs <= MAX_WINDOW_MS))
    throw new GrpcError(
      STATUS.invalidArgument,
      "Cannot use aggregation_options: window_size is not between 0 and 1 hour",
    );
  const bufferSize = channelBufferSize === 0n ? DEFAULT_BUFFER : Number(channelBufferSize);
  return { windowMs: Math.max(1, windowMs), bufferSize: Math.min(bufferSize, MAX_BUFFER), room };
}

/** Sends what comes of events without a new one. @returns What ends that. */
function poll(pipeline: Pipeline, client: EventClient, messages: SharedMessages): () => void {
  const { pollIntervalMs } = pipeline;
  if (pollIntervalMs === undefined) return () => {};
  const timer = setInterval(() => {
    const now = Date.now();
    for (let batch = pipeline.poll(now); batch !== undefined; batch = pipeline.poll(now)) {
      messages.begin(batch);
      messages.encodeAll();
      client.offer(messages.lines);
    }
  }, pollIntervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** A status is one line: without the lines that show a place in a text that the client does not have. */
function withoutExcerpts(message: string): string {
  return message
    .split("\n")
    .filter((line) => !line.startsWith("  "))
    .join("; ");
}
