import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameOfCall } from "../../scripts/bench/profile/call-names.ts";
import { costsOf } from "../../scripts/bench/profile/javascript.ts";
import { SystemCallCounter } from "../../scripts/bench/profile/system-calls.ts";
import { describeWithBpf } from "../kernel/support.ts";

test("costsOf() adds up samples by function and place, the most first", () => {
  const frame = (functionName: string, url: string, lineNumber: number) => ({
    functionName,
    url,
    lineNumber,
  });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("fill", "file:///tree/src/exporter/udp/messages.ts", 91) },
      { id: 2, callFrame: frame("", "", -1) },
      { id: 3, callFrame: frame("fill", "/tree/src/exporter/udp/messages.ts", 91) },
      { id: 4, callFrame: frame(".wasm-function[2]", "", -1) },
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [100, 20, 50, 60, 5],
  };
  expect(costsOf(profile, "/tree/")).toEqual([
    { name: "fill", place: "src/exporter/udp/messages.ts:92", microseconds: 150 },
    { name: ".wasm-function[2]", place: "WebAssembly", microseconds: 60 },
    { name: "(anonymous)", place: "the runtime", microseconds: 25 },
  ]);
});

test("nameOfCall() knows the calls that matter, and numbers others", () => {
  expect(nameOfCall(process.arch === "arm64" ? 269 : 307)).toBe("sendmmsg");
  expect(nameOfCall(511)).toBe("number 511");
});

describeWithBpf("SystemCallCounter", () => {
  test("counts its calls from when it is followed, and no one else's", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tetrad-calls-"));
    const gate = join(directory, "gate");
    try {
      using counter = new SystemCallCounter();
      const script =
        'until [ -e "$1" ]; do sleep 0.01; done; exec dd if=/dev/zero of=/dev/null bs=1 count=5000';
      const start = (path: string) =>
        Bun.spawn(["sh", "-c", script, "sh", path], { stdout: "ignore", stderr: "ignore" });
      const [child, other] = [start(gate), start("/dev/null")];
      counter.follow(child.pid);
      writeFileSync(gate, "");
      await Promise.all([child.exited, other.exited]);
      const reads = counter.costs().find(({ name }) => name === "read")!;
      expect(reads.calls).toBeGreaterThanOrEqual(5000);
      expect(reads.calls).toBeLessThan(6000);
      expect(reads.nanoseconds).toBeGreaterThan(0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
