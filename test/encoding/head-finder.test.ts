import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HeadFinder } from "../../src/encoding/head-finder.ts";
import { type HeaderFields, headerFields } from "../../src/encoding/header-fields.ts";

const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

function finder() {
  const heads = { made: 0 };
  const made = new HeadFinder<[type: string, host: string], string>({
    head: (type, host) => {
      heads.made++;
      return [type, host];
    },
    second: (text) => (SECOND.test(text) ? text : undefined),
  });
  return { made, heads };
}

/** What a finder finds in a line that lies between others; what it does not find it may learn. */
function found({ made }: ReturnType<typeof finder>, line: string): HeaderFields | undefined {
  const before = `{"process_exec":{},"node_name":"n","time":"2026-01-01T00:00:00Z"}\n`;
  const bytes = Buffer.from(`${before}${line}\n${before}`);
  const [start, end] = [before.length, before.length + Buffer.byteLength(line)];
  const head = made.find(bytes, start, end);
  if (head === undefined) {
    made.learn(bytes, start, end, headerFields(bytes, start, end));
    return undefined;
  }
  const time = bytes.toString("latin1", made.secondsEnd - 19, made.timeEnd);
  expect(made.second).toBe(time.slice(0, 19));
  return { type: head[0], host: head[1], time: `${time}Z` };
}

function asParsed(line: string): HeaderFields {
  const bytes = Buffer.from(line);
  return headerFields(bytes, 0, bytes.length);
}

const text = fc.oneof(
  fc.constantFrom(
    "minikube",
    "",
    "node_name",
    "time",
    'a"b',
    "a\\",
    "é",
    '","time":"2026-01-01T00:00:00Z"}',
    "{",
  ),
  fc.string({ maxLength: 12 }),
);
const time = fc
  .record({
    second: fc.constantFrom("2026-11-30T05:31:45", "2026-11-30T05:31:46", "1969-12-31T23:59:59", "yesterday"),
    fraction: fc.constantFrom("", ".", ".1", ".123456789", ".1234567890"),
    zone: fc.constantFrom("Z", "+01:00", ""),
  })
  .map(({ second, fraction, zone }) => second + fraction + zone);
const member = fc.oneof(
  fc.tuple(fc.constantFrom("node_name", "cluster_name", "event", "x"), text),
  fc.tuple(fc.constant("time"), time),
  fc.tuple(
    fc.oneof(fc.constantFrom("process_exec", "process_exit", "node_labels", "aggregation_info"), text),
    fc.dictionary(text, fc.oneof(text, time), { maxKeys: 3 }),
  ),
);
const space = fc.constantFrom("", " ");

/** Members in any order, with a space behind each comma or none, each name once. */
const anyEvent = fc
  .record({ members: fc.uniqueArray(member, { selector: ([name]) => name, maxLength: 6 }), space })
  .map(
    ({ members, space }) =>
      `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(`,${space}`)}}`,
  );

const labels = fc.option(fc.dictionary(text, text, { maxKeys: 2 }), { nil: undefined });
/** As Tetragon writes it. */
const tetragonEvent = fc
  .record({
    type: fc.constantFrom("process_exec", "process_exit", "process_kprobe", "process_new"),
    body: fc.dictionary(text, text, { maxKeys: 3 }),
    host: fc.constantFrom("minikube", "kind-control-plane", "my-node"),
    time: fc.constantFrom("2026-11-30T05:31:45.123456789Z", "2026-11-30T05:31:45.1Z", "2026-11-30T05:31:46Z"),
    labels,
    space,
  })
  .map(({ type, body, host, time, labels, space }) => {
    const members = [
      `"${type}":${JSON.stringify(body)}`,
      `"node_name":"${host}"`,
      `"time":"${time}"`,
      ...(labels === undefined ? [] : [`"cluster_name":"c"`, `"node_labels":${JSON.stringify(labels)}`]),
    ];
    return `{${members.join(`,${space}`)}}`;
  });

describe("HeadFinder", () => {
  test("finds of any event nothing, or what parsing it finds", () => {
    const target = finder();
    fc.assert(
      fc.property(fc.array(fc.oneof(anyEvent, tetragonEvent), { maxLength: 10 }), (lines) => {
        for (const line of lines) {
          const fields = found(target, line);
          if (fields !== undefined) expect(fields).toEqual(asParsed(line));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("finds type, node and time of events as Tetragon writes them, once it has seen how they end", () => {
    fc.assert(
      fc.property(tetragonEvent, (line) => {
        const target = finder();
        found(target, line);
        expect(found(target, line)).toEqual(asParsed(line));
        expect(found(target, line)).toEqual(asParsed(line));
        expect(target.heads.made).toBe(1);
      }),
    );
  });

  test("keeps no more than it may, whatever comes", () => {
    const target = finder();
    for (let i = 0; i < 5000; i++) {
      const line = `{"type_${i}":{},"node_name":"node_${i % 200}","time":"2026-11-30T05:31:45.${i}Z"}`;
      expect(found(target, line)).toEqual(asParsed(line));
    }
  });

  test("an event that ends within another one's tail is not taken for one that ends so", () => {
    const target = finder();
    const line = (labels: string) =>
      `{"process_exec":{},"node_name":"n","time":"2026-11-30T05:31:45Z","node_labels":${labels}}`;
    found(target, line('{"a":"b"}'));
    expect(found(target, line('{"a":"b"}'))).toMatchObject({ host: "n" });
    const inner = `{"process_exec":{},"node_name":"n","x":${line('{"a":"b"}').slice(0, -1)}}}`;
    const fields = found(target, inner);
    if (fields !== undefined) expect(fields).toEqual(asParsed(inner));
  });
});
