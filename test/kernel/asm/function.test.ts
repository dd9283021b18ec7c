/** Programs are run by the kernel on a packet, and give a number. */
import { describe, expect, test } from "bun:test";
import { Assembler, listing } from "../../../src/kernel/asm/index.ts";
import { KernelTypes, readKernelBtf } from "../../../src/kernel/btf/index.ts";
import { haveFeature } from "../../../src/kernel/feature/index.ts";
import { Program } from "../../../src/kernel/loader/index.ts";
import { ProgramBuilder } from "../../../src/kernel/program/index.ts";
import { describeWithBpf } from "../support.ts";

/** What the program returns, 32 bits of it. */
function run(assembler: Assembler): number {
  using program = Program.load({ kind: "socket", name: "try", assembly: assembler.assemble() });
  return program.run(new Uint8Array(14));
}

const returning = () => new Assembler();

describeWithBpf("instructions on 32 bits", () => {
  test("alu32() leaves the upper half 0", () => {
    expect(
      run(
        returning()
          .setWide("r1", 0x1_ffff_fffen)
          .alu32("r1", "+=", 3)
          .set("r0", "r1")
          .alu("r0", ">>=", 32)
          .alu("r0", "+=", "r1")
          .exit(),
      ),
    ).toBe(1);
    expect(run(returning().set("r0", 100).set("r2", 7).alu32("r0", "/=", "r2").exit())).toBe(14);
  });

  test("jumpIf32() compares the lower half only", () => {
    const text = (a: Assembler) =>
      a
        .set("r0", 1)
        .setWide("r1", 0x5_0000_0001n)
        .jumpIf32("r1", "==", 1, "out")
        .set("r0", 2)
        .label("out")
        .exit();
    expect(run(text(returning()))).toBe(1);
    expect(listing(text(new Assembler()).assemble())).toContain("if w1 == 1 goto pc+1");
  });
});

describeWithBpf("subprograms", () => {
  test("are called with arguments, have a stack and registers of their own, and return a number", () => {
    const a = new Assembler();
    using kept = a.hold("kept");
    a.set(kept, 5).store(8, "r10", a.slot("mine"), 100).set("r1", 20).set("r2", 1).callSubprogram("sum");
    a.load(8, "r1", "r10", a.slot("mine")).alu("r0", "+=", "r1").alu("r0", "+=", kept).exit();
    a.subprogram("sum", (sub) => {
      using other = sub.hold("other");
      sub
        .set(other, "r1")
        .store(8, "r10", sub.slot("mine"), 0)
        .alu(other, "+=", "r2")
        .set("r0", other)
        .exit();
    });
    expect(run(a)).toBe(126);
  });

  test("may call others, which come after them", () => {
    const a = new Assembler().set("r1", 3).callSubprogram("twice").exit();
    a.subprogram("twice", (twice) => {
      twice.callSubprogram("once").alu("r0", "*=", 2).exit();
      twice.subprogram("once", (once) => {
        once.set("r0", "r1").exit();
      });
    });
    expect(run(a)).toBe(6);
  });

  test.skipIf(haveFeature("bpf_loop").answer !== "yes")("are what bpf_loop calls, a million times", () => {
    const a = new Assembler();
    using sum = a.scopedSlot("sum");
    a.store(8, "r10", sum.offset, 0).set("r1", 1_000_000).loadSubprogram("r2", "round");
    a.set("r3", "r10").alu("r3", "+=", sum.offset).set("r4", 0).call("loop");
    a.load(8, "r0", "r10", sum.offset).exit();
    a.subprogram("round", (round) => {
      round.load(8, "r3", "r2", 0).alu("r3", "+=", 1).store(8, "r2", 0, "r3").set("r0", 0).exit();
    });
    expect(run(a)).toBe(1_000_000);
  });
});

describeWithBpf("loops of a builder", () => {
  const types = new KernelTypes(readKernelBtf());

  /** Counts rounds, leaves after the fifth, and returns the count. */
  function counting(limit: number, isUnrolled: boolean): number {
    const b = new ProgramBuilder(types, 0);
    using count = b.asm.hold("count");
    b.asm.set(count, 0);
    b.loop(
      limit,
      (again, done) => {
        b.asm.alu(count, "+=", 1).jumpIf(count, ">=", 5, done).jump(again);
      },
      { isUnrolled },
    );
    b.leaveWith(count);
    using program = Program.load(b.program("socket", "try"));
    return program.run(new Uint8Array(14));
  }

  for (const isUnrolled of [false, true]) {
    test(`end at their limit, or before, ${isUnrolled ? "written round by round" : "followed by the verifier"}`, () => {
      expect(counting(3, isUnrolled)).toBe(3);
      expect(counting(100, isUnrolled)).toBe(5);
    });
  }

  test.skipIf(haveFeature("bpf_loop").answer !== "yes")("end when the subprogram says so", () => {
    const b = new ProgramBuilder(types, 0);
    using count = b.asm.scopedSlot("count");
    b.asm.store(8, "r10", count.offset, 0);
    b.loopSubprogram(1 << 20, "round", count);
    b.asm.load(8, "r1", "r10", count.offset);
    b.leaveWith("r1");
    b.asm.subprogram("round", (round) => {
      round
        .store(8, "r2", 0, "r1")
        .set("r0", 0)
        .jumpIf("r1", "<", 70_000, "on")
        .set("r0", 1)
        .label("on")
        .exit();
    });
    using program = Program.load(b.program("socket", "try"));
    expect(program.run(new Uint8Array(14))).toBe(70_000);
  });
});

describe("Assembler", () => {
  test("lists functions, and what refers to them", () => {
    const a = new Assembler().callSubprogram("f").loadSubprogram("r2", "f").exit();
    a.subprogram("f", (f) => {
      f.set("r0", 0).exit();
    });
    const assembly = a.assemble();
    expect(assembly.functions).toEqual([
      { name: "main", instruction: 0 },
      { name: "f", instruction: 4 },
    ]);
    expect(listing(assembly)).toContain("call pc+3");
    expect(listing(assembly)).toContain("r2 = func pc+2");
  });

  test("refuses a second function of a name, a jump into another function, and a call to none", () => {
    const a = new Assembler().jump("inside").subprogram("f", (f) => {
      f.label("inside").exit();
    });
    expect(() => a.subprogram("f", () => {})).toThrow(
      new SyntaxError('Cannot add subprogram "f": there is one of that name'),
    );
    expect(() => a.assemble()).toThrow(
      new SyntaxError('Cannot jump to label "inside": it is in another function'),
    );
    expect(() => new Assembler().callSubprogram("gone").exit().assemble()).toThrow(
      new SyntaxError('Cannot jump to label "gone": it is not placed'),
    );
  });
});

test("a subprogram has what its program leaves of the stack, counted as the verifier does", () => {
  const assemble = (own: number, inside: number) => {
    const a = new Assembler();
    a.slot("own", own);
    a.subprogram("f", (f) => {
      f.slot("inside", inside);
      f.set("r0", 0).exit();
    });
    a.callSubprogram("f").exit();
    return () => a.assemble();
  };
  expect(assemble(408, 96)).not.toThrow();
  expect(assemble(424, 96)).toThrow(
    new RangeError('Cannot place subprogram "f": with the program it takes 544 bytes of stack'),
  );
});
