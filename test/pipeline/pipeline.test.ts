import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { createBatch, createTestPipeline, createValues, linesOf, unaccounted } from "./support.ts";

const SAMPLES = (await Bun.file(join(import.meta.dir, "../fixtures/tetragon-events.jsonl")).text())
  .trimEnd()
  .split("\n");

describe("createPipeline()", () => {
  test("with nothing to do it does not look at the lines", () => {
    const { run, counters, invalid } = createTestPipeline({ validate: "off" });
    expect(run("no json", "{}")).toEqual(["no json", "{}"]);
    expect([counters.accepted, counters.invalid, invalid]).toEqual([2, 0, []]);
  });

  test("with validation alone it drops and counts what is not valid", () => {
    const { run, counters, invalid } = createTestPipeline();
    expect(run(SAMPLES[0]!, "no json", '{"process_exec":{"process":{"pid":"x"}}}', SAMPLES[1]!)).toEqual(
      SAMPLES.slice(0, 2),
    );
    expect(counters).toMatchObject({ accepted: 2, invalid: 2 });
    expect(invalid).toEqual([
      { reason: "not valid JSON", sample: "no json" },
      {
        reason: "process_exec.process.pid: expected uint32, found string",
        sample: '{"process_exec":{"process":{"pid":"x"}}}',
      },
    ]);
  });

  test.each([
    ["without stages", {}],
    ["with stages", { exportDenylist: '{"pid":[1]}' }],
  ])("an event behind one that a power loss has cut off is an event, %s", (_how, settings) => {
    const { run, counters, invalid } = createTestPipeline(settings);
    const [first, second] = SAMPLES as [string, string];
    const cutOff = `${first.slice(0, 40)}\0\0\0`;
    expect(run(`${cutOff}${second}`, `${second}\0\0`, "no\0json", first)).toEqual([second, second, first]);
    expect(counters).toMatchObject({ accepted: 3, invalid: 2 });
    expect(invalid.map(({ reason }) => reason)).toEqual([
      "cut off, with NUL bytes behind it",
      "not valid JSON",
    ]);
    expect(invalid[0]!.sample).toStartWith(first.slice(0, 40));
    expect(unaccounted(counters)).toBe(0);
  });

  test("what the agent wrote itself is not validated, whether there are stages or not", () => {
    const odd = '{"process_exec":{"process":{"pid":"x"}}}';
    for (const exportDenylist of ["", '{"pid":[1]}']) {
      const { pipeline, counters } = createTestPipeline({ exportDenylist });
      const batch = createValues([JSON.parse(odd)]);
      pipeline.process(batch);
      expect(linesOf(batch)).toEqual([odd]);
      expect(counters).toMatchObject({ accepted: 1, invalid: 0 });
    }
  });

  test("stages decode lines even where validation is off, and then look at syntax only", () => {
    const { run, counters } = createTestPipeline({ validate: "off", exportDenylist: '{"pid":[1]}' });
    const odd = '{"process_exec":{"process":{"pid":"x"}}}';
    expect(run(odd, "no json", '{"process_exec":{"process":{"pid":1}}}')).toEqual([odd]);
    expect(counters).toMatchObject({ accepted: 1, invalid: 1, filtered: 1 });
  });

  test("Tetragon's samples pass every stage that has nothing to say about them, byte for byte", () => {
    const { run } = createTestPipeline({
      exportAllowlist: "{}",
      exportDenylist: '{"binary_regex":["^nothing$"]}',
      redactionFilters: '{"redact":["no(thing)"]}',
      fieldFilters: '{"fields":"process.user","action":"EXCLUDE"}',
      exportRateLimit: 1000,
    });
    expect(run(...SAMPLES)).toEqual(SAMPLES);
  });

  test("the configuration of Tetragon's Helm chart drops probes, the host and system namespaces", () => {
    const { run, counters } = createTestPipeline({
      exportAllowlist:
        '{"event_set":["PROCESS_EXEC","PROCESS_EXIT","PROCESS_KPROBE","PROCESS_UPROBE","PROCESS_TRACEPOINT","PROCESS_LSM"]}',
      exportDenylist: '{"health_check":true}\n{"namespace":["","cilium","kube-system"]}',
    });
    const kept = run(...SAMPLES).map((line) => JSON.parse(line));
    expect(kept.length).toBeGreaterThan(5);
    for (const event of kept) {
      const [type] = Object.keys(event);
      expect(["process_exec", "process_exit", "process_kprobe"]).toContain(type!);
      expect(["", "cilium", "kube-system", undefined]).not.toContain(event[type!].process.pod?.namespace);
    }
    expect(counters.filtered + counters.accepted).toBe(SAMPLES.length);
  });

  test("stages run in their order: redact, filter, fields, aggregate, limit", () => {
    const order = createTestPipeline({
      redactionFilters: '{"redact":["-p (\\\\S+)"]}',
      // Sees redacted arguments, and a field that is then taken out.
      exportAllowlist: '{"arguments_regex":["^-p \\\\*{5}$"],"pid":[1,2,3]}',
      fieldFilters: '{"fields":"process.arguments"}',
      // Sees events that differ in nothing any more.
      aggregation: { windowMs: 1000, bufferSize: 10 },
      exportRateLimit: 1,
    });
    const exec = (pid: number, secret: string) => ({
      process_exec: { process: { pid, arguments: `-p ${secret}` }, parent: { pid: 0 } },
    });
    expect(order.run(exec(1, "a"), exec(2, "b"), exec(3, "c"), exec(4, "d"))).toEqual([]);
    expect(order.flush()).toEqual([
      '{"process_exec":{"process":{"arguments":"-p *****"}},"aggregation_info":{"count":"3"}}',
    ]);
    expect(order.counters).toMatchObject({ read: 4, filtered: 1, aggregated: 3, generated: 1, accepted: 1 });
  });

  test("a container above --cgroup-rate is throttled, the others and the host are not, and events say so", () => {
    const limited = createTestPipeline({ cgroupRate: { events: 2, interval: 1000 } });
    const exec = (docker: string) => ({ process_exec: { process: { binary: "/bin/a", docker } } });
    const passed = limited.run(...["a", "a", "a", "a", "b", "", "", ""].map(exec));
    expect(passed.map((line) => JSON.parse(line).process_exec.process.docker)).toEqual([
      "a",
      "a",
      "b",
      "",
      "",
      "",
    ]);
    expect(limited.counters).toMatchObject({ read: 8, rate_limited: 2, accepted: 6 });
    const report = JSON.parse(linesOf(limited.pipeline.poll(0)!)[0]!);
    expect(report.process_throttle).toEqual({ type: "THROTTLE_START", cgroup: "a" });
    expect(limited.counters).toMatchObject({ generated: 1, accepted: 7 });
    expect(limited.pipeline.pollIntervalMs).toBe(1000);
  });

  test.each(["process_kprobe", "process_lsm", "process_connect"])(
    "--cgroup-rate leaves %s events of a container that floods executions alone",
    (type) => {
      const limited = createTestPipeline({ cgroupRate: { events: 2, interval: 1000 } });
      const event = (name: string) => ({ [name]: { process: { binary: "/bin/a", docker: "a" } } });
      const flood = Array.from({ length: 50 }, () => event("process_exec"));
      const passed = limited.run(...flood, event(type), ...flood, event("process_exit"), event(type));
      expect(passed.map((line) => Object.keys(JSON.parse(line))[0])).toEqual([
        "process_exec",
        "process_exec",
        type,
        type,
      ]);
      expect(limited.counters.rate_limited).toBe(99);
    },
  );

  test("what --cgroup-rate dropped in the last second is reported at the end", () => {
    const limited = createTestPipeline({ cgroupRate: { events: 1, interval: 1000 } });
    const exec = (docker: string) => ({ process_exec: { process: { docker } } });
    limited.run(exec("a"), exec("a"), exec("b"), exec("b"), exec("c"));
    const reports = limited.flush().map((line) => JSON.parse(line).process_throttle);
    expect(reports).toEqual([
      { type: "THROTTLE_START", cgroup: "a" },
      { type: "THROTTLE_START", cgroup: "b" },
    ]);
    expect(limited.counters).toMatchObject({ generated: 2, accepted: 5, rate_limited: 2 });
    expect(limited.flush()).toEqual([]);
  });

  test("positions of lines that go on stay theirs", () => {
    const { pipeline } = createTestPipeline({
      exportDenylist: '{"pid":[1]}',
      fieldFilters: '{"fields":"process.pid"}',
    });
    const exec = (pid: number) => ({ process_exec: { process: { pid, cwd: "/" } } });
    const batch = createBatch([exec(1), exec(2), "x", exec(1), exec(3)]);
    const positions = [...batch.position.slice(0, 5)];
    pipeline.process(batch);
    expect(linesOf(batch)).toEqual([
      '{"process_exec":{"process":{"pid":2}}}',
      '{"process_exec":{"process":{"pid":3}}}',
    ]);
    expect([batch.position[0], batch.position[1]]).toEqual([positions[1]!, positions[4]!]);
    expect(batch.event[2]).toBeUndefined();
  });

  test("a batch may be used again", () => {
    const { pipeline } = createTestPipeline({ fieldFilters: '{"fields":"process.pid"}' });
    const line = '{"process_exec":{"process":{"pid":1,"cwd":"/"}}}';
    const batch = createBatch([line]);
    for (let round = 0; round < 3; round++) {
      batch.clear();
      batch.push(0, line.length + 1, line.length + 1);
      pipeline.process(batch);
      expect(linesOf(batch)).toEqual(['{"process_exec":{"process":{"pid":1}}}']);
    }
  });

  test("every line ends in exactly one counter, whatever comes and whatever is configured", () => {
    const line = fc.oneof(
      fc.constantFrom(...SAMPLES),
      fc.json({ maxDepth: 3 }),
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\n", " ")),
      fc
        .record({ process_exec: fc.record({ process: fc.jsonValue({ maxDepth: 3 }) }) })
        .map((value) => JSON.stringify(value)),
    );
    const settings = fc.record({
      validate: fc.constantFrom<"full" | "syntax" | "off">("full", "syntax", "off"),
      exportAllowlist: fc.constantFrom(
        "",
        '{"event_set":["EXEC","EXIT"]}',
        '{"cel_expression":["has(process_exec.process)"]}',
      ),
      exportDenylist: fc.constantFrom("", '{"namespace":[""]}', '{"labels":["app"]}{"pid":[1]}'),
      fieldFilters: fc.constantFrom("", '{"fields":"process.pid,process.pod"}'),
      redactionFilters: fc.constantFrom("", '{"redact":["(\\\\w+)"]}'),
      exportRateLimit: fc.constantFrom(-1, 0, 3),
      aggregation: fc.constantFrom(undefined, { windowMs: 10, bufferSize: 3 }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), settings, (lines, overrides) => {
        const pipeline = createTestPipeline(overrides);
        const out = [...pipeline.run(...lines), ...pipeline.flush()];
        expect(unaccounted(pipeline.counters)).toBe(0);
        expect(pipeline.counters.read).toBe(lines.length);
        expect(pipeline.counters.accepted).toBe(out.length);
        expect(pipeline.counters.invalid).toBe(pipeline.invalid.length);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
