import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { Btf, BtfWriter } from "../../../src/kernel/btf/index.ts";
import {
  allSystemCalls,
  availableSystemCalls,
  systemCallNames,
  systemCallNumber,
  systemCallPrototype,
} from "../../../src/kernel/system-call/index.ts";

const HEADERS = {
  x64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  arm64: "/usr/aarch64-linux-gnu/include/asm-generic/unistd.h",
} as const;

/** Those that 32-bit programs alone have, for times beyond 2038. */
const isOf32Bits = (number: number) => number >= 403 && number < 424;

describe("systemCallNames()", () => {
  test("has numbers that nobody will change", () => {
    const [x64, arm64] = [systemCallNames("x64"), systemCallNames("arm64")];
    expect([0, 59, 231, 257, 321, 334, 462].map((number) => x64.get(number))).toEqual([
      ...["read", "execve", "exit_group", "openat", "bpf", "rseq", "mseal"],
    ]);
    expect([0, 56, 79, 93, 220, 221, 280, 291, 462].map((number) => arm64.get(number))).toEqual([
      ...["io_setup", "openat", "newfstatat", "exit", "clone", "execve", "bpf", "statx", "mseal"],
    ]);
    expect([335, 400].map((number) => x64.get(number))).toEqual([undefined, undefined]);
    expect([244, 250].map((number) => arm64.get(number))).toEqual([undefined, undefined]);
  });

  test.skipIf(!existsSync(HEADERS.x64))("agrees with the headers of this host", () => {
    const names = systemCallNames("x64");
    for (const [, name, number] of readFileSync(HEADERS.x64, "utf8").matchAll(/#define __NR_(\w+) (\d+)/g))
      expect(`${number} ${names.get(Number(number))}`).toBe(`${number} ${name}`);
  });

  test.skipIf(!existsSync(HEADERS.arm64))("agrees with the headers for arm64", () => {
    const names = systemCallNames("arm64");
    const text = readFileSync(HEADERS.arm64, "utf8");
    const own = [...text.matchAll(/#define __NR_(\w+) (\d+)/g)].filter(
      ([, name = "", number]) =>
        !/^arch_specific_syscall$|^syscalls$|^sync_file_range2$/.test(name) && !isOf32Bits(Number(number)),
    );
    expect(own.length).toBeGreaterThan(200);
    for (const [, name, number] of own)
      expect(`${number} ${names.get(Number(number))}`).toBe(`${number} ${name}`);
  });
});

test("availableSystemCalls() has those that this kernel has a function for, by number", () => {
  const types = new BtfWriter();
  const prototype = types.prototype([]);
  for (const name of [
    "__x64_sys_openat",
    "__x64_sys_read",
    "__x64_sys_socketcall",
    "__arm64_sys_clone",
    "ksys_write",
  ])
    types.function(name, prototype);
  const btf = new Btf(types.build());
  expect(availableSystemCalls(btf, "x64")).toEqual(["read", "openat"]);
  expect(availableSystemCalls(btf, "arm64")).toEqual(["clone"]);
});

describe("systemCallPrototype()", () => {
  test("has what system calls take, by the names of their functions", () => {
    expect(systemCallPrototype("openat")?.text).toBe(
      "openat(int dfd, const char* filename, int flags, umode_t mode)",
    );
    expect(systemCallPrototype("getpid")).toEqual({ text: "getpid(void)", parameters: [] });
    expect(
      systemCallPrototype("newfstat")?.parameters.map(({ size, isPointer }) => [size, isPointer]),
    ).toEqual([
      [4, false],
      [8, true],
    ]);
    expect(systemCallPrototype("nosuch")).toBeUndefined();
  });

  test("has only calls that there are", () => {
    const known = new Set(allSystemCalls());
    const unknown = ["openat", "newfstat", "mmap", "write", "ptrace"].filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });
});

test("systemCallNumber() has the numbers of 64-bit and of 32-bit programs", () => {
  const numbers = (name: string) =>
    (["x64", "i386", "arm64"] as const).map((abi) => systemCallNumber(name, abi));
  expect(numbers("read")).toEqual([0, 3, 63]);
  expect(numbers("openat")).toEqual([257, 295, 56]);
  expect(numbers("clone3")).toEqual([435, 435, 435]);
  expect(numbers("newfstat")).toEqual([5, 108, 80]);
  expect(numbers("nosuch")).toEqual([undefined, undefined, undefined]);
});
