import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callOnEveryThread, threadsOf } from "../../../src/os/every-thread.ts";
import { ReadableWatch, THREAD_CODE } from "../../../src/os/readable-watch.ts";

/** The code that GNU as makes of a source beside this file. */
function assemble(source: string, tools: string): string {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-as-"));
  try {
    const [object, code] = ["object.o", "code.bin"].map((name) => join(directory, name)) as [string, string];
    execFileSync(`${tools}as`, ["-o", object, join(import.meta.dir, source)]);
    execFileSync(`${tools}objcopy`, ["-O", "binary", "-j", ".text", object, code]);
    return readFileSync(code).toString("hex");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("THREAD_CODE", () => {
  for (const [architecture, source, tools] of [
    ["x64", "amd64.S", ""],
    ["arm64", "arm64.S", "aarch64-linux-gnu-"],
  ] as const) {
    const isMissing = Bun.which(`${tools}as`) === null;
    if (isMissing) console.warn(`SKIPPED: a test of machine code needs ${tools}as`);
    test.skipIf(isMissing)(`is what GNU as makes of ${source}`, () => {
      expect(THREAD_CODE[architecture]).toBe(assemble(source, tools));
    });
  }
});

/** A watch over a FIFO, which can be read once something was written to it. */
class WatchedFifo implements Disposable {
  readonly fd: number;
  readonly watch: ReadableWatch;
  /** Calls so far. */
  calls = 0;
  #next = Promise.withResolvers<void>();

  constructor() {
    const directory = mkdtempSync(join(tmpdir(), "tetrad-watch-"));
    execFileSync("mkfifo", [join(directory, "fifo")]);
    this.fd = openSync(join(directory, "fifo"), "r+");
    rmSync(directory, { recursive: true });
    this.watch = new ReadableWatch(this.fd, () => {
      this.calls++;
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    });
  }

  /** Ends with the next call. */
  get called(): Promise<void> {
    return this.#next.promise;
  }

  write(): void {
    writeSync(this.fd, "x");
  }

  drain(): void {
    readSync(this.fd, new Uint8Array(64));
  }

  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
    closeSync(this.fd);
  }
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("ReadableWatch", () => {
  test("calls once for each time that it is armed, however much there is to read", async () => {
    using fifo = new WatchedFifo();
    for (let round = 1; round <= 100; round++) {
      const { called } = fifo;
      fifo.watch.arm();
      fifo.watch.arm();
      fifo.write();
      fifo.write();
      await called;
      expect(fifo.calls).toBe(round);
      fifo.drain();
    }
  });

  test("calls at once where there is something to read when it is armed", async () => {
    using fifo = new WatchedFifo();
    fifo.write();
    const { called } = fifo;
    fifo.watch.arm();
    await called;
    expect(fifo.calls).toBe(1);
  });

  test("goes on after a signal has interrupted its thread, asleep or watching", async () => {
    using fifo = new WatchedFifo();
    const interrupt = () => {
      const seen = new Set<number>();
      // The call is getpid: each thread makes it, and is through it the second time it is asked for.
      callOnEveryThread([{ number: process.arch === "x64" ? 39 : 172, args: [] }], (thread) => {
        if (seen.has(thread)) return true;
        seen.add(thread);
        return false;
      });
    };
    interrupt();
    const { called } = fifo;
    fifo.watch.arm();
    interrupt();
    fifo.write();
    await called;
    expect(fifo.calls).toBe(1);
  });

  test("ends while it sleeps, watches, and has just called, and leaves no thread and no descriptor", async () => {
    const before = openDescriptors();
    const threads = threadsOf();
    const ends: ((fifo: WatchedFifo) => void)[] = [
      () => {},
      (fifo) => fifo.watch.arm(),
      (fifo) => {
        fifo.watch.arm();
        fifo.write();
      },
    ];
    for (let round = 0; round < 60; round++) {
      const fifo = new WatchedFifo();
      ends[round % ends.length]!(fifo);
      fifo[Symbol.dispose]();
      fifo.watch[Symbol.dispose]();
      fifo.watch.arm();
      expect(fifo.calls).toBe(0);
    }
    expect(openDescriptors()).toBe(before);
    // The runtime's own threads come and go.
    expect(threadsOf().length).toBeLessThan(threads.length + 20);
  });
});
