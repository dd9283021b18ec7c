import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { BTF_KIND } from "../../../src/kernel/btf/format.ts";
import {
  Btf,
  BtfWriter,
  KernelTypes,
  readKernelBtf,
  readModuleBtf,
  VMLINUX_BTF,
} from "../../../src/kernel/btf/index.ts";
import { TetradError } from "../../../src/os/error.ts";

/**
 * struct inner { int a; int b[4]; };
 * struct outer {
 *   const u32_t id; struct { int x; union { int y; struct inner *next; }; };
 *   unsigned flag_a : 3; unsigned flag_b : 10; struct inner inner;
 * };
 */
function sample(): Uint8Array {
  const b = new BtfWriter();
  const int = b.int("int", 4);
  const u32 = b.typedef("u32_t", int);
  const inner = b.struct("inner", 20, [
    { name: "a", type: int, bitOffset: 0 },
    { name: "b", type: b.array(int, 4), bitOffset: 32 },
  ]);
  const union = b.struct(
    "",
    8,
    [
      { name: "y", type: int, bitOffset: 0 },
      { name: "next", type: b.const(b.pointer(inner)), bitOffset: 0 },
    ],
    BTF_KIND.UNION,
  );
  const anonymous = b.struct("", 16, [
    { name: "x", type: int, bitOffset: 0 },
    { name: "", type: union, bitOffset: 64 },
  ]);
  b.struct("outer", 48, [
    { name: "id", type: b.const(u32), bitOffset: 0, bits: 0 },
    { name: "", type: anonymous, bitOffset: 64, bits: 0 },
    { name: "flag_a", type: int, bitOffset: 192, bits: 3 },
    { name: "flag_b", type: int, bitOffset: 195, bits: 10 },
    { name: "inner", type: inner, bitOffset: 224, bits: 0 },
  ]);
  b.enum("color", { red: 1, green: -2 });
  b.typedef(
    "btf_trace_thing",
    b.pointer(
      b.prototype([
        { name: "", type: 0 },
        { name: "", type: int },
        { name: "", type: int },
      ]),
    ),
  );
  return b.build();
}

describe("KernelTypes", () => {
  const types = new KernelTypes(new Btf(sample()));

  for (const [path, expected] of [
    ["id", { hops: [], offset: 0, size: 4 }],
    ["x", { hops: [], offset: 8, size: 4 }],
    ["y", { hops: [], offset: 16, size: 4 }],
    ["next", { hops: [], offset: 16, size: 8 }],
    ["next.a", { hops: [16], offset: 0, size: 4 }],
    ["next.b", { hops: [16], offset: 4, size: 16 }],
    ["next.b[2]", { hops: [16], offset: 12, size: 4 }],
    ["inner.b[3]", { hops: [], offset: 44, size: 4 }],
    ["flag_a", { hops: [], offset: 24, size: 1, bits: { shift: 0, width: 3 } }],
    ["flag_b", { hops: [], offset: 24, size: 2, bits: { shift: 3, width: 10 } }],
  ] as const) {
    test(`member() resolves outer.${path}`, () => {
      expect(types.member("outer", path)).toMatchObject({ text: `outer.${path}`, ...expected });
    });
  }

  test("has() is false for what this kernel does not have", () => {
    expect(types.has("outer", "inner.a")).toBe(true);
    expect(types.has("outer", "inner.c")).toBe(false);
    expect(types.has("outer", "id.a")).toBe(false);
    expect(types.has("outer", "id[1]")).toBe(false);
    expect(types.has("nothing", "id")).toBe(false);
  });

  test("member() names the missing member", () => {
    expect(() => types.member("outer", "gone")).toThrow(
      new TetradError("unsupported", 'Cannot find "outer.gone" in this kernel\'s types'),
    );
    expect(() => types.member("outer", "a b")).toThrow(SyntaxError);
  });

  test("structOf() looks through pointers", () => {
    expect(types.structOf("outer", "next")).toBe("inner");
    expect(types.structOf("outer", "inner")).toBe("inner");
  });

  test("member() distinguishes pointers from other members", () => {
    expect(types.member("outer", "next").isPointer).toBe(true);
    for (const path of ["id", "inner", "next.b", "flag_a"]) {
      expect(types.member("outer", path).isPointer).toBe(false);
    }
  });

  test("enumerator() and tracepoint() answer, or say that there is none", () => {
    expect(types.enumerator("color", "green")).toBe(-2);
    expect(types.enumerator("color", "blue")).toBeUndefined();
    expect(types.enumerator("colour", "red")).toBeUndefined();
    expect(types.tracepoint("thing")).toMatchObject({ argumentCount: 2 });
    expect(types.tracepoint("nothing")).toBeUndefined();
  });
});

