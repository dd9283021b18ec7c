import { describe, expect, test } from "bun:test";
import type { Peer } from "../../src/receiver/agents/peer.ts";
import { Report } from "../../src/receiver/report.ts";

const PEER: Peer = { name: "192.0.2.1:514", address: "192.0.2.1", received: 1, lastSeenAt: 0, users: 0 };
const REASON = "process_exec.process.pid: expected uint32, found string";

/** What a report says. */
function reportInto(lines: string[], isJson = false): Report {
  return new Report({ isJson, write: (text) => lines.push(text) });
}

describe("Report.invalid()", () => {
  test("says where the fault is, from whom it came and how it begins, and shows no character as it is", () => {
    const lines: string[] = [];
    const document = Buffer.from(`{"a":"\u001b[2J\u202e${"x".repeat(200)}`);
    reportInto(lines).invalid(REASON, document, PEER);
    expect(lines).toEqual([
      `INVALID  ${REASON}  ${document.length} bytes: {"a":"\\u001b[2J\\u202e${"x".repeat(67)}  from 192.0.2.1:514\n`,
    ]);
  });

  test("says so many in a second, and then how many it left out", () => {
    const lines: string[] = [];
    const report = reportInto(lines);
    for (let i = 0; i < 10_000; i++) report.invalid(REASON, Buffer.from("{}"), PEER);
    expect(lines).toHaveLength(20);
    report.tick();
    expect(lines.splice(0).at(-1)).toBe("INVALID  9980 more left out\n");
    report.tick();
    expect(lines).toEqual([]);
    report.invalid(REASON, Buffer.from("{}"), PEER);
    expect(lines).toHaveLength(1);
  });

  test("is an object for each as JSON, and one for those that were left out", () => {
    const lines: string[] = [];
    const report = reportInto(lines, true);
    for (let i = 0; i < 25; i++) report.invalid(REASON, Buffer.from('{"\u0007":"\u2028"}'), PEER);
    report.tick();
    expect(lines.join("").replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Zl}]/u);
    const said = lines.map((line) => JSON.parse(line));
    expect(said).toHaveLength(21);
    expect(said[0]).toEqual({
      type: "invalid",
      reason: REASON,
      address: "192.0.2.1:514",
      bytes: 11,
      start: '{"\u0007":"\u2028"}',
    });
    expect(said[20]).toEqual({ type: "left_out", notices: 0, invalid: 5 });
  });
});
