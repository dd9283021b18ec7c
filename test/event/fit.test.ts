import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { fit } from "../../src/event/fit.ts";
import { isValidEvent, isValidMetadata } from "../../src/event/validate.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { text, validEvents } from "./fit/event-arbitrary.ts";

/** The machine may be busy. */
setDefaultTimeout(60_000);

const FIXTURES = readFileSync(join(import.meta.dir, "../fixtures/tetragon-events.jsonl"), "utf8")
  .trim()
  .split("\n");

const MARKER = /…\[truncated ([0-9]+) bytes\]$/;
const bounds = fc.oneof(fc.integer({ min: 508, max: 5000 }), fc.integer({ min: 508, max: 65507 }));

function datagramBytes(text: string): number {
  return Buffer.byteLength(text) + 1;
}

/** Fits `event`, which must be possible. */
function fitted(event: object, maxBytes: number): JsonObject {
  const text = fit(JSON.stringify(event), maxBytes);
  expect(text).toBeDefined();
  expect(datagramBytes(text!)).toBeLessThanOrEqual(maxBytes);
  return JSON.parse(text!);
}

/** What is between the beginning of a shortened string and its end; holds the marker to tell the truth. */
function beginning(shortened: string, whole: string): string {
  const marker = MARKER.exec(shortened);
  if (marker === null) {
    // Only base64 has no marker.
    expect(whole.startsWith(shortened)).toBe(true);
    expect(shortened.length % 4).toBe(0);
    return shortened;
  }
  const kept = shortened.slice(0, marker.index);
  expect(whole.startsWith(kept)).toBe(true);
  expect(Number(marker[1])).toBe(Buffer.byteLength(whole) - Buffer.byteLength(kept));
  if (whole.isWellFormed()) expect(kept.isWellFormed()).toBe(true);
  return kept;
}

/** A long integer is a string in protojson, and may have become one, in a field that nobody knows. */
function withLongNumbersAsText(event: JsonObject): JsonObject {
  const asText = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : value;
  return JSON.parse(JSON.stringify(event, asText));
}

/** Holds that nothing was done to `before` but shortening, cutting tails and leaving fields out. */
function expectOnlyLess(after: unknown, before: unknown): void {
  if (typeof before === "string" && after !== before) beginning(after as string, before);
  else if (Array.isArray(before)) {
    expect((after as unknown[]).length).toBeLessThanOrEqual(before.length);
    for (const [i, item] of (after as unknown[]).entries()) expectOnlyLess(item, before[i]);
  } else if (typeof before === "object" && before !== null) {
    const keys = Object.keys(before);
    const keptKeys = Object.keys(after as object);
    expect(keys.filter((key) => keptKeys.includes(key))).toEqual(keptKeys);
    for (const key of keptKeys) expectOnlyLess((after as JsonObject)[key], (before as JsonObject)[key]);
  } else if (typeof before === "number" && !Number.isSafeInteger(before)) {
    // A long integer is a string in protojson.
    expect(Number(after)).toBe(before);
  } else expect(after).toBe(before as never);
}

/** Identities of a process, as they are in the API. */
function identityOf(process: unknown): unknown {
  if (typeof process !== "object" || process === null) return process;
  const { exec_id, parent_exec_id, pid, tid, uid, auid, start_time, flags, docker, pod } =
    process as JsonObject;
  const { namespace, name, uid: podUid, container } = (pod ?? {}) as JsonObject;
  const { id, name: containerName, image } = (container ?? {}) as JsonObject;
  // Fields that nobody knows may go, those of an image too.
  const { id: imageId, name: imageName } = (image ?? {}) as JsonObject;
  return [
    [exec_id, parent_exec_id, pid, tid, uid, auid, start_time, flags, docker],
    [namespace, name, podUid, id, containerName, imageId, imageName],
  ];
}

/** Identities of an event: what it is, what policy it is from, whose process it is of. */
function identitiesOf(event: JsonObject): unknown[] {
  return Object.entries(event).map(([key, value]) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [key, value];
    const payload = value as JsonObject;
    return [key, payload.function_name, payload.policy_name, payload.action, identityOf(payload.process)];
  });
}

