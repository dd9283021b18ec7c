/**
 * Events that stay text are filtered, redacted and cut as if they had been decoded. Whatever a test pipeline does is compared
 * with one that decodes every line, so that running lines is the test.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { validEvents } from "../event/fit/event-arbitrary.ts";
import { createBatch, createTestPipeline } from "./support.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../fixtures/tetragon-events.jsonl"), "utf8")
  .trimEnd()
  .split("\n");

/** A filter for each key, in forms that match some and not others. */
const FILTERS = [
  '{"event_set":["PROCESS_EXEC","PROCESS_KPROBE"]}',
  '{"namespace":["","default"]}',
  '{"namespace_regex":["^kube|a"]}',
  '{"pod_regex":["^t","ä"]}',
  '{"binary_regex":["^/usr/","a"]}',
  '{"parent_binary_regex":["sh$","/"]}',
  '{"ancestor_binary_regex":["a"]}',
  '{"arguments_regex":["a","\\\\n"]}',
  '{"parent_arguments_regex":["-c"]}',
  '{"health_check":true}',
  '{"in_init_tree":false}',
  '{"pid":[1,52699,0]}',
  '{"pid_set":[1,52699]}',
  '{"labels":["app","!app"]}',
  '{"container_id":["^0"]}',
  '{"container_name_regex":["a|t"]}',
  '{"policy_names":["a","tcp"]}',
  '{"capabilities":{"effective":{"any":["CAP_SYS_ADMIN"]}}}',
  '{"cel_expression":["process_exec.process.binary.startsWith(\\"/\\") && process_exec.parent.pid > 1u"]}',
  '{"cel_expression":["process_exec.process.pod.pod_labels.exists(k, k == \\"app\\") || has(process_exec.parent.cap)"]}',
  '{"cel_expression":["process_kprobe.args.exists(a, has(a.file_arg)) || process_exit.process == process_exit.parent"]}',
  '{"cel_expression":["process_exec.ancestors.size() > 0 && process_exec.ancestors[0].pid == 1u"]}',
];
const SECRETS = [
  '{"redact":["(a+)"]}',
  '{"redact":["aa(a)","(?i)B(.)"]}',
  '{"redact":["-c (\\\\S+)"]}',
  '{"binary_regex":["^/usr/"],"redact":["(\\\\w{4})"]}',
  '{"redact":["=(.)","PATH=(.*)"]}',
  '{"redact":["nowhere(.*)"]}',
];
const FIELDS = [
  '{"fields":"process.pid,parent","action":"EXCLUDE"}',
  '{"fields":"process.binary,process.pod.name,parent.pid"}',
  '{"event_set":["PROCESS_EXEC"],"fields":"process.pod","action":"EXCLUDE"}',
  '{"event_set":["PROCESS_EXEC"],"invert_event_set":true,"fields":"process,args.label"}',
  '{"fields":"ancestors.binary,process.environment_variables.key","action":"EXCLUDE"}',
  '{"fields":"process.pod.pod_labels.app","action":"EXCLUDE"}',
  '{"fields":""}',
];

const some = (texts: readonly string[]) =>
  fc.oneof(
    fc.constant(""),
    fc.subarray([...texts], { minLength: 1, maxLength: 2 }).map((all) => all.join("\n")),
  );

const settings = fc.record({
  validate: fc.constantFrom("full" as const, "syntax" as const, "off" as const),
  exportAllowlist: some(FILTERS),
  exportDenylist: some(FILTERS),
  enablePidSetFilter: fc.constant(true),
  redactionFilters: some(SECRETS),
  fieldFilters: some(FIELDS),
  exportRateLimit: fc.constantFrom(-1, -1, 5),
  cgroupRate: fc.constantFrom(undefined, { events: 1, interval: 1000 }),
  aggregation: fc.constantFrom(undefined, undefined, { windowMs: 10, bufferSize: 3 }),
});

/** What is put in behind a brace or a comma, or in the place of some bytes. */
const token = fc.constantFrom(
  ...[
    '"pid":7,',
    '"p\\u0069d":7,',
    '"binary":"/usr/b",',
    '"execId":"x",',
    '"arguments":"aaa",',
    '"process":null,',
  ],
  ...[
    '"new":{"arguments":"aaa"},',
    '"process_exec":{},',
    '"parent":{},',
    '"__proto__":{},',
    '"ancestors":[{}],',
  ],
  ...[
    '"pod_labels":{"arguments":"aaa"},',
    '"pod_labels":{"__proto__":"a","app":"b"},',
    '"time":"",',
    " ",
    "\\u0061",
  ],
  ...[
    '"environment_variables":[{"key":"PATH","value":"a=b"}],',
    '"log":"{}",',
    '"event":"agent_init",',
    "null",
    "1e2",
  ],
);
const mutation = fc.record({ at: fc.nat(), token, isInserted: fc.boolean(), cut: fc.nat({ max: 3 }) });

function mutate(
  text: string,
  { at, token, isInserted, cut }: { at: number; token: string; isInserted: boolean; cut: number },
): string {
  const places = [...text.matchAll(/[{,](?=")/g)];
  if (isInserted && places.length > 0) {
    const place = places[at % places.length]!.index + 1;
    return text.slice(0, place) + token + text.slice(place);
  }
  const place = at % (text.length + 1);
  return text.slice(0, place) + token + text.slice(place + cut);
}

/** Made once: an event takes longer to make than to filter. */
const EVENTS = fc
  .sample(validEvents, 300)
  .map((event: JsonObject) => JSON.stringify(event))
  .filter(({ length }) => length < 4000);
const valid = fc.constantFrom(...FIXTURES, ...FIXTURES, ...EVENTS);
const line = fc.oneof(
  valid,
  fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text)),
);

describe("events that stay text", () => {
  test("leave as those do that are decoded, whatever they are and whatever is configured", () => {
    let left = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), settings, (lines, overrides) => {
        const { run, flush } = createTestPipeline(overrides);
        left += run(...lines.filter((text) => !text.includes("\n"))).length;
        flush();
      }),
      { numRuns: 1_500 },
    );
    expect(left).toBeGreaterThan(400);
  }, 120_000);

  test.each([
    ...FILTERS.map((exportDenylist) => ({ exportDenylist })),
    ...SECRETS.map((redactionFilters) => ({ redactionFilters })),
    ...FIELDS.map((fieldFilters) => ({ fieldFilters })),
  ])("%j: Tetragon's sample events are not decoded", (overrides) => {
    const { pipeline } = createTestPipeline({ enablePidSetFilter: true, ...overrides });
    const batch = createBatch(FIXTURES.filter((text) => !/process_(?:connect|close|listen)/.test(text)));
    pipeline.process(batch);
    expect(batch.event.slice(0, batch.count).filter((event) => event !== undefined)).toEqual([]);
  });
});
