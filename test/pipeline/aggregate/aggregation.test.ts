import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Aggregator } from "../../../src/pipeline/aggregate/aggregator.ts";
import { createTestPipeline, unaccounted } from "../support.ts";

const aggregation = { windowMs: 15_000, bufferSize: 100 } as const;
const event = (name: string, second = 0) =>
  `{"process_kprobe":{"function_name":"${name}"},"node_name":"n","time":"2024-01-01T00:00:${String(second).padStart(2, "0")}.000000001Z"}`;
const counted = (line: string, count: number) =>
  line.replace(/}$/, `,"aggregation_info":{"count":"${count}"}}`);

describe("--enable-export-aggregation", () => {
  test("events that differ only in their time leave as the first one, with the count, when the window ends", () => {
    const pipeline = createTestPipeline({ aggregation });
    expect(pipeline.run(event("a", 1), event("b", 1), event("a", 2))).toEqual([]);
    expect(pipeline.run(event("a", 3))).toEqual([]);
    pipeline.now += 14_999;
    expect(pipeline.poll()).toEqual([]);
    pipeline.now += 1;
    expect(pipeline.poll()).toEqual([counted(event("a", 1), 3), event("b", 1)]);
    expect(pipeline.counters).toMatchObject({ read: 4, aggregated: 4, generated: 2, accepted: 2 });
    pipeline.run(event("a", 20));
    pipeline.now += 15_000;
    expect(pipeline.poll()).toEqual([event("a", 20)]);
    expect(unaccounted(pipeline.counters)).toBe(0);
  });

  test("what is held leaves at shutdown", () => {
    const pipeline = createTestPipeline({ aggregation });
    pipeline.run(event("a", 1), event("a", 2));
    expect(pipeline.flush()).toEqual([counted(event("a", 1), 2)]);
    expect(pipeline.flush()).toEqual([]);
  });

  test("any other difference counts, numbers beyond 2^53 included", () => {
    const pipeline = createTestPipeline({ aggregation });
    const big = (digit: number) =>
      `{"process_kprobe":{"args":[{"size_arg":1844674407370955161${digit}}]},"time":"2024-01-01T00:00:00Z"}`;
    const exit = (second: number) =>
      `{"process_exit":{"time":"2024-01-01T00:00:0${second}Z"},"time":"2024-01-01T00:00:00Z"}`;
    const lines = [big(0), big(1), exit(0), exit(1), event("a"), event("a ")];
    pipeline.run(...lines);
    expect(pipeline.flush()).toEqual(lines);
  });

  test("what field filters take out makes no difference", () => {
    const pipeline = createTestPipeline({ aggregation, fieldFilters: '{"fields":"process.binary"}' });
    const exec = (pid: number) => `{"process_exec":{"process":{"pid":${pid},"binary":"/bin/x"}}}`;
    pipeline.run(exec(1), exec(2));
    expect(pipeline.flush()).toEqual([
      '{"process_exec":{"process":{"binary":"/bin/x"}},"aggregation_info":{"count":"2"}}',
    ]);
  });

  test("several share one room: what finds none passes, and an end gives it back", () => {
    const room = { left: 300 };
    const [first, second] = [1, 2].map(() => new Aggregator({ ...aggregation, room }, 0));
    const add = (to: Aggregator, name: string) => to.add(JSON.parse(event(name)), event(name));
    expect(add(first!, "a")).toBe("held");
    expect(add(second!, "b")).toBe("passed");
    expect(add(first!, "a")).toBe("merged");
    first!.close();
    expect(add(second!, "b")).toBe("held");
    second!.endWindow();
    expect(room.left).toBe(300);
  });

  test("events that are aggregated or are reports already go on at once", () => {
    const lines = [
      counted(event("a"), 2),
      '{"rate_limit_info":{"number_of_dropped_process_events":"3"},"time":"2024-01-01T00:00:00Z"}',
    ];
    expect(createTestPipeline({ aggregation }).run(...lines)).toEqual(lines);
  });

  test("when the buffer is full other events go on at once, and known ones still count", () => {
    const pipeline = createTestPipeline({ aggregation: { ...aggregation, bufferSize: 2 } });
    const lines = [event("a"), event("b"), event("c"), event("c"), event("a", 5)];
    expect(pipeline.run(...lines)).toEqual([event("c"), event("c")]);
    expect(pipeline.flush()).toEqual([counted(event("a"), 2), event("b")]);
    expect(unaccounted(pipeline.counters)).toBe(0);
  });

  test("does not hold more text than it may", () => {
    const pipeline = createTestPipeline({ aggregation: { ...aggregation, bufferSize: 1_000_000 } });
    const passed = Array.from(
      { length: 30 },
      (_, i) => pipeline.run(event(`${i}${"x".repeat(1_000_000)}`)).length,
    );
    expect(passed.indexOf(1)).toBeGreaterThan(5);
    expect(passed.indexOf(1)).toBeLessThan(10);
    expect(pipeline.flush()).toHaveLength(passed.indexOf(1));
  });

  test("more events than fit one batch leave in several", () => {
    const pipeline = createTestPipeline({ aggregation: { ...aggregation, bufferSize: 10_000 } });
    const names = Array.from({ length: 3000 }, (_, i) => `f${i}`);
    for (let i = 0; i < 3000; i += 1000) pipeline.run(...names.slice(i, i + 1000).map((name) => event(name)));
    expect(pipeline.flush()).toEqual(names.map((name) => event(name)));
  });

  test("the rate limit counts an aggregated event once", () => {
    const pipeline = createTestPipeline({ aggregation, exportRateLimit: 1 });
    pipeline.run(event("a", 1), event("a", 2), event("b", 1));
    const lines = pipeline.flush();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(counted(event("a", 1), 2));
    expect(lines[1]).toContain('"number_of_dropped_process_events":"1"');
    expect(unaccounted(pipeline.counters)).toBe(0);
  });

  test("a window is looked for at least as often as it ends", () => {
    const interval = (windowMs: number) =>
      createTestPipeline({ aggregation: { windowMs, bufferSize: 1 } }).pipeline.pollIntervalMs;
    expect([interval(100), interval(15_000)]).toEqual([100, 1000]);
  });

  test("a clock that is set back does not hold events for longer than a window", () => {
    const pipeline = createTestPipeline({ aggregation });
    pipeline.run(event("a"));
    pipeline.now -= 1_000_000;
    expect(pipeline.poll()).toEqual([]);
    pipeline.now += 15_000;
    expect(pipeline.poll()).toEqual([event("a")]);
  });

  test("however events and windows come, every event is counted in what leaves", () => {
    const step = fc.oneof(
      fc.record({ name: fc.constantFrom("a", "b", "c", "d"), second: fc.nat(59) }),
      fc.record({ wait: fc.nat(20_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, bufferSize) => {
        const pipeline = createTestPipeline({ aggregation: { windowMs: 10_000, bufferSize } });
        const out: string[] = [];
        for (const item of steps) {
          if ("name" in item) out.push(...pipeline.run(event(item.name, item.second)));
          else {
            pipeline.now += item.wait;
            out.push(...pipeline.poll());
          }
          expect(unaccounted(pipeline.counters)).toBe(0);
        }
        out.push(...pipeline.flush());
        const total = out
          .map((line) => Number(JSON.parse(line).aggregation_info?.count ?? 1))
          .reduce((sum, count) => sum + count, 0);
        expect(total).toBe(steps.filter((item) => "name" in item).length);
        expect(pipeline.counters.accepted).toBe(out.length);
      }),
    );
  });
});
