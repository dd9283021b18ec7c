import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { readTracepointFormat, withTracefs } from "../../../src/kernel/tracepoint/index.ts";
import { SystemCallError } from "../../../src/os/system-call.ts";
import { withUnmounted } from "../../../src/os/unmounted-files.ts";

const mounts = () => readFileSync("/proc/self/mounts", "latin1");

test("tracepoints are read where tracefs is mounted nowhere, and nothing stays mounted or open", () => {
  const before = { mounts: mounts(), open: readdirSync("/proc/self/fd").length };
  try {
    const read = (use: typeof withTracefs) =>
      use((directory) => readTracepointFormat("sched", "sched_process_exit", directory));
    const format = read((use) => withUnmounted("tracefs", use));
    expect(format).toMatchObject({ id: expect.any(Number) });
    expect(read(withTracefs)).toEqual(format);
    expect(readTracepointFormat("sched", "sched_process_exit")).toEqual(format);
    expect(readTracepointFormat("sched", "no_such_event")).toBe("absent");
  } catch (error) {
    // Who may not mount is told so.
    expect(error).toBeInstanceOf(SystemCallError);
    expect((error as SystemCallError).errnoName).toMatch(/^(?:EPERM|ENODEV|ENOSYS)$/);
  }
  expect({ mounts: mounts(), open: readdirSync("/proc/self/fd").length }).toEqual(before);
});
