import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CallNumbers,
  CONDITIONAL_CALLS,
  LAST_KNOWN_CALL,
  REFUSED_CALLS,
} from "../../../src/os/seccomp/calls.ts";
import { encodeFilter } from "../../../src/os/seccomp/filter.ts";
import { SECCOMP } from "../../../src/os/seccomp/install.ts";

/** The kernel's own lists, where its headers are. */
const HEADERS = [
  ["x64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", /^#define __NR_(\w+)\s+(\d+)$/gm],
  ["arm64", "/usr/include/asm-generic/unistd.h", /^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm],
] as const;

describe("the list of system calls", () => {
  for (const [index, [architecture, header, pattern]] of HEADERS.entries()) {
    const isMissing = !existsSync(header);
    if (isMissing) console.warn(`SKIPPED: a test of system call numbers needs ${header}`);
    test.skipIf(isMissing)(`has the numbers of ${architecture}`, () => {
      const known = new Map(
        [...readFileSync(header, "latin1").matchAll(pattern)].map(([, name, number]) => [
          name,
          Number(number),
        ]),
      );
      const calls: [string, CallNumbers][] = [
        ...Object.entries(REFUSED_CALLS),
        ...Object.entries(CONDITIONAL_CALLS),
        ["seccomp", SECCOMP],
      ];
      const newest = Math.max(...[...known.values()].filter((number) => number < 1000));
      for (const [name, numbers] of calls) {
        const number = numbers[index];
        // Headers may be older than the list.
        if (number !== undefined && number > newest) continue;
        expect([name, number]).toEqual([name, known.get(name)]);
      }
    });
  }

  test("has each number once, and none that is younger than it says", () => {
    for (const index of [0, 1]) {
      const numbers = [...Object.values(REFUSED_CALLS), ...Object.values(CONDITIONAL_CALLS)].flatMap(
        (call) => call[index] ?? [],
      );
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(Math.max(...numbers)).toBeLessThanOrEqual(LAST_KNOWN_CALL);
    }
  });
});

describe("encodeFilter()", () => {
  const settings = {
    pid: 7,
    bpfCommands: [1],
    socketFamilies: [2],
    allowsMemoryFiles: true,
    allowsTkill: false,
    allowsPerfEvents: false,
  };

  /** Runs the program as the kernel would. */
  function decide(code: Uint8Array, audit: number, number: number, first = 0): number {
    const view = new DataView(code.buffer);
    const data: Record<number, number> = { 0: number, 4: audit, 16: first };
    let accumulator = 0;
    for (let at = 0; ; at++) {
      const operation = view.getUint16(at * 8, true);
      const k = view.getUint32(at * 8 + 4, true);
      if (operation === 0x06) return k;
      if (operation === 0x20) {
        accumulator = data[k]! >>> 0;
        continue;
      }
      const holds =
        operation === 0x15
          ? accumulator === k
          : operation === 0x25
            ? accumulator > k
            : (accumulator & k) !== 0;
      at += view.getUint8(at * 8 + (holds ? 2 : 3));
    }
  }

  const ALLOW = 0x7fff0000;
  const EPERM = 0x00050001;
  const ENOSYS = 0x00050026;

  test.each([
    ["x64", 0xc000003e, 0],
    ["arm64", 0xc00000b7, 1],
  ] as const)("on %s lets pass what is not listed, and refuses what is", (architecture, audit, index) => {
    const code = encodeFilter(settings, architecture)!;
    const named = new Map<number, string>();
    for (const [name, numbers] of Object.entries(REFUSED_CALLS)) {
      if (numbers[index] !== undefined) named.set(numbers[index], name);
    }
    const conditional = new Set<number>(Object.values(CONDITIONAL_CALLS).map((numbers) => numbers[index]));
    for (let number = 0; number < 1000; number++) {
      if (conditional.has(number)) continue;
      const expected = number > LAST_KNOWN_CALL ? ENOSYS : named.has(number) ? EPERM : ALLOW;
      expect([number, decide(code, audit, number)]).toEqual([number, expected]);
    }
    const on = (name: keyof typeof CONDITIONAL_CALLS, first: number) =>
      decide(code, audit, CONDITIONAL_CALLS[name][index], first);
    expect([on("clone", 0x3d0f00), on("clone", 17), on("clone", 0x20000000)]).toEqual([ALLOW, EPERM, EPERM]);
    expect([on("kill", 7), on("kill", 0), on("kill", -1), on("kill", 8)]).toEqual([
      ALLOW,
      EPERM,
      EPERM,
      EPERM,
    ]);
    expect([on("socket", 2), on("socket", 17)]).toEqual([ALLOW, EPERM]);
    expect([on("bpf", 1), on("bpf", 5)]).toEqual([ALLOW, EPERM]);
    expect([on("prlimit64", 0), on("prlimit64", 7), on("prlimit64", 1)]).toEqual([ALLOW, ALLOW, EPERM]);
    expect([on("clone3", 0), on("tkill", 7)]).toEqual([ENOSYS, EPERM]);
  });

  test("lets programs be attached where they may be loaded", () => {
    const decision = (allowsPerfEvents: boolean) =>
      decide(encodeFilter({ ...settings, allowsPerfEvents }, "x64")!, 0xc000003e, 298);
    expect([decision(true), decision(false)]).toEqual([ALLOW, EPERM]);
  });

  test("refuses files in memory where they are not needed", () => {
    const decisions = (allowsMemoryFiles: boolean) =>
      [319, 447].map((call) =>
        decide(encodeFilter({ ...settings, allowsMemoryFiles }, "x64")!, 0xc000003e, call),
      );
    expect([decisions(true), decisions(false)]).toEqual([
      [ALLOW, ALLOW],
      [EPERM, EPERM],
    ]);
  });

  test("refuses every call with the numbers of another architecture", () => {
    const code = encodeFilter(settings, "x64")!;
    // AUDIT_ARCH_I386: 1 is exit there, and write here.
    expect(decide(code, 0x40000003, 1)).toBe(EPERM);
  });

  test("has nothing to say about an architecture that it has no numbers for", () => {
    expect(encodeFilter(settings, "riscv64")).toBeUndefined();
  });
});

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: a test of the system call filter needs root");

describe.skipIf(!isRoot)("refuseSystemCalls()", () => {
  interface Result {
    refused: Record<string, string>;
    attempts: Record<string, string>;
    work: unknown;
    threads: boolean[];
    before: number;
  }
  function run(settings: { bpfMaps: boolean }): Result {
    const command = [process.execPath, join(import.meta.dir, "child.ts"), JSON.stringify(settings)];
    const ended = Bun.spawnSync(command, { stdin: "ignore" });
    if (ended.exitCode !== 0) throw new Error(ended.stderr.toString());
    return JSON.parse(ended.stdout.toString()) as Result;
  }

  test("refuses what the agent does not do, on every thread, and lets it work", () => {
    const { refused, attempts, work, threads, before } = run({ bpfMaps: false });
    for (const [name, error] of Object.entries(refused)) expect([name, error]).toEqual([name, "EPERM"]);
    expect(attempts).toEqual({
      spawn: "EPERM",
      "clone of a process": "EPERM",
      clone3: "ENOSYS",
      "kill of process 1": "EPERM",
      "kill of all": "EPERM",
      "kill of itself": "",
      "tgkill of process 1": "EPERM",
      "limits of process 1": "EPERM",
      "own limits": "",
      "signals of a file to process 1": "EPERM",
      "which signal that is": "",
      "signals of a terminal to process 1": "EPERM",
      "flags of a file": "",
      "priority of process 1": "EPERM",
      "priority of a user": "EPERM",
      "own priority": "",
      "input and output of process 1": "EPERM",
      "processors of process 1": "EPERM",
      "class of process 1": "EPERM",
      "packet socket": "EPERM",
      "vsock socket": "EPERM",
      "map creation": "EPERM",
      "map look-up": "EPERM",
      "program load": "EPERM",
      "a call of the future": "ENOSYS",
      "a call of x32": "ENOSYS",
    });
    expect(work).toEqual({ text: "x", answer: 2, address: "127.0.0.1", zipped: "zip", sum: 5999995 });
    expect(threads.length).toBeGreaterThanOrEqual(before);
    expect(threads).not.toContain(false);
  });

  test("with maps in use, lets these be read, and no more of them be made", () => {
    const { attempts } = run({ bpfMaps: true });
    expect(attempts).toMatchObject({
      "map creation": "EPERM",
      "program load": "EPERM",
      "map look-up": "EINVAL",
    });
  });
});

describe.skipIf(process.getuid?.() !== 0)("encodeAllowList()", () => {
  test("lets the runtime and what it is given pass, with those arguments, and nothing else", () => {
    const child = Bun.spawnSync([process.execPath, join(import.meta.dir, "allow-list-child.ts")]);
    const { refused, others, sum } = JSON.parse(child.stdout.toString());
    expect(Object.keys(refused).length).toBeGreaterThan(70);
    expect(new Set(Object.values(refused))).toEqual(new Set(["EPERM"]));
    expect(others).toEqual({
      clone3: "ENOSYS",
      "a call of the future": "EPERM",
      "a call of x32": "EPERM",
      "an allowed one with that argument": "EBADF",
      "with another": "EPERM",
    });
    expect(sum).toBe(5_999_995);
    expect(child.exitCode).toBe(0);
  });
});
