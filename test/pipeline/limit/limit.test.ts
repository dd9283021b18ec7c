import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CgroupLimiter } from "../../../src/pipeline/limit/cgroup-limiter.ts";
import { RateLimiter, REPORT_INTERVAL_MS } from "../../../src/pipeline/limit/rate-limiter.ts";
import { TokenBucket } from "../../../src/pipeline/limit/token-bucket.ts";
import { createTestPipeline, unaccounted } from "../support.ts";

/** How many of `count` tokens a bucket gives at `now`. */
function take(bucket: TokenBucket, count: number, now: number): number {
  let taken = 0;
  for (let i = 0; i < count; i++) if (bucket.take(now)) taken++;
  return taken;
}

describe("TokenBucket", () => {
  test("is full at first, and gains its tokens evenly over a minute", () => {
    const bucket = new TokenBucket(60, 0);
    expect(take(bucket, 100, 0)).toBe(60);
    expect(take(bucket, 100, 999)).toBe(0);
    expect(take(bucket, 100, 1000)).toBe(1);
    expect(take(bucket, 100, 11_000)).toBe(10);
    expect(take(bucket, 100, 1_000_000)).toBe(60);
  });

  test("0 gives nothing, ever; more than a token a nanosecond is no limit", () => {
    expect(take(new TokenBucket(0, 0), 5, 1e9)).toBe(0);
    expect(take(new TokenBucket(1e12, 0), 5, 0)).toBe(5);
  });

  test("gives within any span at most a burst and what the span adds", () => {
    const spans = fc.array(fc.tuple(fc.nat(5000), fc.nat(20)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), spans, (rate, steps) => {
        const bucket = new TokenBucket(rate, 0);
        let now = 0;
        let taken = 0;
        for (const [pause, count] of steps) {
          now += pause;
          taken += take(bucket, count, now);
          expect(taken).toBeLessThanOrEqual(Math.ceil(rate + (rate * now) / 60_000 + 1e-6));
        }
      }),
    );
  });

  test("a clock that is set back neither gives nor takes", () => {
    const bucket = new TokenBucket(60, 1_000_000);
    expect(take(bucket, 60, 1_000_000)).toBe(60);
    expect(take(bucket, 1, 0)).toBe(0);
    expect(take(bucket, 5, 2000)).toBe(2);
  });
});

describe("RateLimiter", () => {
  test("reports once a minute what it dropped, if anything", () => {
    const limiter = new RateLimiter(1, 0);
    expect([limiter.allow(0), limiter.allow(1), limiter.allow(2)]).toEqual([true, false, false]);
    expect(limiter.takeDue(REPORT_INTERVAL_MS - 1)).toBe(0);
    expect(limiter.takeDue(REPORT_INTERVAL_MS)).toBe(2);
    expect(limiter.takeDue(REPORT_INTERVAL_MS)).toBe(0);
    expect(limiter.takeDue(10 * REPORT_INTERVAL_MS + 5)).toBe(0);
    limiter.allow(10 * REPORT_INTERVAL_MS + 5);
    limiter.allow(10 * REPORT_INTERVAL_MS + 6);
    expect(limiter.takeDue(11 * REPORT_INTERVAL_MS - 1)).toBe(0);
    expect(limiter.takeDue(11 * REPORT_INTERVAL_MS)).toBe(1);
  });

  test("a clock that is set back does not silence it", () => {
    const limiter = new RateLimiter(0, 1e12);
    limiter.allow(1e12);
    expect(limiter.takeDue(0)).toBe(0);
    expect(limiter.takeDue(REPORT_INTERVAL_MS)).toBe(1);
  });
});

