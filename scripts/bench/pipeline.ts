/** @module The pipeline: what each stage costs per event, and the configurations of Tetragon's Helm chart. */
import { bench, do_not_optimize } from "mitata";
import { EventBatch } from "../../src/event/batch.ts";
import { WantedFields } from "../../src/event/fetch/wanted.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { Aggregator } from "../../src/pipeline/aggregate/aggregator.ts";
import { Problems } from "../../src/pipeline/config/problems.ts";
import { readFieldRules } from "../../src/pipeline/fields/field-filter.ts";
import { createExportFilter } from "../../src/pipeline/filter/export-filter.ts";
import { RateLimiter } from "../../src/pipeline/limit/rate-limiter.ts";
import { createPipeline } from "../../src/pipeline/pipeline.ts";
import { Redactor } from "../../src/pipeline/redact/redactor.ts";
import { readRedactionRules } from "../../src/pipeline/redact/rules.ts";
import type { PipelineSettings } from "../../src/pipeline/settings.ts";
import { Subject } from "../../src/pipeline/subject.ts";
import { createCounters } from "../../src/telemetry/counters.ts";

const FIXTURE = new URL("../../test/fixtures/tetragon-events.jsonl", import.meta.url);

/** Events in a batch; a power of two. */
const EVENTS = 64;

/** One filter for each key, as a user might write it. */
const KEYS: Readonly<Record<string, string>> = {
  event_set: '{"event_set":["PROCESS_EXEC","PROCESS_EXIT"]}',
  namespace: '{"namespace":["","cilium","kube-system"]}',
  binary_regex: '{"binary_regex":["^/usr/bin/","(?i)curl|wget"]}',
  "binary_regex-re2": '{"binary_regex":["^/([a-z]+/)*(curl|wget)$"]}',
  arguments_regex: '{"arguments_regex":["--password[= ]"]}',
  parent_binary_regex: '{"parent_binary_regex":["/(?:ba)?sh$"]}',
  pod_regex: '{"pod_regex":["^elasticsearch-"]}',
  health_check: '{"health_check":true}',
  pid: '{"pid":[1,2,3]}',
  labels: '{"labels":["app in (web,db),!canary"]}',
  capabilities: '{"capabilities":{"effective":{"any":["CAP_SYS_ADMIN"]}}}',
  in_init_tree: '{"in_init_tree":true}',
  policy_names: '{"policy_names":["files"]}',
  cel_expression: `{"cel_expression":["process_exec.process.binary.startsWith('/usr/bin/') && process_exec.process.uid == 0u"]}`,
};

/** Values that Tetragon's Helm chart has as its defaults or shows in its comments (install/kubernetes/tetragon/values.yaml). */
const HELM_DEFAULT = {
  exportAllowlist:
    '{"event_set":["PROCESS_EXEC","PROCESS_EXIT","PROCESS_KPROBE","PROCESS_UPROBE","PROCESS_TRACEPOINT","PROCESS_LSM"]}',
  exportDenylist: '{"health_check":true}\n{"namespace":["","cilium","kube-system"]}',
};
const CONFIGURATIONS: Readonly<Record<string, Partial<PipelineSettings>>> = {
  "validation only": {},
  "helm default": HELM_DEFAULT,
  "helm field filters": {
    ...HELM_DEFAULT,
    fieldFilters:
      '{"fields":"parent","action":"EXCLUDE"}{"event_set":["PROCESS_KPROBE"],"fields":"process","action":"INCLUDE"}',
  },
  "helm redaction": {
    ...HELM_DEFAULT,
    redactionFilters:
      '{"redact":["--password(?:\\\\s+|=)(\\\\S*)"]}{"binary_regex":["(?:^|/)foo$"],"redact":["-p(?:\\\\s+|=)(\\\\S*)"]}',
  },
};

const NO_WARNINGS = (message: string): never => {
  throw new Error(message);
};

/** Tetragon's sample events over and over. */
class Samples {
  readonly bytes: Uint8Array;
  readonly lines: readonly Buffer[];
  readonly events: readonly JsonObject[];
  #next = 0;

