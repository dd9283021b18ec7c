import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Assembler, listing, noteAt } from "../../../src/kernel/asm/index.ts";
import { decodeInstruction, encodeInstruction } from "../../../src/kernel/asm/instruction.ts";

/** Bytes as RFC 9669 has them. */
describe("Assembler", () => {
  for (const [name, build, expected] of [
    ["set(register)", (a: Assembler) => a.set("r6", "r1"), "bf16000000000000"],
    ["set(number)", (a: Assembler) => a.set("r0", -1), "b7000000ffffffff"],
    ["alu(+=)", (a: Assembler) => a.alu("r1", "+=", -8), "07010000f8ffffff"],
    ["toBigEndian(2)", (a: Assembler) => a.toBigEndian(2, "r1"), "dc01000010000000"],
    ["toBigEndian(8)", (a: Assembler) => a.toBigEndian(8, "r9"), "dc09000040000000"],
    ["load(8)", (a: Assembler) => a.load(8, "r3", "r10", -16), "79a3f0ff00000000"],
    ["load(2)", (a: Assembler) => a.load(2, "r3", "r1", 4), "6913040000000000"],
    ["store(register)", (a: Assembler) => a.store(4, "r7", 12, "r0"), "63070c0000000000"],
    ["store(number)", (a: Assembler) => a.store(1, "r7", 3, 1), "7207030001000000"],
    ["atomicAdd(8)", (a: Assembler) => a.atomicAdd(8, "r0", 16, "r1"), "db10100000000000"],
    ["atomicAdd(4)", (a: Assembler) => a.atomicAdd(4, "r10", -8, "r2"), "c32af8ff00000000"],
    ["atomicExchange(4)", (a: Assembler) => a.atomicExchange(4, "r0", 0, "r1"), "c3100000e1000000"],
    ["call(number)", (a: Assembler) => a.call(5), "8500000005000000"],
    ["call()", (a: Assembler) => a.call("map_lookup_elem"), "8500000001000000"],
    ["exit()", (a: Assembler) => a.exit(), "9500000000000000"],
    ["setWide()", (a: Assembler) => a.setWide("r2", 0x1122334455667788n), "18020000887766550000000044332211"],
    ["loadMap()", (a: Assembler) => a.loadMap("r1", "m"), "18110000000000000000000000000000"],
  ] as const) {
    test(`${name} encodes as the standard has it`, () => {
      expect(build(new Assembler()).assemble().code.toHex()).toBe(expected);
    });
  }

  test("jumps forward and back to labels", () => {
    const a = new Assembler();
    a.label("top").jumpIf("r1", "s>", "r2", "end").jump("top").label("end").exit();
    expect(a.assemble().code.toHex()).toBe("6d21010000000000" + "0500feff00000000" + "9500000000000000");
  });

  test("refuses a missing label, a label placed twice and a number that does not fit", () => {
    expect(() => new Assembler().jump("nowhere").assemble()).toThrow('label "nowhere": it is not placed');
    expect(() => new Assembler().label("x").label("x")).toThrow('label "x": it is placed already');
    expect(() => new Assembler().set("r1", 2 ** 31)).toThrow("it must fit into 32 signed bits");
  });

  test("refuses an offset that 16 bits cannot hold, and takes the ones that they can", () => {
    for (const offset of [0x8000, -0x8001, 0x10000, 0.5]) {
      const expected = `Cannot encode offset ${offset}: it must fit into 16 signed bits`;
      expect(() => new Assembler().load(8, "r1", "r2", offset)).toThrow(new RangeError(expected));
      expect(() => new Assembler().store(8, "r1", offset, 0)).toThrow(new RangeError(expected));
      expect(() => new Assembler().store(8, "r1", offset, "r2")).toThrow(new RangeError(expected));
      expect(() => new Assembler().atomicAdd(8, "r1", offset, "r2")).toThrow(new RangeError(expected));
    }
    const a = new Assembler().load(8, "r1", "r2", 0x7fff).load(8, "r1", "r2", -0x8000);
    expect(a.assemble().code.toHex()).toBe("7921ff7f00000000" + "7921008000000000");
  });

  test("refuses a jump that 16 bits cannot hold, forward and back, and takes the longest that they can", () => {
    const jumpOver = (count: number): Assembler => {
      const a = new Assembler().jump("out");
      for (let i = 0; i < count; i++) a.set("r0", 0);
      return a.label("out").exit();
    };
    const jumpBack = (count: number): Assembler => {
      const a = new Assembler().label("top");
      for (let i = 0; i < count; i++) a.set("r0", 0);
      return a.jumpIf("r0", "==", 0, "top").exit();
    };
    expect(jumpOver(0x7fff).assemble().code.subarray(0, 8).toHex()).toBe("0500ff7f00000000");
    expect(() => jumpOver(0x8000).assemble()).toThrow(
      new RangeError('Cannot jump to label "out": 32768 instructions are too far'),
    );
    expect(jumpBack(0x7fff).assemble().code.subarray(-16, -8).toHex()).toBe("1500008000000000");
    expect(() => jumpBack(0x8000).assemble()).toThrow(
      new RangeError('Cannot jump to label "top": -32769 instructions are too far'),
    );
  });

  test("gives a slot of one name one place, and refuses more than the stack holds", () => {
    const a = new Assembler();
    expect(a.slot("a", 4)).toBe(-8);
    expect(a.slot("b", 16)).toBe(-24);
    expect(a.slot("a", 4)).toBe(-8);
    expect(() => a.slot("a", 8)).toThrow("two sizes");
    expect(() => a.slot("c", 496)).toThrow("the stack is full");
  });

  test("notes cover the instructions after them", () => {
    const assembly = new Assembler().set("r1", 1).note("second").set("r2", 2).set("r3", 3).assemble();
    expect([0, 1, 2].map((index) => noteAt(assembly, index))).toEqual([undefined, "second", "second"]);
  });

  test("listing() shows labels, notes, bytes and the verifier's notation", () => {
    const a = new Assembler();
    a.note("look it up").loadMap("r1", "drops").call("map_lookup_elem").jumpIf("r0", "==", 0, "out");
    a.load(8, "r1", "r0", 0).alu("r1", "+=", 1).store(8, "r0", 0, "r1");
    a.atomicAdd(8, "r0", 0, "r1").atomicAdd(4, "r10", -8, "r1").label("out").exit();
    expect(listing(a.assemble())).toBe(
      [
        "  ; look it up",
        "  0: 18110000000000000000000000000000  r1 = map[drops]",
        "  2: 8500000001000000  call bpf_map_lookup_elem",
        "  3: 1500050000000000  if r0 == 0 goto pc+5",
        "  4: 7901000000000000  r1 = *(u64 *)(r0 +0)",
        "  5: 0701000001000000  r1 += 1",
        "  6: 7b10000000000000  *(u64 *)(r0 +0) = r1",
        "  7: db10000000000000  lock *(u64 *)(r0 +0) += r1",
        "  8: c31af8ff00000000  lock *(u32 *)(r10 -8) += r1",
        "out:",
        "  9: 9500000000000000  exit",
        "",
      ].join("\n"),
    );
  });
});

test("decodeInstruction() gives back what encodeInstruction() was given", () => {
  const view = new DataView(new ArrayBuffer(8));
  fc.assert(
    fc.property(
      fc.record({
        opcode: fc.nat(255),
        destination: fc.nat(10),
        source: fc.nat(10),
        offset: fc.integer({ min: -0x8000, max: 0x7fff }),
        immediate: fc.integer(),
      }),
      (instruction) => {
        encodeInstruction(view, 0, instruction);
        expect(decodeInstruction(view, 0)).toEqual(instruction);
      },
    ),
  );
});
