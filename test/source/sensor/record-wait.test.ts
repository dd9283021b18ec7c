import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordWait } from "../../../src/source/sensor/record-wait.ts";
import { Wake } from "../../../src/source/wake.ts";

/** Something that can be read once it was written to, as a ring buffer. */
class Ring implements Disposable {
  readonly fd: number;

  constructor() {
    const directory = mkdtempSync(join(tmpdir(), "tetrad-wait-"));
    execFileSync("mkfifo", [join(directory, "fifo")]);
    this.fd = openSync(join(directory, "fifo"), "r+");
    rmSync(directory, { recursive: true });
  }

  write(): void {
    writeSync(this.fd, "x");
  }

  drain(): void {
    readSync(this.fd, new Uint8Array(64));
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

/** A {@link Wake} that counts how long waits were meant to be, and what ended them. */
class CountingWake extends Wake {
  readonly limits: number[] = [];
  signals = 0;

  override signal(): void {
    this.signals++;
    super.signal();
  }

  override wait(limit?: number): Promise<void> {
    this.limits.push(limit!);
    return super.wait(limit);
  }
}

describe("RecordWait", () => {
  test("sleeps once nothing came in a pause, until something comes", async () => {
    using ring = new Ring();
    const wake = new CountingWake();
    using wait = new RecordWait(ring.fd, wake, () => {});
    await wait.wait(true);
    const sleep = wait.wait(false);
    expect(wake.limits).toEqual([16, 5000]);
    ring.write();
    await sleep;
    expect(wake.signals).toBe(1);
  });

  test("reads on in steps while records come one upon the other", async () => {
    using ring = new Ring();
    const wake = new CountingWake();
    // The record came after a millisecond of sleep.
    let now = 0;
    using wait = new RecordWait(
      ring.fd,
      wake,
      () => {},
      () => now,
    );
    const sleep = wait.wait(false);
    ring.write();
    now = 1;
    await sleep;
    ring.drain();
    for (let i = 0; i < 5; i++) await wait.wait(true);
    expect(wake.limits.slice(1)).toEqual([16, 16, 16, 16, 16]);
  });

  test("looks in steps when it is woken again and again for nothing", async () => {
    using ring = new Ring();
    const wake = new CountingWake();
    using wait = new RecordWait(ring.fd, wake, () => {});
    ring.write();
    for (let i = 0; i < 4; i++) await wait.wait(false);
    expect(wake.limits).toEqual([5000, 16, 5000, 16]);
  });

  test("looks in steps when nobody said that records came, until somebody does", async () => {
    using other = new Ring();
    const wake = new CountingWake();
    // It watches what nothing comes of.
    using wait = new RecordWait(other.fd, wake, () => {});
    const sleep = wait.wait(false);
    wake.signal();
    await sleep;
    for (let i = 0; i < 3; i++) await wait.wait(true);
    for (let i = 0; i < 3; i++) await wait.wait(false);
    expect(wake.limits.slice(1)).toEqual([16, 16, 16, 16, 16, 16]);
    // It is armed still.
    other.write();
    while (wake.signals < 2) await wait.wait(false);
    other.drain();
    const { length } = wake.limits;
    await wait.wait(false);
    const last = wait.wait(false);
    expect(wake.limits.slice(length)).toContain(5000);
    other.write();
    await last;
  });

  test("looks in steps where a descriptor cannot be watched, and says why", async () => {
    const wake = new CountingWake();
    const warnings: string[] = [];
    const { arch } = process;
    Object.defineProperty(process, "arch", { value: "riscv64", configurable: true });
    try {
      using wait = new RecordWait(-1, wake, (text) => warnings.push(text));
      for (let i = 0; i < 3; i++) await wait.wait(false);
    } finally {
      Object.defineProperty(process, "arch", { value: arch, configurable: true });
    }
    expect(wake.limits).toEqual([16, 16, 16]);
    expect(warnings).toEqual([expect.stringContaining("63 times a second")]);
  });
});
