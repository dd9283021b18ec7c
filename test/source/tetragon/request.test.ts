import { describe, expect, test } from "bun:test";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { GetEventsRequestSchema } from "../../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import { encodeEventsRequest, parseRelease, type Release } from "../../../src/source/tetragon/request.ts";

/** The request as another implementation reads it. */
function requestFor(filters: { allowlist?: string; denylist?: string }, release?: Release): unknown {
  const bytes = encodeEventsRequest({ allowlist: "", denylist: "", ...filters }, release);
  return toJson(GetEventsRequestSchema, fromBinary(GetEventsRequestSchema, bytes), {
    useProtoFieldName: true,
  });
}

describe("encodeEventsRequest()", () => {
  test("passes both lists on", () => {
    const filters = {
      allowlist: '{"event_set":["PROCESS_EXEC"]}{"binaryRegex":["^/bin"],"health_check":false}',
      denylist: '{"namespace_regex":["kube"],"capabilities":{"effective":{"any":["CAP_BPF"]}}}',
    };
    expect(requestFor(filters, [1, 7])).toEqual({
      allow_list: [{ event_set: ["PROCESS_EXEC"] }, { binary_regex: ["^/bin"], health_check: false }],
      deny_list: [{ namespace_regex: ["kube"], capabilities: { effective: { any: ["CAP_BPF"] } } }],
    });
  });

  test("denies nothing by a key that the server's release may pass over, and so deny everything", () => {
    const denylist = '{"cel_expression":["true"]}{"arguments_regex":["x"]}{"binary_regex":["y"]}';
    const kept = (release?: Release) => requestFor({ denylist }, release);
    expect(kept([1, 3])).toEqual({ deny_list: [{ arguments_regex: ["x"] }, { binary_regex: ["y"] }] });
    expect(kept([0, 8])).toEqual({ deny_list: [{ binary_regex: ["y"] }] });
    expect(kept(undefined)).toEqual({ deny_list: [{ binary_regex: ["y"] }] });
  });

  test("asks for everything where a filter learns from what it sees, or cannot be said", () => {
    expect(requestFor({ allowlist: '{"pid_set":[1]}', denylist: '{"pid":[2]}' }, [1, 7])).toEqual({});
    expect(requestFor({ allowlist: '{"event_set":["PROCESS_FUTURE"]}' }, [1, 7])).toEqual({});
  });

  test("asks an agent of this kind, whose releases have numbers of their own, for all keys", () => {
    expect(requestFor({ denylist: '{"cel_expression":["true"]}' }, [0, 1])).toEqual({
      deny_list: [{ cel_expression: ["true"] }],
    });
  });
});

test.each([
  ["v1.7.0", [1, 7]],
  ["1.4.0-rc.1", [1, 4]],
  ["v0.8", [0, 8]],
  ["main", undefined],
  ["", undefined],
] as const)("parseRelease(%p)", (text, release) => {
  expect(parseRelease(text)).toEqual(release as never);
});
