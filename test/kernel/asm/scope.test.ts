import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Assembler, type HeldRegister, type StackSlot } from "../../../src/kernel/asm/index.ts";

describe("hold()", () => {
  test("gives each holder a register of its own, the preferred one if it is free", () => {
    const a = new Assembler();
    const held = ["a", "b", "c", "d"].map((name) => a.hold(name, "r8"));
    expect(held.map(({ register }) => register)).toEqual(["r8", "r6", "r7", "r9"]);
    expect(() => a.hold("e")).toThrow(
      new RangeError('Cannot hold a register for "e": all are held, for "b", "c", "a", "d"'),
    );
    held[1]![Symbol.dispose]();
    expect(a.hold("e").register).toBe("r6");
  });

  test("keeps others from the register, by its own name, and the holder from it afterwards", () => {
    const a = new Assembler();
    const held = a.hold("state", "r7");
    a.set(held, 1).set("r8", held);
    for (const use of [
      () => a.set("r7", 1),
      () => a.load(8, "r7", "r10", -8),
      () => a.store(8, "r10", -8, "r7"),
      () => a.jumpIf("r1", "==", "r7", "out"),
      () => a.setWide("r7", 1n),
    ]) {
      expect(use).toThrow(new RangeError('Cannot use r7: it is held for "state"'));
    }
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(() => a.set(held, 1)).toThrow(
      new RangeError('Cannot use the register for "state": it is free again'),
    );
    a.set("r7", 1);
  });
});

describe("scopedSlot()", () => {
  test("gives back its place, for slots that stay, too", () => {
    const a = new Assembler();
    const first = a.scopedSlot("first", 16);
    const { offset } = first;
    expect(a.slot("named")).toBe(offset - 8);
    first[Symbol.dispose]();
    expect(() => first.offset).toThrow(new RangeError('Cannot use slot "first": it is free again'));
    expect(a.scopedSlot("second").offset).toBe(offset);
    expect(a.scopedSlot("third").offset).toBe(offset + 8);
    expect(a.scopedSlot("fourth").offset).toBe(offset - 16);
    a.scopedSlot("fifth")[Symbol.dispose]();
    expect(a.slot("stays")).toBe(offset - 24);
    expect(a.scopedSlot("sixth").offset).toBe(offset - 32);
  });

  test("keeps its place from slots that stay while a loop is added: its next round writes there again", () => {
    const a = new Assembler();
    a.loop(() => {
      const inLoop = a.scopedSlot("in the loop");
      const { offset } = inLoop;
      inLoop[Symbol.dispose]();
      expect(a.slot("stays")).toBe(offset - 8);
      expect(a.scopedSlot("later").offset).toBe(offset);
    });
  });

  test("says that the stack is full", () => {
    const a = new Assembler();
    a.scopedSlot("most", 504);
    a.scopedSlot("rest", 8);
    expect(() => a.scopedSlot("more", 8)).toThrow(
      new RangeError('Cannot place slot "more": the stack is full'),
    );
  });

  test("slots that are in use at the same time never overlap", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 64 }), fc.nat(7)), { maxLength: 60 }),
        (steps) => {
          const a = new Assembler();
          const used: { slot: StackSlot; size: number }[] = [];
          for (const [size, action] of steps) {
            if (action < 3 && used.length > 0)
              used.splice(action % used.length, 1)[0]!.slot[Symbol.dispose]();
            else {
              try {
                used.push({ slot: a.scopedSlot("x", size), size });
              } catch (error) {
                expect((error as Error).message).toContain("the stack is full");
              }
            }
            const places = used.map(({ slot, size: length }) => [slot.offset, slot.offset + length] as const);
            for (const [index, [start, end]] of places.entries()) {
              expect(start).toBeGreaterThanOrEqual(-512);
              expect(end).toBeLessThanOrEqual(0);
              for (const [otherStart, otherEnd] of places.slice(index + 1))
                expect(start >= otherEnd || otherStart >= end).toBe(true);
            }
          }
        },
      ),
    );
  });

  test("a register and a slot go at the end of their block", () => {
    const a = new Assembler();
    let register: HeldRegister;
    {
      using inside = a.hold("inside");
      register = inside;
      a.set(inside, 1);
    }
    expect(() => a.set(register, 1)).toThrow(RangeError);
  });
});
