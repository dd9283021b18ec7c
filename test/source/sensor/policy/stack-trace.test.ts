/** Stack traces by what processes have mapped, and by build ids of those that have ended. */
import { afterAll, describe, expect, spyOn, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ElfFile } from "../../../../src/kernel/symbol/index.ts";
import { StackTraces } from "../../../../src/source/sensor/policy/stack-trace.ts";
import { type Mapping, readMappings } from "../../../../src/source/sensor/procfs/mappings.ts";
import { until } from "../support.ts";

const FRAME_SIZE = 32;
const directory = mkdtempSync(join(tmpdir(), "tetrad-stack-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A program that waits, and a function of its C library in its memory. */
async function start(program = "/bin/sleep") {
  const child = Bun.spawn([program, "60"], { stdout: "ignore", stderr: "ignore" });
  const code = () =>
    readMappings("/proc", child.pid).find(
      ({ path, isExecutable }) => isExecutable && /libc[.-].*so/.test(path),
    );
  await until(() => code() !== undefined, "the C library is mapped");
  const mapping = code() as Mapping;
  using library = ElfFile.open(mapping.path);
  const { address } = library.function("getppid")!;
  const place = library.offsetOf(address) + 4n;
  const stack = {
    pid: child.pid,
    binary: program,
    addresses: BigUint64Array.of(mapping.start - mapping.offset + place),
  };
  const frame = (buildId: string, status = 1) => {
    const bytes = new Uint8Array(FRAME_SIZE);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, status, true);
    bytes.set(Buffer.from(buildId, "hex"), 4);
    view.setBigUint64(24, place, true);
    return bytes;
  };
  return {
    stack,
    frames: frame(library.buildId()!),
    frame,
    expected: { offset: String(place), symbol: expect.stringMatching(/getppid/), module: mapping.path },
    async end() {
      child.kill();
      await child.exited;
    },
    async [Symbol.asyncDispose]() {
      await this.end();
    },
  };
}

const NO_FRAMES = new Uint8Array(0);

describe("StackTraces", () => {
  test("names functions of a process that runs", async () => {
    await using running = await start();
    const found = new StackTraces("/proc").ofProcess({ ...running.stack, frames: running.frames });
    expect(found).toEqual({ entries: [running.expected], result: "whole" });
    const withoutIds = new StackTraces("/proc").ofProcess({ ...running.stack, frames: NO_FRAMES });
    expect(withoutIds).toEqual({ entries: [running.expected], result: "whole" });
  });

  test("names those of one that has ended by the build ids of files that others have mapped", async () => {
    await using running = await start();
    const { stack, frames, expected } = running;
    const traces = new StackTraces("/proc");
    traces.prepare({ kernel: false, user: true });
    await running.end();
    expect(traces.ofProcess({ ...stack, frames })).toEqual({ entries: [expected], result: "whole" });
    expect(traces.ofProcess({ ...stack, frames: NO_FRAMES })).toEqual({ entries: [], result: "partial" });
    const unknown = running.frame("00".repeat(20));
    expect(traces.ofProcess({ ...stack, frames: unknown })).toEqual({ entries: [], result: "partial" });
  });

  test("looks into the program itself where nobody else has it mapped", async () => {
    const program = realpathSync("/bin/sleep");
    using file = ElfFile.open(program);
    const bytes = new Uint8Array(FRAME_SIZE);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, 1, true);
    bytes.set(Buffer.from(file.buildId()!, "hex"), 4);
    view.setBigUint64(24, 0x3000n, true);
    const copy = join(directory, "copy");
    copyFileSync(program, copy);
    const stack = { pid: 0, binary: copy, addresses: BigUint64Array.of(1n), frames: bytes };
    const { entries } = new StackTraces("/proc").ofProcess(stack);
    expect(entries).toMatchObject([{ offset: String(0x3000), module: copy }]);
  });

  test("does not take what another process with that number has mapped", async () => {
    await using other = await start();
    await using running = await start();
    const { stack, frames, expected } = running;
    const traces = new StackTraces("/proc");
    traces.prepare({ kernel: false, user: true });
    const moved = { ...stack, pid: other.stack.pid, addresses: BigUint64Array.of(stack.addresses[0]! + 8n) };
    expect(traces.ofProcess({ ...moved, frames })).toEqual({ entries: [expected], result: "whole" });
  });

  test("shows addresses where that is asked for, also of what is not known", async () => {
    await using running = await start();
    const { stack, frames, expected } = running;
    const [address] = stack.addresses;
    const traces = new StackTraces("/proc", { exposesAddresses: true });
    expect(traces.ofProcess({ ...stack, frames }).entries).toEqual([
      { address: String(address), ...expected },
    ]);
    const nowhere = { ...stack, addresses: BigUint64Array.of(8n), frames: NO_FRAMES };
    expect(traces.ofProcess(nowhere)).toEqual({ entries: [{ address: "8" }], result: "partial" });
    expect(traces.ofKernel(BigUint64Array.of(8n))).toEqual({
      entries: [{ address: "8" }],
      result: "partial",
    });
  });

  test("reads a bounded number of files at once, and says so", async () => {
    await using running = await start();
    const files = Array.from({ length: 100 }, (_, index) => {
      const copy = join(directory, `library-${index}`);
      copyFileSync("/bin/sleep", copy);
      return copy;
    });
    const traces = new StackTraces("/proc");
    const results = files.map((binary) => {
      const { stack, frame } = running;
      return traces.ofProcess({ ...stack, pid: 0, binary, frames: frame(`${"11".repeat(20)}`) }).result;
    });
    expect(results[0]).toBe("partial");
    expect(results.at(-1)).toBe("held_back");
  });

  test("reads a bounded amount about what processes have mapped, and says so", () => {
    using _ = spyOn(performance, "now").mockReturnValue(performance.now());
    const procfs = join(directory, "proc");
    mkdirSync(join(procfs, "1"), { recursive: true });
    writeFileSync(join(procfs, "1/maps"), "1000-2000 rw-p 00000000 00:00 0 \n".repeat(1 << 16));
    const traces = new StackTraces(procfs);
    const stack = { pid: 1, binary: "", addresses: BigUint64Array.of(0x5000n), frames: NO_FRAMES };
    const results = Array.from({ length: 18 }, () => traces.ofProcess(stack).result);
    expect(results.slice(0, 16)).toEqual(Array(16).fill("partial"));
    expect(results.at(-1)).toBe("held_back");
  });

  test("says that there was no stack", () => {
    const nothing = { pid: 0, binary: "", addresses: new BigUint64Array(0), frames: NO_FRAMES };
    expect(new StackTraces("/proc").ofProcess(nothing)).toEqual({ entries: [], result: "missing" });
  });
});
