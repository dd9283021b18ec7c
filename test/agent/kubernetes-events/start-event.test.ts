import { describe, expect, test } from "bun:test";
import type { RememberedStart } from "../../../src/agent/kubernetes-events/remembered.ts";
import { startOccurrence } from "../../../src/agent/kubernetes-events/start-event.ts";

const START: RememberedStart = {
  version: "v0.1.0",
  commit: "0123456789abcdef",
  configDigest: "aaaa",
  kernel: "6.1.0",
  bootId: "one",
  hasStopped: false,
};
const BEFORE: RememberedStart = { ...START, hasStopped: true };

describe("startOccurrence()", () => {
  test("a first start", () => {
    expect(startOccurrence(undefined, START)).toEqual({
      type: "Normal",
      action: "Start",
      reason: "AgentStarted",
      note: "tetrad v0.1.0 (0123456789ab) has started on kernel 6.1.0",
    });
  });

  test("a start like the one before", () => {
    expect(startOccurrence(BEFORE, START)).toMatchObject({ type: "Normal", reason: "AgentRestarted" });
  });

  test("a start after an end that nobody asked for", () => {
    const { type, note } = startOccurrence({ ...BEFORE, hasStopped: false }, START);
    expect(type).toBe("Warning");
    expect(note).toEndWith("; the one before it has ended without being asked to: killed, or by a fault");
  });

  test("after a boot nobody knows how the one before has ended", () => {
    expect(startOccurrence({ ...BEFORE, hasStopped: false, bootId: "zero" }, START).type).toBe("Normal");
  });

  test.each([
    ["AgentVersionChanged", { version: "v0.0.9" }, "the agent was v0.0.9 (0123456789ab)"],
    [
      "AgentConfigurationChanged",
      { configDigest: "bbbb" },
      "the digest of its configuration is aaaa, and was bbbb",
    ],
    ["KernelChanged", { kernel: "5.10.0" }, "the kernel was 5.10.0"],
  ])("%s", (reason, before, note) => {
    const occurrence = startOccurrence({ ...BEFORE, ...before }, START);
    expect(occurrence.reason).toBe(reason);
    expect(occurrence.note).toEndWith(`; ${note}`);
  });

  test("however much has changed, it is one Event, whose note says everything", () => {
    const { reason, note } = startOccurrence(
      { ...BEFORE, version: "v0.0.9", configDigest: "b", kernel: "5.10" },
      START,
    );
    expect(reason).toBe("KernelChanged");
    expect(note.split("; ")).toHaveLength(4);
  });
});
