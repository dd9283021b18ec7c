import { describe, expect, test } from "bun:test";
import { type Assembly, listing } from "../../../src/kernel/asm/index.ts";
import { Btf, BtfWriter, KernelTypes } from "../../../src/kernel/btf/index.ts";
import {
  type Pointer,
  RecordWriter,
  TracingProgramBuilder,
  untyped,
} from "../../../src/kernel/program/index.ts";
import { defineRecord } from "../../../src/kernel/record/index.ts";

/**
 * struct other { long id; };
 * struct node {
 *   long id; char comm[16]; struct node *next; char *name; struct other *other; int number; int flag : 3; long wide : 40;
 * };
 */
function sample(): KernelTypes {
  const b = new BtfWriter();
  const long = b.int("long", 8);
  const int = b.int("int", 4);
  const char = b.int("char", 1);
  const other = b.struct("other", 8, [{ name: "id", type: long, bitOffset: 0 }]);
  // The first pointer is the next type, and refers to the struct after all of its members' types.
  const next = b.pointer(other + 5);
  const name = b.pointer(char);
  const toOther = b.pointer(other);
  const comm = b.array(char, 16);
  b.struct("node", 64, [
    { name: "id", type: long, bitOffset: 0, bits: 0 },
    { name: "comm", type: comm, bitOffset: 64 },
    { name: "next", type: next, bitOffset: 192 },
    { name: "name", type: name, bitOffset: 256 },
    { name: "other", type: toOther, bitOffset: 320 },
    { name: "number", type: int, bitOffset: 384 },
    { name: "flag", type: int, bitOffset: 416, bits: 3 },
    { name: "wide", type: long, bitOffset: 448 + 20, bits: 40 },
  ]);
  b.typedef(
    "btf_trace_thing",
    b.pointer(
      b.prototype([
        { name: "", type: 0 },
        { name: "", type: long },
      ]),
    ),
  );
  return new KernelTypes(new Btf(b.build()));
}

const types = sample();
const maps = { ring: "ring", lost: "lost", scratch: "scratch" };

function begin(): { b: TracingProgramBuilder; node: Pointer } {
  const b = new TracingProgramBuilder(types, "thing");
  return { b, node: b.argument(0, "node", "node") };
}

function notes(assembly: Assembly): string[] {
  return [...assembly.notes.values()];
}

