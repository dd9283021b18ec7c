import { describe, expect, test } from "bun:test";
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { PieceList } from "../../../src/encoding/piece-list.ts";
import { createRfc5424 } from "../../../src/encoding/rfc5424/envelope.ts";
import { FACILITIES } from "../../../src/encoding/rfc5424/facilities.ts";

/** The message of an event. */
function messageOf(line: string, facility = 16, pid = 42): string {
  return Buffer.from(bytesOf(Buffer.from(line), facility, pid)).toString();
}

function bytesOf(source: Buffer, facility = 16, pid = 42): Uint8Array {
  const pieces = new PieceList(16);
  createRfc5424(facility, pid).wrap(source, 0, source.length, pieces);
  return pieces.join(0, pieces.length);
}

/** RFC 5424, section 6: `HEADER SP STRUCTURED-DATA SP MSG`. */
const SYSLOG =
  /^<(?<priority>0|[1-9]\d{0,2})>1 (?<time>-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) (?<host>[!-~]{1,255}) (?<app>[!-~]{1,48}) (?<pid>[!-~]{1,128}) (?<id>[!-~]{1,32}) \[event@32473 type="(?<type>(?:[^"\\\]]|\\["\\\]])*)"\] (?<message>.*)$/s;

const event = (type: string, host: string, time: string) =>
  JSON.stringify({ [type]: {}, node_name: host, time });

describe("RFC 5424", () => {
  test("the priority of each facility and severity is the facility's number times eight and the severity's", () => {
    const severities = { process_exec: 6, process_kprobe: 5, process_lsm: 5, process_throttle: 4 };
    for (const [facility, name] of FACILITIES.entries()) {
      for (const [type, severity] of Object.entries(severities)) {
        const { priority } = SYSLOG.exec(messageOf(event(type, "n", ""), facility))!.groups!;
        expect([name, Number(priority)]).toEqual([name, facility * 8 + severity]);
      }
    }
    expect(FACILITIES.length).toBe(24);
  });

  test("whatever an event says, its header is within the limits of the RFC, and its message the event", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.constantFrom("a b", "\u0000\n", 'x"]\\', "é".repeat(300), "y".repeat(256), "z".repeat(33)),
    );
    const time = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      text,
    );
    fc.assert(
      fc.property(text, text, time, fc.boolean(), (type, host, at, isFirst) => {
        const line = isFirst
          ? JSON.stringify({ time: at, node_name: host, [type]: {} })
          : event(type, host, at);
        const groups = SYSLOG.exec(messageOf(line))?.groups;
        expect(groups).toBeDefined();
        expect(groups!.message).toBe(line);
        expect(groups!.type).not.toMatch(/\p{Cc}/u);
        expect(Number(groups!.priority)).toBeLessThanOrEqual(191);
      }),
      { numRuns: 500 },
    );
  });

  test("HOSTNAME is cut after 255 characters, MSGID after 32; both have ? for what is not printable ASCII", () => {
    const { host, id } = SYSLOG.exec(messageOf(event(`t é${"y".repeat(60)}`, `h ${"x".repeat(400)}`, "")))!
      .groups!;
    expect(host).toBe(`h?${"x".repeat(253)}`);
    expect(id).toBe(`t???${"y".repeat(28)}`);
  });

  test("the type in the structured data is whole UTF-8, with quote, backslash and bracket escaped", () => {
    const type = `a"]\\${"é".repeat(200)}`;
    const text = SYSLOG.exec(messageOf(event(type, "n", "")))!.groups!.type!;
    expect(text).toBe(`a\\"\\]\\\\${"é".repeat(62)}`);
  });

  test("the type is UTF-8 though the event is none", () => {
    const event = Buffer.from('{"t\xff\xc3é":{},"node_name":"n","time":"2026-01-01T00:00:00Z"}', "latin1");
    const header = Buffer.from(bytesOf(event)).subarray(0, -event.length);
    expect(header.includes("\ufffd") || !isUtf8(header)).toBe(false);
    expect(header.toString()).toContain('type="t???"');
  });

  test("no control character of a type is in the header, so that no line of a file begins within it", () => {
    const message = messageOf(
      event("evil\n<0>1 - h kernel 1 x - forged\0\r\u001b[2J\u007f\u009b2J", "n\n<0>1", "\n"),
    );
    expect(message).not.toContain("\n");
    expect(SYSLOG.exec(message)!.groups!.type).toBe("evil?<0>1 - h kernel 1 x - forged???[2J??2J");
  });

  test.each([
    ["2026-11-30T05:31:45.123456789Z", "2026-11-30T05:31:45.123456Z"],
    ["2026-11-30T05:31:45.5Z", "2026-11-30T05:31:45.5Z"],
    ["2026-11-30T05:31:45Z", "2026-11-30T05:31:45Z"],
    ["2026-11-30T05:31:45.123456789+05:30", "2026-11-30T05:31:45.123456+05:30"],
    ["2026-11-30T05:31:60Z", "-"],
    ["2026-13-30T05:31:45Z", "-"],
    ["2026-11-30T05:31:45.Z", "-"],
    ["yesterday", "-"],
    ["", "-"],
  ])("the time %s is %s", (given, expected) => {
    const twice = [
      messageOf(event("process_exec", "n", given)),
      messageOf(event("process_exec", "n", given)),
    ];
    for (const message of twice) expect(SYSLOG.exec(message)!.groups!.time).toBe(expected);
  });
});
