import { afterEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { findElfFunction } from "../../../src/kernel/symbol/index.ts";
import { capabilityNames, readProcessPrivileges } from "../../../src/os/capability.ts";
import { Descriptor } from "../../../src/os/descriptor.ts";
import { openSocketPair, receiveDescriptor, sendMessage } from "../../../src/os/passed-descriptor.ts";
import { type PerfEvent, probeNumbers } from "../../../src/os/perf-event.ts";
import { OPENER_COMMAND } from "../../../src/os/perf-event-opener/command.ts";
import { PerfEventOpener } from "../../../src/os/perf-event-opener/opener.ts";
import { decodeRequest, encodeRequest, LONGEST_REQUEST } from "../../../src/os/perf-event-opener/protocol.ts";
import { cString } from "../../../src/os/struct-layout.ts";

const PROBE = { functions: { type: 8, configs: [0n, 1n] }, files: { type: 9, configs: [0n, 1n] } };
const MAIN = new URL("../../../src/main.ts", import.meta.url).pathname;
const COMMAND = [process.execPath, MAIN];
const TRACEFS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].find((path) =>
  existsSync(`${path}/events`),
);
const canOpen = process.getuid?.() === 0 && TRACEFS !== undefined;
if (!canOpen) console.warn("SKIPPED: the process that opens perf events needs root and tracefs");

let ended: DisposableStack = new DisposableStack();
afterEach(() => {
  ended.dispose();
  ended = new DisposableStack();
});

describe("decodeRequest()", () => {
  const kprobe = (name: string, offset = 0n): PerfEvent => ({
    type: 8,
    config: 1n,
    offset,
    target: cString(name),
  });

  test("gives what encodeRequest() was given", () => {
    const events: PerfEvent[] = [
      { type: 2, config: 317n },
      kprobe("do_sys_open"),
      kprobe("do_sys_open.isra.0", 17n),
      kprobe("x".repeat(511)),
      { type: 9, config: 1n | (123n << 32n), descriptor: 0, offset: 17n },
    ];
    for (const event of events) {
      const decoded = decodeRequest(encodeRequest(event, PROBE)!, PROBE)!;
      expect([decoded.type, decoded.config, decoded.offset ?? 0n]).toEqual([
        event.type,
        event.config,
        event.offset ?? 0n,
      ]);
      expect(decoded.isOfFile).toBe(event.descriptor !== undefined);
      expect(Buffer.from(decoded.target ?? "").toString()).toBe(Buffer.from(event.target ?? "").toString());
    }
  });

  test("takes no other kind of event, and no name that is none", () => {
    const refused: PerfEvent[] = [
      { type: 0, config: 0n },
      { type: 9, config: 0n, target: cString("/bin/sh"), offset: 1n },
      { type: 9, config: 2n, descriptor: 0 },
      { type: 9, config: 0n, descriptor: 0, target: cString("a") },
      { type: 8, config: 0n, descriptor: 0 },
      { type: 2, config: 1n, target: cString("a") },
      { type: 2, config: 1n << 32n },
      { type: 2, config: 1n, offset: 1n },
      { type: 2, config: 1n, pid: 1 },
      { ...kprobe("a"), config: 2n },
      { type: 8, config: 0n },
      ...["", "a b", "a/b", "a:b", "a\0b", "1a", "ä", "x".repeat(512)].map((name) => kprobe(name)),
    ];
    for (const event of refused) expect([event, encodeRequest(event, PROBE)]).toEqual([event, undefined]);
    expect(encodeRequest(kprobe("a"), {})).toBeUndefined();
  });

  test("of any bytes gives nothing else than what can be asked for", () => {
    const heads = fc.constantFrom(
      [8, 0, 0, 0, 0, 0, 0, 0],
      [2, 0, 0, 0, 0, 0, 0, 0],
      [9, 0, 0, 0, 1, 0, 0, 0],
      [],
    );
    const bytes = fc
      .tuple(heads, fc.uint8Array({ maxLength: 600 }))
      .map(([head, rest]) => Uint8Array.of(...head, ...rest));
    fc.assert(
      fc.property(bytes, (request) => {
        const event = decodeRequest(request, PROBE);
        if (event === undefined) return;
        expect(request.length).toBeLessThanOrEqual(LONGEST_REQUEST);
        const { isOfFile, ...asked } = event;
        expect(encodeRequest(isOfFile ? { ...asked, descriptor: 0 } : asked, PROBE)).toEqual(request);
      }),
    );
  });
});