describe("ProgramBuilder", () => {
  test("scalar() refuses a member that does not fit into a slot", () => {
    const { b, node } = begin();
    expect(() => b.scalar(node, "comm", "comm")).toThrow(
      new RangeError('Cannot read "node.comm" as a number: it has 16 bytes, 1 to 8 can be read'),
    );
    for (const path of ["id", "next", "number", "flag", "comm[3]"]) b.scalar(node, path, path);
  });

  test("follow() goes through pointers, and refuses what is none", () => {
    const { b, node } = begin();
    expect(b.follow(node, "next.next", "second")).toMatchObject({ struct: "node", offset: 0 });
    for (const path of ["id", "comm", "next.number", "flag"]) {
      expect(() => b.follow(node, path, "bad")).toThrow(
        new RangeError(`Cannot follow "node.${path}": it is no pointer`),
      );
    }
  });

  test("advance() refuses what is not a pointer, one behind another, and one to another struct", () => {
    const { b, node } = begin();
    b.advance(node, node, "next");
    expect(() => b.advance(node, node, "id")).toThrow(
      new RangeError('Cannot follow "node.id": it is no pointer'),
    );
    expect(() => b.advance(node, node, "next.next")).toThrow(
      new RangeError('Cannot advance by "node.next.next": pointers are on the way'),
    );
    expect(() => b.advance(node, node, "other")).toThrow(new TypeError("Cannot assign other to node"));
  });

  test("advance() refuses a pointer whose slot holds the address of something else", () => {
    const { b, node } = begin();
    const around = b.containerOf(node, "node", "number");
    expect(() => b.advance(around, node, "next")).toThrow(
      new RangeError('Cannot advance "node": its slot holds another address'),
    );
  });

  test("embedded(), containerOf() and element() refuse what lies behind a pointer", () => {
    const { b, node } = begin();
    const index = b.scalar(node, "number", "index");
    for (const [path, reach] of [
      ["next.number", (path: string) => b.embedded(node, path)],
      ["next.number", (path: string) => b.containerOf(node, "node", path)],
      ["next.comm[0]", (path: string) => b.element(node, path.slice(0, -3), index, "element")],
    ] as const) {
      expect(() => reach(path)).toThrow(
        new RangeError(`Cannot reach "node.${path}" without a read: pointers are on the way`),
      );
    }
  });

  test("scalar() reads a bit field of any width without its neighbours", () => {
    const { b, node } = begin();
    b.scalar(node, "wide", "wide");
    const text = listing(b.build("test").assembly);
    // 40 bits of the 48 that are read, from the fifth on.
    expect(text).toMatch(/r1 <<= 20\n.*r1 >>= 24\n/);
  });

  test("what the verifier knows the type of is read by loads, and anything else by the helper", () => {
    const calls = (read: (b: TracingProgramBuilder, node: Pointer) => void) => {
      const { b, node } = begin();
      read(b, node);
      return listing(b.build("test").assembly).match(/call bpf_probe_read_kernel/g)?.length ?? 0;
    };
    expect(calls((b, node) => b.load("r1", node, "next.next.number"))).toBe(0);
    expect(calls((b, node) => b.load("r1", b.follow(node, "next.next", "far"), "number"))).toBe(0);
    expect(calls((b, node) => b.advance(node, node, "next"))).toBe(0);
    expect(calls((b, node) => b.load("r1", untyped(node), "next.next.number"))).toBe(3);
    // A load reads 1, 2, 4 or 8 bytes, and the address around a struct is no pointer of a known type.
    expect(calls((b, node) => b.load("r1", node, "wide"))).toBe(1);
    expect(calls((b, node) => b.load("r1", b.containerOf(node, "node", "number"), "id"))).toBe(1);
    expect(calls((b, node) => b.load("r1", b.address(node, "next", "plain"), "id"))).toBe(2);
  });

  test("load() gives 0 behind a null pointer, and follow() ends the program there", () => {
    const { b, node } = begin();
    b.load("r1", node, "next.number");
    expect(listing(b.build("test").assembly)).toMatch(/if r1 != 0 goto pc\+2\n.*r1 = 0\n.*goto pc\+1\n/);
    const other = begin();
    other.b.follow(other.node, "next", "next");
    expect(listing(other.b.build("test").assembly)).toMatch(
      /r1 = \*\(u64 \*\)\(r1 \+24\)\n.*if r1 == 0 goto/,
    );
  });

  test("readPointers() reads pointers that are close together at once, and refuses what is none", () => {
    const { b, node } = begin();
    const { next, other } = b.readPointers(untyped(node), ["next", "other"], "both");
    expect(other.slot - next.slot).toBe(16);
    expect([next.struct, other.struct, next.isTyped]).toEqual(["node", "other", undefined]);
    expect(listing(b.build("test").assembly).match(/r2 = 24\n.*call bpf_probe_read_kernel/g)).toHaveLength(1);
    expect(() => b.readPointers(node, ["id"], "bad")).toThrow(
      new RangeError('Cannot follow "node.id": it is no pointer'),
    );
  });

  test("element() refuses a pointer of a known type, to which verifiers let nothing be added", () => {
    const { b, node } = begin();
    const index = b.scalar(node, "number", "index");
    expect(() => b.element(node, "comm", index, "element")).toThrow('"node" has a type');
  });

  test("argument() ends the program where it is null", () => {
    const { b } = begin();
    expect(listing(b.build("test").assembly)).toMatch(/r1 = \*\(u64 \*\)\(r6 \+0\)\n.*if r1 == 0 goto/);
  });

  test("loop() counts in a register of its own, also inside of a loop, and gives it back", () => {
    const { b, node } = begin();
    b.loop(4, () => b.loop(8, () => b.advance(node, node, "next")));
    b.loop(16, () => b.advance(node, node, "next"));
    const text = listing(b.build("test").assembly);
    expect(text).toMatch(/if r9 >= 4 goto[\s\S]*if r7 >= 8 goto[\s\S]*if r9 >= 16 goto/);
  });

  test("loop() and userMemory() refuse to count where every register is held, and say for what", () => {
    const { b, node } = begin();
    const layout = defineRecord({ kind: "u32", size: "u64" }, { memory: 64 });
    const record = RecordWriter.inScratch(b, layout, maps);
    const held = 'all are held, for "context", "record", "record\'s length", "loop counter"';
    b.loop(4, () => {
      expect(() => b.loop(8, () => {})).toThrow(
        new RangeError(`Cannot hold a register for "loop counter": ${held}`),
      );
      expect(() => record.userMemory("memory", "size", node, "id", "next")).toThrow(
        new RangeError(`Cannot hold a register for "length of memory": ${held}`),
      );
    });
  });

  test("loop() can be written round by round, for kernels that refuse to jump back", () => {
    const { b, node } = begin();
    const plain = untyped(node);
    b.loop(
      3,
      (again, done) => {
        b.advance(plain, plain, "next");
        b.loadSlot("r1", node);
        b.asm.jumpIf("r1", "==", 0, done).jumpIf("r1", "==", 1, again);
      },
      { isUnrolled: true },
    );
    const text = listing(b.build("test").assembly);
    expect(text.match(/call bpf_probe_read_kernel/g)).toHaveLength(3);
    expect(text).not.toMatch(/goto pc-/);
  });

  test("a record's registers are free once it was sent, and the writer cannot be used any more", () => {
    const { b } = begin();
    const record = RecordWriter.inRing(b, defineRecord({ kind: "u32" }, {}), maps);
    expect(() => b.asm.set("r7", 0)).toThrow(new RangeError('Cannot use r7: it is held for "record"'));
    record.constant("kind", 1);
    record.submit();
    expect(() => record.constant("kind", 2)).toThrow(
      new RangeError('Cannot use the register for "record": it is free again'),
    );
    b.asm.set("r7", 0);
  });

  test("slots of a program are its own, also under names that the library uses", () => {
    const { b, node } = begin();
    const names = ["key", "chase", "start", "end", "bits", "segment start", "dentry"];
    const own = names.map((name) => b.asm.slot(name));
    const layout = defineRecord({ kind: "u32", flag: "u8", size: "u64" }, { text: 64, more: 64 });
    const record = RecordWriter.inScratch(b, layout, maps);
    record.read("flag", node, "next.flag");
    record.strings("text", 16, (add) => add(b.follow(node, "next.name", "name"), "out"));
    record.userMemory("more", "size", node, "id", "next");
    record.output();
    const text = listing(b.build("test").assembly);
    for (const slot of own) expect(text).not.toContain(`r10 ${slot})`);
    for (const slot of own) expect(text).not.toContain(`+= ${slot}\n`);
  });
});

