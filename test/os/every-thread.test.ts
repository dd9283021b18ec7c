import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { encodeHandler, type SystemCall } from "../../src/os/every-thread.ts";

const CASES = [
  {
    architecture: "x64",
    tools: "",
    registers: ["rdi", "rsi", "rdx", "r10", "r8"],
    argument: (register: string, value: bigint) => `movabs $0x${value.toString(16)}, %${register}`,
    call: (number: number) => `mov $${number}, %eax\nsyscall`,
  },
  {
    architecture: "arm64",
    tools: "aarch64-linux-gnu-",
    registers: ["x0", "x1", "x2", "x3", "x4"],
    argument: (register: string, value: bigint) => move(register, value),
    call: (number: number) => `${move("x8", BigInt(number))}\nsvc #0`,
  },
] as const;

function move(register: string, value: bigint): string {
  const quarter = (n: number) => (value >> BigInt(n * 16)) & 0xffffn;
  const rest = [1, 2, 3].map((n) => `movk ${register}, #${quarter(n)}, lsl #${n * 16}`);
  return [`movz ${register}, #${quarter(0)}`, ...rest].join("\n");
}

/** The code that GNU as makes of the same calls. */
function assemble(
  calls: readonly SystemCall[],
  { tools, registers, argument, call }: (typeof CASES)[number],
): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-as-"));
  try {
    const lines = calls.flatMap(({ number, args }) => [
      ...registers.map((register, i) => argument(register, BigInt.asUintN(64, BigInt(args[i] ?? 0)))),
      call(number),
    ]);
    const [source, object, code] = ["source.s", "object.o", "code.bin"].map((name) => join(directory, name));
    writeFileSync(source!, `${[...lines, "ret"].join("\n")}\n`);
    for (const command of [
      [`${tools}as`, "-o", object!, source!],
      [`${tools}objcopy`, "-O", "binary", "-j", ".text", object!, code!],
    ]) {
      const { exitCode, stderr } = Bun.spawnSync(command, { stderr: "pipe" });
      if (exitCode !== 0) throw new Error(stderr.toString());
    }
    return new Uint8Array(readFileSync(code!));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const systemCall = fc.record({
  number: fc.integer({ min: 0, max: 500 }),
  args: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 5 }),
});

describe("encodeHandler()", () => {
  for (const architecture of CASES) {
    const assembler = `${architecture.tools}as`;
    const isMissing = Bun.which(assembler) === null;
    if (isMissing) console.warn(`SKIPPED: a test of machine code needs ${assembler}`);
    test.skipIf(isMissing)(`encodes for ${architecture.architecture} what GNU as does`, () => {
      fc.assert(
        fc.property(fc.array(systemCall, { minLength: 1, maxLength: 4 }), (calls) => {
          expect(encodeHandler(calls, architecture.architecture)).toEqual(assemble(calls, architecture));
        }),
        { numRuns: 15 },
      );
    });
  }

  test("refuses an architecture that it has no code for", () => {
    expect(() => encodeHandler([], "mips")).toThrow(
      'Cannot reach every thread on "mips": needs x64 or arm64',
    );
  });
});
