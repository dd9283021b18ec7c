import { describe, expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { RecordEncoder } from "../../../src/encoding/otlp/record.ts";
import { spanIdOf, traceIdOf } from "../../../src/encoding/otlp/span.ts";
import { addSpanContext, SPAN_CONTEXT_BYTES } from "../../../src/encoding/otlp/span-context.ts";
import { ScopeLogsSchema } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/logs/v1/logs_pb.ts";
import { batchOf } from "../../exporter/support.ts";

describe("addSpanContext()", () => {
  test("gives a record of any length its ids, leaves the rest and what is before it, and needs no more room than it says", () => {
    const encoder = new RecordEncoder({ now: () => 1_800_000_000_000 });
    const span = { traceId: traceIdOf("a"), spanId: spanIdOf("b") };
    const check = (padding: number, start: number) => {
      const b = Buffer.alloc(start + padding + 1024, 0xaa);
      const end = encoder.encodeOf(batchOf([`{"pad":"${"x".repeat(padding)}"}`]), 0, b, start);
      const [before] = fromBinary(ScopeLogsSchema, b.subarray(start, end)).logRecords;
      const room = b.subarray(0, end + SPAN_CONTEXT_BYTES);
      const behind = addSpanContext(room, start, end, span);
      expect(behind).toBeLessThanOrEqual(room.length);
      const { logRecords } = fromBinary(ScopeLogsSchema, room.subarray(start, behind));
      expect(logRecords).toEqual([{ ...before!, traceId: span.traceId, spanId: span.spanId }]);
      expect(room.subarray(0, start).every((byte) => byte === 0xaa)).toBe(true);
    };
    // Where the length before a record gets a byte more.
    for (let padding = 0; padding < 256; padding++) check(padding, 3);
    for (let padding = 16_384 - 256; padding < 16_384; padding++) check(padding, 0);
    fc.assert(fc.property(fc.nat(100_000), fc.nat(100), check), { numRuns: 50 });
  });
});