describe("--export-rate-limit", () => {
  const event = (n: number) => `{"process_exec":{"process":{"pid":${n}}}}`;

  test("lets a minute's worth through, counts the rest, and reports it", () => {
    const pipeline = createTestPipeline({
      exportRateLimit: 2,
      commonFields: { node_name: "node", cluster_name: "c" },
    });
    expect(pipeline.run(event(1), event(2), event(3), event(4))).toEqual([event(1), event(2)]);
    expect(pipeline.counters).toMatchObject({ accepted: 2, rate_limited: 2 });
    expect(pipeline.pipeline.pollIntervalMs).toBe(1000);
    expect(pipeline.poll()).toEqual([]);
    pipeline.now += 60_000;
    expect(pipeline.poll().map((line) => JSON.parse(line))).toEqual([
      {
        rate_limit_info: { number_of_dropped_process_events: "2" },
        node_name: "node",
        cluster_name: "c",
        time: "2023-11-14T22:14:20.000Z",
      },
    ]);
    expect(pipeline.counters).toMatchObject({ generated: 1, accepted: 3 });
    expect(pipeline.poll()).toEqual([]);
    expect(pipeline.run(event(5))).toEqual([event(5)]);
    expect(unaccounted(pipeline.counters)).toBe(0);
  });

  test("0 lets nothing through but the report, which is due at shutdown at the latest", () => {
    const pipeline = createTestPipeline({ exportRateLimit: 0 });
    expect(pipeline.run(event(1))).toEqual([]);
    expect(pipeline.flush()[0]).toContain('"number_of_dropped_process_events":"1"');
    expect(pipeline.flush()).toEqual([]);
    expect(unaccounted(pipeline.counters)).toBe(0);
  });

  test("negative is no limit", () => {
    const { pipeline } = createTestPipeline({ exportRateLimit: -1 });
    expect(pipeline.pollIntervalMs).toBeUndefined();
  });

  test("counts only what passes the filters", () => {
    const pipeline = createTestPipeline({ exportRateLimit: 1, exportDenylist: '{"pid":[1]}' });
    expect(pipeline.run(event(1), event(1), event(2))).toEqual([event(2)]);
    expect(pipeline.counters).toMatchObject({ filtered: 2, rate_limited: 0 });
  });
});

describe("CgroupLimiter", () => {
  const settings = { events: 10, interval: 1000 };

  test("throttles a cgroup that exceeds the rate, and no other", () => {
    const limiter = new CgroupLimiter(settings);
    const passed = Array.from({ length: 15 }, () => limiter.allow("a", 100)).filter(Boolean);
    expect(passed).toHaveLength(10);
    expect(limiter.allow("b", 100)).toBe(true);
    expect(limiter.takeChanges()).toEqual([{ type: "THROTTLE_START", cgroup: "a" }]);
    expect(limiter.takeChanges()).toEqual([]);
  });

  test("the window slides: half of the last interval counts half way into this one", () => {
    const limiter = new CgroupLimiter(settings);
    for (let i = 0; i < 10; i++) expect(limiter.allow("a", 0)).toBe(true);
    const passed = Array.from({ length: 10 }, () => limiter.allow("a", 1500)).filter(Boolean);
    expect(passed).toHaveLength(5);
  });

  test("lets go after five calm seconds, or five silent ones", () => {
    const limiter = new CgroupLimiter(settings);
    for (const name of ["c1", "c2"]) for (let i = 0; i < 20; i++) limiter.allow(name, 0);
    limiter.takeChanges();
    for (let now = 1000; now <= 5000; now += 1000) {
      expect(limiter.allow("c1", now)).toBe(false);
      limiter.poll(now);
    }
    expect(limiter.takeChanges()).toEqual([]);
    limiter.poll(5001);
    expect(limiter.takeChanges()).toEqual([{ type: "THROTTLE_STOP", cgroup: "c2" }]);
    // The burst was in the window of two intervals until second 1, when the first of these events came.
    limiter.allow("c1", 6000);
    limiter.poll(6000);
    expect(limiter.takeChanges()).toEqual([]);
    limiter.poll(6001);
    expect(limiter.takeChanges()).toEqual([{ type: "THROTTLE_STOP", cgroup: "c1" }]);
    expect(limiter.allow("c1", 6002)).toBe(true);
  });

  test("stays throttled while the rate is high", () => {
    const limiter = new CgroupLimiter(settings);
    for (let now = 0; now < 20_000; now += 50) {
      limiter.allow("a", now);
      limiter.poll(now);
    }
    expect(limiter.takeChanges()).toEqual([{ type: "THROTTLE_START", cgroup: "a" }]);
  });

  test("forgets cgroups that are gone", () => {
    const limiter = new CgroupLimiter(settings);
    for (let id = 0; id < 40_000; id++) expect(limiter.allow(String(id), 0)).toBe(true);
    limiter.poll(60_000);
    for (let i = 0; i < 10; i++) expect(limiter.allow("x", 60_000)).toBe(true);
    expect(limiter.allow("x", 60_000)).toBe(false);
  });
});
