/** A pipeline with everything off but what a test switches on, and lines to run through it. */
import { expect } from "bun:test";
import { BATCH_CAPACITY, EventBatch, TEXT } from "../../src/event/batch.ts";
import { SLACK } from "../../src/event/scan/line.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { createPipeline, type Pipeline } from "../../src/pipeline/pipeline.ts";
import { asksForStages } from "../../src/pipeline/plain-pipeline.ts";
import type { InvalidEvent, PipelineSettings } from "../../src/pipeline/settings.ts";
import { type Counters, createCounters } from "../../src/telemetry/counters.ts";

/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a pipeline did. */
export interface TestPipeline {
  readonly pipeline: Pipeline;
  readonly counters: Counters;
  readonly invalid: InvalidEvent[];
  readonly warnings: string[];
  /** Milliseconds since 1970 that the pipeline sees. */
  now: number;
  /** Runs lines through the pipeline; those that are no strings are encoded first. */
  run(...lines: readonly (Json | Uint8Array)[]): string[];
  /** Everything that {@link Pipeline.poll} has to give at `now`. */
  poll(): string[];
  /** Everything that {@link Pipeline.flush} has to give. */
  flush(): string[];
}

/**
 * Makes a pipeline that validates fully and does nothing else, but for `overrides`. Whatever it does with lines is compared with
 * what another one does that decodes each of them.
 */
export function createTestPipeline(overrides: Partial<PipelineSettings> = {}): TestPipeline {
  const undecoded = createOnePipeline(overrides, SLACK);
  // Callbacks would be called twice.
  if (
    overrides.enrichment !== undefined ||
    Object.values(overrides).some((value) => typeof value === "function")
  )
    return undecoded;
  const decoded = createOnePipeline(overrides, 0);
  let isCompared = true;
  const both = (run: (pipeline: TestPipeline) => string[]): string[] => {
    decoded.now = undecoded.now;
    const lines = run(undecoded);
    if (!isCompared) return lines;
    expect(run(decoded)).toEqual(lines);
    for (const what of ["counters", "warnings"] as const)
      expect(decoded[what]).toEqual(undecoded[what] as never);
    // What cannot be decoded is found before what no stage can handle, in each batch.
    const sorted = ({ invalid }: TestPipeline) => invalid.map((event) => JSON.stringify(event)).sort();
    expect(sorted(decoded)).toEqual(sorted(undecoded));
    return lines;
  };
  return {
    counters: undecoded.counters,
    invalid: undecoded.invalid,
    warnings: undecoded.warnings,
    get pipeline() {
      // What is done with it, is done with one of them alone.
      isCompared = false;
      return undecoded.pipeline;
    },
    get now() {
      return undecoded.now;
    },
    set now(now: number) {
      undecoded.now = now;
    },
    run: (...lines) =>
      both((pipeline) =>
        pipeline === undecoded ? pipeline.run(...lines) : lines.flatMap((line) => runDecoded(pipeline, line)),
      ),
    poll: () => both((pipeline) => pipeline.poll()),
    flush: () => both((pipeline) => pipeline.flush()),
  };
}

/** Runs a line that is looked at as a whole: nobody can scan what ends with its buffer. */
function runDecoded({ pipeline, counters }: TestPipeline, line: Json | Uint8Array): string[] {
  const batch = createBatch([line], 0);
  counters.read += batch.count;
  pipeline.process(batch);
  return linesOf(batch);
}

/** @param slack As in {@link createBatch}. */
function createOnePipeline(overrides: Partial<PipelineSettings>, slack: number): TestPipeline {
  const counters = createCounters();
  const invalid: InvalidEvent[] = [];
  const warnings: string[] = [];
  const test = { now: 1_700_000_000_000 };
  const settings: PipelineSettings = {
    validate: "full",
    exportAllowlist: "",
    exportDenylist: "",
    enablePidSetFilter: false,
    fieldFilters: "",
    redactionFilters: "",
    exportRateLimit: -1,
    aggregation: undefined,
    commonFields: { node_name: "node" },
    counters,
    clock: () => test.now,
    onInvalid: (event) => invalid.push(event),
    onInternalError(error) {
      counters.internal_error++;
      throw error;
    },
    warn: (message) => warnings.push(message),
    ...overrides,
  };
  const pipeline = createPipeline(settings);
  const hasStages = asksForStages(settings);
  return Object.assign(test, {
    pipeline,
    counters,
    invalid,
    warnings,
    run(...lines: readonly (Json | Uint8Array)[]) {
      // Without stages nothing is decoded unless there is doubt.
      const batch = createBatch(lines, hasStages ? slack : 0);
      counters.read += batch.count;
      pipeline.process(batch);
      return linesOf(batch);
    },
    poll: () => drain(() => pipeline.poll(test.now)),
    flush: () => drain(() => pipeline.flush()),
  });
}

/** The events that leave a pipeline with `overrides`, decoded. */
export function process(overrides: Partial<PipelineSettings>, ...events: readonly Json[]): unknown[] {
  return createTestPipeline(overrides)
    .run(...events)
    .map((line) => JSON.parse(line));
}

/** A batch of lines; strings are lines as they are. @param slack Bytes after them: without any, lines are decoded. */
export function createBatch(lines: readonly (Json | Uint8Array)[], slack: number = SLACK): EventBatch {
  const parts = lines.map((line) => {
    if (line instanceof Uint8Array) return Buffer.from(line);
    return Buffer.from(typeof line === "string" ? line : JSON.stringify(line));
  });
  const bytes = Buffer.concat([...parts.flatMap((part) => [part, Buffer.from("\n")]), Buffer.alloc(slack)]);
  const batch = new EventBatch(bytes);
  let start = 0;
  for (const part of parts.slice(0, BATCH_CAPACITY)) {
    const end = start + part.length + 1;
    batch.push(start, end, end);
    start = end;
  }
  return batch;
}

/** A batch of values, as the sensor makes them. Of each event a new object is made each time that one is asked for. */
export function createValues(events: readonly Json[]): EventBatch {
  const lines = events.map((event) => JSON.stringify(event));
  const batch = new EventBatch(new Uint8Array(0));
  batch.values = {
    object: (place) => JSON.parse(lines[place]!) as JsonObject,
    writeLine(target, i) {
      const line = Buffer.from(`${lines[target.start[i]!]}\n`);
      target.start[i] = target.bytes.length;
      target.bytes = Buffer.concat([target.bytes, line]);
      target.end[i] = target.bytes.length;
      target.text[i] = TEXT.read;
    },
  };
  for (let i = 0; i < events.length; i++) batch.pushValue(i, i + 1);
  return batch;
}

/** The lines of a batch, without their newlines. */
export function linesOf(batch: EventBatch): string[] {
  batch.makeText();
  return Array.from({ length: batch.count }, (_, i) => Buffer.from(batch.line(i)).toString().slice(0, -1));
}

function drain(next: () => EventBatch | undefined): string[] {
  const lines: string[] = [];
  for (let batch = next(); batch !== undefined; batch = next()) lines.push(...linesOf(batch));
  return lines;
}

/** The message of the error that `run` throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("Cannot show the error: nothing was thrown");
}

/** Events that are counted as read or generated but not as having gone anywhere: 0 when nothing is lost. */
export function unaccounted(counters: Counters): number {
  const { read, generated, invalid, line_too_long, filtered, rate_limited, aggregated, accepted } = counters;
  return read + generated - invalid - line_too_long - filtered - rate_limited - aggregated - accepted;
}