describe.skipIf(!canOpen)("the process that opens perf events", () => {
  const tracepoint = (): PerfEvent => ({
    type: 2,
    config: BigInt(readFileSync(`${TRACEFS}/events/sched/sched_process_exit/id`, "latin1").trim()),
  });
  const start = (user?: { uid: number; gid: number }) => {
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const opener = ended.use(new PerfEventOpener({ command: COMMAND, user, onEnd: resolve }));
    return { opener, ended: promise };
  };

  test.each([[undefined], [{ uid: 65534, gid: 65534 }]])(
    "opens events with CAP_SYS_ADMIN alone, under a filter, as %p",
    (user) => {
      const { opener } = start(user);
      using event = new Descriptor(opener.open(tracepoint()));
      expect(readlinkSync(`/proc/self/fd/${event.fd}`)).toBe("anon_inode:[perf_event]");
      const rights = readProcessPrivileges(opener.pid);
      for (const set of ["effective", "permitted", "bounding"] as const)
        expect(capabilityNames(rights[set])).toEqual(["CAP_SYS_ADMIN"]);
      expect(rights.inheritable | rights.ambient).toBe(0n);
      expect([rights.noNewPrivileges, rights.hasSystemCallFilter]).toEqual([true, true]);
      expect(rights.users).toEqual([user?.uid ?? 0]);
    },
  );

  test("says what the kernel says, goes on, and keeps nothing open", () => {
    const { opener } = start();
    const descriptors = () => readdirSync(`/proc/${opener.pid}/fd`).length;
    // By the time it answers this it has closed what it answered before.
    const fail = () =>
      expect(() => opener.open({ type: 2, config: 0xffff_fff0n })).toThrow(
        /^perf_event_open: E(?:INVAL|NOENT)$/,
      );
    closeSync(opener.open(tracepoint()));
    fail();
    const before = descriptors();
    for (let i = 0; i < 30; i++) {
      closeSync(opener.open(tracepoint()));
      fail();
    }
    expect(descriptors()).toBe(before);
  });

  test.if(probeNumbers("uprobe") !== undefined)("opens events of files that go with the request", () => {
    const { opener } = start({ uid: 65534, gid: 65534 });
    // Nobody runs the copy.
    const directory = mkdtempSync(join(tmpdir(), "tetrad-opener-"));
    ended.defer(() => rmSync(directory, { recursive: true }));
    const copy = join(directory, "library");
    copyFileSync(/\S*\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "utf8"))![0], copy);
    using file = new Descriptor(openSync(copy, "r"));
    const { type, configs } = probeNumbers("uprobe")!;
    const offset = findElfFunction(copy, "kill")!;
    using event = new Descriptor(opener.open({ type, config: configs[0]!, offset, descriptor: file.fd }));
    expect(readlinkSync(`/proc/self/fd/${event.fd}`)).toBe("anon_inode:[perf_event]");
  });

  test("opens what it cannot be asked for by itself: an event of one process", () => {
    const { opener } = start();
    using event = new Descriptor(opener.open({ type: 1, config: 9n, pid: process.pid }));
    expect(readlinkSync(`/proc/self/fd/${event.fd}`)).toBe("anon_inode:[perf_event]");
  });

  test("is missed: onEnd() is called, and later events fail in words", async () => {
    const { opener, ended } = start();
    closeSync(opener.open(tracepoint()));
    process.kill(opener.pid, "SIGKILL");
    await ended;
    expect(() => opener.open(tracepoint())).toThrow(
      "the process that opens perf events for the agent has ended",
    );
  });

  test("does not end by the signals of a terminal or a service manager", () => {
    const { opener } = start();
    closeSync(opener.open(tracepoint()));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(opener.pid, signal);
    closeSync(opener.open(tracepoint()));
  });

  test("ends when who started it is killed", async () => {
    const owner = Bun.spawn([process.execPath, new URL("owner.ts", import.meta.url).pathname], {
      stdout: "pipe",
    });
    const reader = owner.stdout.getReader();
    const pid = Number(new TextDecoder().decode((await reader.read()).value));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    owner.kill("SIGKILL");
    await owner.exited;
    while (isRunning(pid)) await Bun.sleep(10);
  });

  describe("spoken to by hand", () => {
    const spawn = () => {
      const [own, other] = openSocketPair();
      const socket = ended.use(new Descriptor(own));
      using _ = new Descriptor(other);
      const child = Bun.spawn([...COMMAND, OPENER_COMMAND, ""], {
        stdin: other,
        stdout: "ignore",
        stderr: "ignore",
      });
      expect(receiveDescriptor(socket.fd, new Uint8Array(8))).toEqual({ length: 4, descriptor: undefined });
      return { socket, child };
    };

    test("ends without a word at whatever is no request", async () => {
      const good = encodeRequest(tracepoint(), {})!;
      const bad = [
        new Uint8Array(1),
        good.subarray(0, 23),
        Uint8Array.of(...good, 65),
        new Uint8Array(24).fill(255),
        new Uint8Array(LONGEST_REQUEST + 1),
        new Uint8Array(100_000),
      ];
      const children = bad.map((message) => {
        const { socket, child } = spawn();
        sendMessage(socket.fd, message);
        return { socket, child };
      });
      for (const { socket, child } of children) {
        expect(await child.exited).toBe(1);
        const answer = (() => {
          try {
            return receiveDescriptor(socket.fd, new Uint8Array(8)).length;
          } catch {
            return 0;
          }
        })();
        expect(answer).toBe(0);
      }
    });

    test("takes no descriptors", () => {
      const { socket, child } = spawn();
      const descriptors = () => readdirSync(`/proc/${child.pid}/fd`).length;
      const before = descriptors();
      const request = encodeRequest({ type: 2, config: 0xffff_fff0n }, {})!;
      for (let i = 0; i < 20; i++) {
        sendMessage(socket.fd, request, 2);
        expect(receiveDescriptor(socket.fd, new Uint8Array(8))).toEqual({ length: 4, descriptor: undefined });
      }
      expect(descriptors()).toBe(before);
    });

    test("ends with success when nobody is at the other end", async () => {
      const { socket, child } = spawn();
      socket[Symbol.dispose]();
      expect(await child.exited).toBe(0);
    });
  });

  test("is nothing that a user can start by hand", () => {
    const { exitCode } = Bun.spawnSync([...COMMAND, OPENER_COMMAND, ""], { stdin: "ignore" });
    expect(exitCode).not.toBe(0);
  });
});

/** A process that has ended and was not waited for is over, too. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