  constructor(text: string) {
    const samples = text.trimEnd().split("\n");
    const lines = Array.from({ length: EVENTS }, (_, i) => `${samples[i % samples.length]}\n`);
    this.bytes = Buffer.from(lines.join(""));
    this.lines = lines.map((line) => Buffer.from(line));
    this.events = lines.map((line) => JSON.parse(line));
  }

  /** The next index, around and around. */
  next(): number {
    this.#next = (this.#next + 1) % EVENTS;
    return this.#next;
  }

  /** A batch of all of them. */
  createBatch(): EventBatch {
    return new EventBatch(this.bytes);
  }

  /** Puts all lines into `batch` anew. */
  fill(batch: EventBatch): void {
    batch.clear();
    let start = 0;
    for (const { length } of this.lines) {
      batch.push(start, start + length, start + length);
      start += length;
    }
  }
}

/** Registers `pipeline/*`: stages in time per event, configurations in time per batch of 64 events. */
export async function registerPipelineBenchmarks(): Promise<void> {
  const samples = new Samples(await Bun.file(FIXTURE).text());
  registerFilters(samples);
  registerRedaction(samples);
  registerFieldFilters(samples);
  registerLimits(samples);
  for (const [name, overrides] of Object.entries(CONFIGURATIONS)) registerPipeline(name, samples, overrides);
  registerPipeline("nothing", samples, { validate: "off" });
}

function registerFilters(samples: Samples): void {
  const subject = new Subject();
  for (const [key, filter] of Object.entries(KEYS)) {
    const settings = {
      allowlist: "",
      denylist: filter,
      enablePidSetFilter: false,
      wanted: new WantedFields(),
      warn: () => {},
    };
    const predicate = createExportFilter(settings, new Problems())!;
    bench(`pipeline/filter ${key}`, () => {
      subject.set(samples.events[samples.next()]!);
      return do_not_optimize(predicate(subject));
    });
  }
}

function registerRedaction(samples: Samples): void {
  const text = CONFIGURATIONS["helm redaction"]!.redactionFilters!;
  const redactor = new Redactor(readRedactionRules(text, new Problems(), NO_WARNINGS));
  bench("pipeline/redact", () => {
    const i = samples.next();
    return do_not_optimize(redactor.redact(samples.events[i]!, samples.lines[i]!));
  });
}

function registerFieldFilters(samples: Samples): void {
  for (const action of ["INCLUDE", "EXCLUDE"]) {
    const text = JSON.stringify({ fields: "process.binary,process.pod.name,parent.binary", action });
    const [rule] = readFieldRules(text, new Problems(), NO_WARNINGS);
    bench(`pipeline/fields ${action.toLowerCase()}`, () =>
      do_not_optimize(rule!.apply({ ...samples.events[samples.next()]! }, 0)),
    );
  }
}

function registerLimits(samples: Samples): void {
  const limiter = new RateLimiter(1000, 0);
  let now = 0;
  bench("pipeline/rate limit", () => do_not_optimize(limiter.allow(now++)));
  const aggregator = new Aggregator({ windowMs: 1000, bufferSize: 1000 }, 0);
  const texts = samples.lines.map((line) => line.toString());
  bench("pipeline/aggregate", () => {
    const i = samples.next();
    return do_not_optimize(aggregator.add(samples.events[i]!, texts[i]!));
  });
}

function registerPipeline(name: string, samples: Samples, overrides: Partial<PipelineSettings>): void {
  const pipeline = createPipeline({
    validate: "full",
    exportAllowlist: "",
    exportDenylist: "",
    enablePidSetFilter: false,
    fieldFilters: "",
    redactionFilters: "",
    exportRateLimit: -1,
    aggregation: undefined,
    commonFields: {},
    counters: createCounters(),
    clock: () => 0,
    onInvalid: ({ reason }) => NO_WARNINGS(reason),
    onInternalError(error) {
      throw error;
    },
    warn: NO_WARNINGS,
    ...overrides,
  });
  const batch = samples.createBatch();
  bench(`pipeline/${name}, ${EVENTS} events`, () => {
    samples.fill(batch);
    pipeline.process(batch);
    return do_not_optimize(batch.count);
  });
}
