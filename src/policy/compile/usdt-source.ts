/** @module Finds the arguments of static tracepoints: each is where the compiler had it at that place. */
import type { RegisterOperand } from "../../kernel/asm/index.ts";
import type { ProbeProgramBuilder, UsdtArgument } from "../../kernel/program/index.ts";
import { TetradError } from "../../os/error.ts";
import type { AttachPoint } from "./attach-point.ts";

type InMemory = Extract<UsdtArgument, { kind: "memory" }>;

/** An argument. @throws TetradError `unsupported` when the place has none of that number that can be read. */
export function usdtArgument({ user, name }: AttachPoint, index: number): UsdtArgument {
  const found = user?.usdtArguments?.[index];
  if (found === undefined)
    throw new TetradError("unsupported", `Cannot read argument ${index} of "${name}": it is not there`);
  return found;
}

/** `register` = the argument, with its sign or without in all 64 bits; goes to `failed` where memory cannot be read. Uses `r1` to `r5`. */
export function loadUsdtArgument(
  b: ProbeProgramBuilder,
  register: RegisterOperand,
  argument: UsdtArgument,
  failed: string,
): void {
  const { asm } = b;
  switch (argument.kind) {
    case "constant":
      asm.setWide(register, BigInt.asUintN(64, argument.value));
      return;
    case "register": {
      const { base, offset, size } = b.registerPlace(argument.register);
      const read = Math.min(size, argument.size) as UsdtArgument["size"];
      asm.load(read, register, base, offset);
      extend(b, register, { size: read, isSigned: argument.isSigned });
      return;
    }
    case "memory": {
      const slot = asm.slot("argument in memory");
      loadAddress(b, "r3", argument);
      asm.set("r1", "r10").alu("r1", "+=", slot).set("r2", argument.size).call("probe_read_user");
      asm.jumpIf("r0", "!=", 0, failed).load(argument.size, register, "r10", slot);
      extend(b, register, argument);
    }
  }
}

/** Writes four bytes at most, as many as the argument has; those of eight get zeroes above. `r0` is 0 then. Uses `r1` to `r5`. */
export function writeUsdtArgument(b: ProbeProgramBuilder, argument: UsdtArgument, value: number): void {
  if (argument.kind !== "memory")
    throw new TetradError("unsupported", "Cannot set an argument that is not in memory");
  const { asm } = b;
  const slot = asm.slot("argument in memory");
  loadAddress(b, "r1", argument);
  asm.setWide("r2", BigInt(value)).store(8, "r10", slot, "r2");
  asm.set("r2", "r10").alu("r2", "+=", slot).set("r3", argument.size).call("probe_write_user");
}

function loadAddress(
  b: ProbeProgramBuilder,
  into: RegisterOperand,
  { base, index, scale, offset }: InMemory,
): void {
  const { asm } = b;
  asm.setWide(into, BigInt.asUintN(64, offset));
  if (base !== undefined) add(base, 1);
  if (index !== undefined) add(index, scale);

  function add(name: string, times: number): void {
    const place = b.registerPlace(name);
    asm.load(place.size, "r4", place.base, place.offset);
    if (times > 1) asm.alu("r4", "<<=", Math.log2(times));
    asm.alu(into, "+=", "r4");
  }
}

/** What was loaded fills the register already, without a sign. */
function extend(
  b: ProbeProgramBuilder,
  register: RegisterOperand,
  { size, isSigned }: Pick<UsdtArgument, "size" | "isSigned">,
): void {
  if (!isSigned || size === 8) return;
  const shift = 64 - size * 8;
  b.asm.alu(register, "<<=", shift).alu(register, "s>>=", shift);
}
