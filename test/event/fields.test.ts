import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fieldPaths } from "../../src/event/fields.ts";

describe("fieldPaths()", () => {
  test.each([
    "process",
    "process.exec_id",
    "process.pod.container.image.name",
    "process.process_credentials.caps.effective",
    "parent.binary",
    "ancestors.binary",
    "args.sock_arg.daddr",
    "kernel_stack_trace.symbol",
    "process.environment_variables.Key",
    "process.pod.pod_labels",
    "number_of_dropped_process_events",
  ])("has %s", (path) => {
    expect(fieldPaths().has(path)).toBe(true);
  });

  test.each([
    "",
    "proces",
    "process.pod.nam",
    "process.pod.pod_labels.app",
    "process_exec",
    "process.",
    "node_name",
  ])("does not have %p", (path) => {
    expect(fieldPaths().has(path)).toBe(false);
  });

  test("are those of the given event types", () => {
    expect(fieldPaths(["process_exit"]).has("signal")).toBe(true);
    expect(fieldPaths(["process_exec"]).has("signal")).toBe(false);
    expect(fieldPaths(["process_exec", "process_exit"]).has("signal")).toBe(true);
    expect([...fieldPaths(["process_throttle"])]).toEqual(["type", "cgroup"]);
    expect(fieldPaths(["process_connect", "constructor"]).size).toBe(0);
  });

  test("cover Tetragon's events", () => {
    const lines = readFileSync(join(import.meta.dir, "../fixtures/tetragon-events.jsonl"), "utf8").trim();
    for (const line of lines.split("\n")) {
      for (const [type, payload] of Object.entries(JSON.parse(line))) {
        const paths = fieldPaths([type]);
        if (paths.size > 0) for (const path of pathsIn(payload)) expect(paths).toContain(path);
      }
    }
  });
});

/** Paths of all fields in `value`; maps are not looked into. */
function pathsIn(value: unknown, prefix = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, prefix));
  if (typeof value !== "object" || value === null || /_(labels|annotations)\.$/.test(prefix)) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    prefix + name,
    ...pathsIn(field, `${prefix}${name}.`),
  ]);
}