describe("fit()", () => {
  test("makes any valid event fit, takes nothing but what may go, and leaves it valid", () => {
    fc.assert(
      fc.property(validEvents, bounds, (event, maxBytes) => {
        const before = JSON.stringify(event);
        const result = fit(before, maxBytes);
        expect(fit(before, maxBytes)).toBe(result as string);
        if (datagramBytes(before) <= maxBytes) return expect(result).toBe(before);
        if (result === undefined) return;
        expect(datagramBytes(result)).toBeLessThanOrEqual(maxBytes);
        const { tetrad_truncated, ...after } = JSON.parse(result);
        expect(tetrad_truncated).toBe(true);
        expectOnlyLess(after, JSON.parse(before));
        expect(isValidEvent(event)).toBe(true);
        expect(isValidEvent(after)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test("keeps identities", () => {
    fc.assert(
      fc.property(validEvents, bounds, (event, maxBytes) => {
        const known = Object.fromEntries(
          Object.entries(event).filter(([key]) => /^(process_|node_name|cluster_name|time)/.test(key)),
        );
        const result = fit(JSON.stringify(known), maxBytes);
        if (result === undefined) return;
        const { tetrad_truncated, ...after } = JSON.parse(result);
        expect(identitiesOf(withLongNumbersAsText(after))).toEqual(
          identitiesOf(withLongNumbersAsText(known)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("makes any JSON object fit or gives up", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(text, fc.jsonValue({ maxDepth: 5 }))),
        fc.integer({ min: 1, max: 3000 }),
        (event, maxBytes) => {
          const result = fit(JSON.stringify(event), maxBytes);
          if (result === undefined) return;
          expect(datagramBytes(result)).toBeLessThanOrEqual(maxBytes);
          expect(typeof JSON.parse(result)).toBe("object");
        },
      ),
      { numRuns: 400 },
    );
  });

  test("makes lists in lists fit", () => {
    const { list } = fc.letrec<{ list: unknown[] }>((tie) => ({
      list: fc.array(fc.oneof({ maxDepth: 5 }, fc.constantFrom(1, 1e9, "abc", "abcdefghi"), tie("list")), {
        minLength: 1,
        maxLength: 12,
        size: "max",
      }),
    }));
    fc.assert(
      fc.property(fc.array(list, { minLength: 6 }), fc.integer({ min: 60, max: 1500 }), (lists, maxBytes) => {
        fitted({ process_exec: { process: {}, lists }, others: lists }, maxBytes);
      }),
      { numRuns: 300 },
    );
  });

  test("makes Tetragon's events fit into any datagram from 1200 bytes on, and smaller ones if it can", () => {
    for (const line of FIXTURES) {
      for (let maxBytes = 508; maxBytes < 3600; maxBytes += 97) {
        const result = fit(line, maxBytes);
        if (result === undefined) {
          expect(maxBytes).toBeLessThan(1200);
          continue;
        }
        expect(datagramBytes(result)).toBeLessThanOrEqual(maxBytes);
        const { tetrad_truncated, ...after } = JSON.parse(result);
        const before = JSON.parse(line);
        expectOnlyLess(after, before);
        expect(identitiesOf(after)).toEqual(identitiesOf(before));
        expect(isValidEvent(after)).toBe(true);
      }
    }
  });

  test("of Tetragon's events some fit into 508 bytes", () => {
    expect(FIXTURES.filter((line) => fit(line, 508) !== undefined).length).toBeGreaterThan(10);
  });

  test.each([
    ["letters", "a"],
    ["quotes", '"'],
    ["control characters", "\u0001"],
    ["newlines", "\n"],
    ["umlauts", "ä"],
    ["emoji", "😀"],
    ["lone surrogates", "\ud83d"],
    ["a mixture", 'a"\\\u0002ä…😀\ude00'],
  ])("uses the whole datagram for a string of %s", (_, unit) => {
    const event = { process_exec: { process: { exec_id: "x", arguments: unit.repeat(70_000) } } };
    for (const maxBytes of [508, 509, 510, 511, 512, 513, 1472, 65507]) {
      const result = fit(JSON.stringify(event), maxBytes)!;
      expect(datagramBytes(result)).toBeLessThanOrEqual(maxBytes);
      // At most a character is missing, and what the marker needs less than was feared.
      expect(datagramBytes(result)).toBeGreaterThan(maxBytes - 8);
      expectOnlyLess(JSON.parse(result).process_exec, event.process_exec);
    }
  });

  test("shortens the longest strings to a common length and leaves the others", () => {
    const process = { exec_id: "x", cwd: "c".repeat(300), arguments: "a".repeat(5000) };
    const parent = { arguments: "p".repeat(3000) };
    const after = fitted({ process_exec: { process, parent } }, 2000).process_exec as {
      process: typeof process;
      parent: typeof parent;
    };
    expect(after.process.cwd).toBe(process.cwd);
    expect(after.process.arguments).toMatch(/^a{700,}…\[truncated [0-9]{4} bytes\]$/);
    expect(after.parent.arguments).toMatch(/^p{700,}…\[truncated [0-9]{4} bytes\]$/);
    expect(Math.abs(after.process.arguments.length - after.parent.arguments.length)).toBeLessThan(3);
  });

  test("shortens binary only when no other string is left", () => {
    const process = { exec_id: "x", binary: `/${"b".repeat(900)}`, arguments: "a".repeat(900) };
    const first = fitted({ process_exec: { process } }, 1300).process_exec as { process: typeof process };
    expect(first.process.binary).toBe(process.binary);
    expect(first.process.arguments).toMatch(MARKER);
    const second = fitted({ process_exec: { process } }, 700).process_exec as { process: typeof process };
    expect(second.process.binary).toMatch(MARKER);
    expect(second.process.arguments.length).toBeLessThan(40);
  });

  test("cuts bytes to valid base64 without a marker", () => {
    const bytes = Buffer.alloc(4000, "data").toString("base64url");
    const event = { process_kprobe: { function_name: "f", args: [{ bytes_arg: bytes }, { int_arg: 1 }] } };
    const after = fitted(event, 600) as typeof event;
    expect(isValidEvent(after)).toBe(true);
    const [first, second] = after.process_kprobe.args;
    expect(bytes).toStartWith(first!.bytes_arg!);
    expect(first!.bytes_arg!.length % 4).toBe(0);
    expect(first!.bytes_arg!.length).toBeGreaterThan(450);
    expect(second).toEqual({ int_arg: 1 });
  });

  test("cuts the tails of lists when strings are short", () => {
    const process = {
      exec_id: "x",
      binary: "/bin/x",
      arguments: "a".repeat(120),
      environment_variables: Array.from({ length: 5000 }, (_, i) => ({ Key: `KEY${i}`, Value: "v" })),
    };
    const ancestors = Array.from({ length: 300 }, (_, i) => ({ exec_id: `ancestor${i}`, pid: i }));
    const after = fitted({ process_exec: { process, ancestors } }, 4000).process_exec as {
      process: typeof process;
      ancestors: typeof ancestors;
    };
    expect(after.process.arguments).toBe(process.arguments);
    expect(after.process.environment_variables.length).toBeGreaterThan(30);
    expect(after.ancestors.length).toBeGreaterThan(30);
    expectOnlyLess(after, { process, ancestors });
  });

  test("shares what a list may cost among the lists in it", () => {
    const ancestors = Array.from({ length: 20 }, (_, i) => ({
      exec_id: `ancestor${i}`,
      environment_variables: Array.from({ length: 500 }, (_, j) => ({ Key: `K${j}`, Value: "v" })),
    }));
    const after = fitted({ process_exec: { ancestors } }, 8000).process_exec as {
      ancestors: typeof ancestors;
    };
    expect(after.ancestors.length).toBeGreaterThanOrEqual(8);
    for (const { environment_variables } of after.ancestors.slice(0, 8))
      expect(environment_variables.length).toBeGreaterThan(10);
  });

  test("leaves details out before the parent, and the parent before the event is given up", () => {
    const pod = { namespace: "n".repeat(100), name: "p".repeat(100) };
    const parent = { exec_id: "parent", pid: 1, binary: "/sbin/init", pod };
    const process = {
      exec_id: "x",
      parent_exec_id: "parent",
      pod,
      ns: { pid: { inum: 4026531836 } },
      refcnt: 1,
    };
    const event = { process_exec: { process, parent } };
    const { ns, refcnt, ...identity } = process;
    const { pod: _, ...parentIdentity } = parent;
    const bytes = (process: object, parent?: object) =>
      datagramBytes(JSON.stringify({ process_exec: { process, parent }, tetrad_truncated: true }));
    // The pads make the event larger than a datagram without leaving a place to save.
    const whole = { ...event, node_name: "" };
    const cases = [
      [{ process: identity, parent }, bytes(identity, parent)],
      [{ process: identity, parent: parentIdentity }, bytes(identity, parentIdentity)],
      [{ process: identity }, bytes(identity)],
    ] as const;
    for (const [expected, maxBytes] of cases) {
      const { node_name, ...after } = fitted(whole, maxBytes + `"node_name":"",`.length);
      expect(after).toEqual({ process_exec: expected, tetrad_truncated: true });
    }
    expect(fit(JSON.stringify(whole), bytes(identity))).toBeUndefined();
  });

  test("keeps the process of event types that the schemas lack", () => {
    const process = { exec_id: "x".repeat(60), pid: 7, binary: "/bin/x", arguments: "a".repeat(2000) };
    const stats = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`field_${i}`, i]));
    const event = {
      process_connect: { process, stats, destination_ip: "10.0.0.1" },
      time: "2024-01-01T00:00:00Z",
    };
    const after = fitted(event, 600) as typeof event;
    expect(identitiesOf({ process_connect: after.process_connect })).toEqual(
      identitiesOf({ process_connect: event.process_connect }),
    );
    expect(after.process_connect.process.binary).toBe("/bin/x");
    expect(after.time).toBe(event.time);
  });

  test("keeps every digit of long integers", () => {
    const padding = "a".repeat(3000);
    const line = `{"process_tracepoint":{"args":[{"size_arg":18446744073709551615},{"string_arg":"${padding}"}]}}`;
    const after = fit(line, 600)!;
    expect(after).toContain('{"size_arg":18446744073709551615}');
    expect(isValidEvent(JSON.parse(after))).toBe(true);
  });

  test("takes out white space before anything else", () => {
    const event = { process_exec: { process: { exec_id: "x", arguments: "a".repeat(400), pid: 1 } } };
    const compact = JSON.stringify(event);
    expect(fit(JSON.stringify(event, undefined, 8), datagramBytes(compact))).toBe(compact);
    expect(fitted(event, datagramBytes(compact) - 1).tetrad_truncated).toBe(true);
  });

  test("shortens agent_init to 508 bytes", () => {
    const event = {
      "@timestamp": "2024-01-01T00:00:00Z",
      event: "agent_init",
      tetragon_version: "v1.4.0",
      build_commit: "c".repeat(40),
      build_date: "2024-01-01T00:00:00Z",
      hostname: "h".repeat(253),
      os: "linux",
      kernel_version: "6.18.0-some-distribution-with-a-name",
      pid: 4194304,
      udp_destination: `${"d".repeat(253)}:65535`,
      udp_buffer_size: 65536,
      uptime: "initialized at 0",
    };
    const { tetrad_truncated, ...after } = fitted(event, 508);
    expect(tetrad_truncated).toBe(true);
    expect(isValidMetadata("agent_init", after)).toBe(true);
    expectOnlyLess(after, event);
    expect(Object.keys(after)).toEqual(Object.keys(event));
    expect(after.build_commit).toBe(event.build_commit);
    expect(fit(JSON.stringify({ ...event, hostname: "h", udp_destination: "d" }), 508)).not.toContain(
      "truncated",
    );
  });

  test("shortens the largest agent_stop to 508 bytes, and keeps who speaks and what was sent", () => {
    const kept = {
      "@timestamp": "2024-01-01T00:00:00Z",
      event: "agent_stop",
      os: "linux",
      pid: 4194304,
      uptime: "initialized at 0",
      start_id: "7a818051-298a-4dc2-af3e-366a89f99e41",
      sequence: 31_536_000,
      uptime_seconds: 31_536_000,
      config_digest: "28ffa7adf28999012715c4e46d8a9ee2",
      datagrams_sent: 10 ** 12,
      dropped_queue_full: 10 ** 9,
      dropped_send_failed: 10 ** 9,
      dropped_too_large: 10 ** 9,
      stop_reason: "end_of_input",
    };
    const event = {
      ...kept,
      events_sent: 10 ** 12,
      bytes_sent: 10 ** 15,
      dropped_refused: 0,
      tetragon_version: "v1.4.0",
      build_commit: "c".repeat(40),
      build_date: "2024-01-01T00:00:00Z",
      hostname: "h".repeat(253),
      node_name: "n".repeat(253),
      kernel_version: "6.18.0-some-distribution-with-a-name",
      udp_destination: `${"d".repeat(253)}:65535`,
      udp_buffer_size: 65536,
      started_at: "2024-01-01T00:00:00Z",
      boot_id: "d7addf7b-e38e-47c0-be96-ed53942e86d1",
      metadata_interval_seconds: 0.5,
      udp_receiver: "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535",
      stop_detail: "x".repeat(300),
      site: "s".repeat(1000),
    };
    const after = fitted(event, 508);
    expect(after).toMatchObject(kept);
    expect(isValidMetadata("agent_stop", after)).toBe(true);
    expect(after).not.toContainKeys(["boot_id", "site"]);
  });

  test("does not mind how deeply an event is nested", () => {
    for (const depth of [100, 200, 5000]) {
      const nested = `{"process_exec":{"process":{"exec_id":"x"}},"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
      const padded = nested.replace("}}", `,"cwd":"${"c".repeat(2000)}"}}`);
      const after = JSON.parse(fit(padded, 508)!);
      expect(after.process_exec.process.exec_id).toBe("x");
    }
  });

  test.each([
    ["no JSON", "x".repeat(600)],
    ["JSON that is cut", `{"a":"${"x".repeat(600)}`],
    ["a list", JSON.stringify(["x".repeat(600)])],
    ["a string", JSON.stringify("x".repeat(600))],
    [
      "an identity that is too long",
      JSON.stringify({ process_exec: { process: { exec_id: "x".repeat(600) } } }),
    ],
  ])("gives up on %s", (_, text) => {
    expect(fit(text, 508)).toBeUndefined();
  });
});

describe("fit() keeps what stays byte for byte", () => {
  const padded = (value: string) =>
    `{"process_exec":{"process":{"arguments":"${"a".repeat(3000)}","new":${value}}},"time":"2024-01-01T00:00:00Z"}`;

  test.each(["1e2", "0.1000000000000000055511151231257827", "-0", '"\\u00e9\\/"', '{"a":"\\u001b"}'])(
    "%s",
    (value) => {
      expect(fit(padded(value), 800)).toContain(`"new":${value}`);
    },
  );

  test("but for escapes that would leave no room", () => {
    const after = fit(padded(`"${"\\u0061".repeat(100)}"`), 508)!;
    expect(Buffer.byteLength(after)).toBeLessThan(508);
    expect(after).toContain(`"new":"${"a".repeat(100)}"`);
  });

  test("and parses nothing that takes much more memory than its text", () => {
    expect(fit(`{"a":[${"[],".repeat(200_000)}1]}`, 508)).toBeUndefined();
  });
});