describe("RecordWriter in the ring", () => {
  const layout = defineRecord({ kind: "u32", number: "u32", time: "u64", flag: "u8" }, {});

  test("submit() refuses a record with fields that nothing was written to, and names them", () => {
    const { b, node } = begin();
    const record = RecordWriter.inRing(b, layout, maps);
    expect(() => record.submit()).toThrow(
      new RangeError(
        'Cannot send the record: nothing is in field "kind", field "number", field "time", field "flag"',
      ),
    );
    record.constant("kind", 1);
    record.read("flag", node, "flag");
    record.helper("time", "ktime_get_boot_ns");
    expect(() => record.submit()).toThrow(
      new RangeError('Cannot send the record: nothing is in field "number"'),
    );
    record.read("number", node, "number");
    record.submit();
    expect(notes(b.build("test").assembly)).toContain("submit ring");
  });

  test("counts a record that finds no room in one step", () => {
    const { b } = begin();
    RecordWriter.inRing(b, layout, maps);
    expect(listing(b.build("test").assembly)).toContain("lock *(u64 *)(r0 +0) += r1");
  });
});

describe("RecordWriter in scratch memory", () => {
  const layout = defineRecord({ kind: "u32", size: "u64" }, { first: 64, second: 64, third: 64 });

  test("output() lets fields be left out, and refuses missing segments, which it names", () => {
    const { b, node } = begin();
    const record = RecordWriter.inScratch(b, layout, maps);
    expect(() => record.output()).toThrow(
      new RangeError(
        'Cannot send the record: nothing is in segment "first", segment "second", segment "third"',
      ),
    );
    record.string("first", node, "name");
    record.strings("second", 16, (add) => add(b.follow(node, "next.name", "name"), "out"));
    expect(() => record.output()).toThrow(
      new RangeError('Cannot send the record: nothing is in segment "third"'),
    );
    record.userMemory("third", "size", node, "id", "next");
    record.output();
    expect(notes(b.build("test").assembly)).toContain("send ring");
  });

  test("refuses a segment before its turn, and one that others follow already", () => {
    const { b, node } = begin();
    const record = RecordWriter.inScratch(b, layout, maps);
    expect(() => record.empty("second")).toThrow(
      new RangeError('Cannot fill segment "second": "first" comes before'),
    );
    record.empty("first");
    record.empty("second");
    expect(() => record.string("first", node, "name")).toThrow(
      new RangeError('Cannot fill segment "first": "second" is filled already'),
    );
  });

  test("takes the last segment again, as one that is filled on one way only", () => {
    const { b, node } = begin();
    const record = RecordWriter.inScratch(b, layout, maps);
    record.empty("first");
    record.string("first", node, "name");
    record.empty("second");
    record.empty("third");
    record.output();
  });

  test("string() and strings() refuse what is not a pointer", () => {
    const { b, node } = begin();
    const record = RecordWriter.inScratch(b, layout, maps);
    const expected = new RangeError('Cannot follow "node.comm": it is no pointer');
    expect(() => record.string("first", node, "comm")).toThrow(expected);
    expect(() => record.strings("first", 16, (add) => add(b.follow(node, "comm", "comm"), "out"))).toThrow(
      expected,
    );
  });
});