describe("enumerators", () => {
  const b = new BtfWriter();
  b.enum("mask", { top: 0x8000_0000, all: 0xffff_ffff });
  b.enum("sign", { least: -0x8000_0000, none: 0 });
  b.enum64("wide_mask", { beyond: 1n << 32n, top: 1n << 63n, exact: 2n ** 53n - 1n });
  b.enum64("wide_sign", { negative: -(1n << 40n), least: -(1n << 63n), minus_one: -1n });
  const btf = new Btf(b.build());

  for (const [kind, name, enumerator, expected] of [
    ["ENUM", "mask", "top", 0x8000_0000],
    ["ENUM", "mask", "all", 0xffff_ffff],
    ["ENUM", "sign", "least", -0x8000_0000],
    ["ENUM", "sign", "none", 0],
    ["ENUM64", "wide_mask", "beyond", 2 ** 32],
    ["ENUM64", "wide_mask", "exact", Number.MAX_SAFE_INTEGER],
    ["ENUM64", "wide_mask", "top", 1n << 63n],
    ["ENUM64", "wide_sign", "negative", -(2 ** 40)],
    ["ENUM64", "wide_sign", "minus_one", -1],
    ["ENUM64", "wide_sign", "least", -(1n << 63n)],
  ] as const) {
    test(`${name}.${enumerator} has all its bits and its sign`, () => {
      expect(btf.enumerator(btf.find(BTF_KIND[kind], name)!, enumerator)).toBe(expected);
    });
  }

  test("are refused as numbers where a number is not exact", () => {
    expect(new KernelTypes(btf).enumerator("wide_mask", "beyond")).toBe(2 ** 32);
    expect(() => new KernelTypes(btf).enumerator("wide_mask", "top")).toThrow(
      new RangeError('Cannot give "top" of enum "wide_mask": 9223372036854775808 is not exact as a number'),
    );
  });
});

describe("Btf", () => {
  test("refuses what is not BTF", () => {
    expect(() => new Btf(new Uint8Array(10))).toThrow(SyntaxError);
    expect(() => new Btf(new Uint8Array(100))).toThrow("found no magic number eb9f");
  });

  test("refuses a kind of type that it does not know, and a type that is cut off", () => {
    const unknown = sample();
    new DataView(unknown.buffer, unknown.byteOffset).setUint32(28, 31 << 24, true);
    expect(() => new Btf(unknown)).toThrow("type 1 is of the unknown kind 31");
    const cut = new BtfWriter();
    cut.struct("s", 4, []);
    const bytes = cut.build();
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(28, (BTF_KIND.STRUCT << 24) | 9, true);
    expect(() => new Btf(bytes)).toThrow("type 1 is cut off");
  });

  test("refuses types that refer to themselves", () => {
    const b = new BtfWriter();
    const id = b.typedef("loop", 1);
    expect(() => new Btf(b.build()).resolve(id)).toThrow("it refers to itself");
  });

  test("reads damaged blobs or refuses them, and always ends", () => {
    const good = sample();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const types = new KernelTypes(new Btf(bytes));
            types.has("outer", "next.b[1]");
            types.enumerator("color", "red");
            types.tracepoint("thing");
          } catch (error) {
            if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
          }
        },
      ),
    );
  });
});

describe.skipIf(!existsSync(VMLINUX_BTF))("the running kernel's types", () => {
  test("hold what every kernel has", () => {
    const types = new KernelTypes(readKernelBtf());
    expect(types.member("task_struct", "tgid")).toMatchObject({ hops: [], size: 4 });
    expect(types.member("task_struct", "real_parent.tgid").hops).toHaveLength(1);
    expect(types.member("task_struct", "comm").size).toBe(16);
    expect(types.structOf("task_struct", "mm")).toBe("mm_struct");
    expect(types.tracepoint("sched_process_exec")?.argumentCount).toBe(3);
    expect(types.enumerator("pid_type", "PIDTYPE_TGID")).toBe(1);
  });
});

test("readKernelBtf() says what is wrong with a file of types", () => {
  expect(() => readKernelBtf("/nonexistent")).toThrow(
    /^Cannot read the kernel's types "\/nonexistent": .*ENOENT/,
  );
  expect(() => readKernelBtf(import.meta.path)).toThrow("found no magic number eb9f at its start");
});

describe("types that cannot be read", () => {
  const kernel = new Btf(sample());

  test("what is missing says what it takes, any other failure its own cause", () => {
    expect(() => readModuleBtf("no_such_module", kernel)).toThrow(
      'Cannot read the types of module "no_such_module": ENOENT: it must be loaded, and the kernel be Linux 5.11 or newer',
    );
    expect(() => readKernelBtf("/proc")).toThrow(
      new TetradError("unsupported", 'Cannot read the kernel\'s types "/proc": EISDIR'),
    );
  });

  test("a want of descriptors is no lack of the kernel's", () => {
    const script = `
      import { openSync } from "node:fs";
      import { readKernelBtf } from "${import.meta.dir}/../../../src/kernel/btf/index.ts";
      try { for (;;) openSync("/dev/null", "r"); } catch {}
      try { readKernelBtf(); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout } = Bun.spawnSync([
      "sh",
      "-c",
      'ulimit -n 60; exec "$0" -e "$1"',
      process.execPath,
      script,
    ]);
    expect(stdout.toString()).toBe(`failed Cannot read the kernel's types "${VMLINUX_BTF}": EMFILE\n`);
  });
});
