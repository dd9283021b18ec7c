/** @module Arguments of system calls: they are in the registers of the process, to which the only argument of their functions points. */
import type { CallBuilder, RegisterPlace } from "./call.ts";

const ARM = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `user_regs.regs[${number}]`);

/** Members of `struct pt_regs`: where a process leaves the arguments of a system call, and one of the 32-bit kind. */
const REGISTERS = {
  x64: {
    native: ["di", "si", "dx", "r10", "r8", "r9"],
    compat: ["bx", "cx", "dx", "si", "di", "bp"],
  },
  arm64: { native: ARM, compat: ARM },
} as const;

const REGISTER_SIZE = 8;
const SYSTEM_CALL = Symbol("arguments of the system call");

/**
 * Reads those arguments of a system call that are asked for, at the first instruction of the function that carries it out.
 * @param options `hasTaskRegisters`: whether programs may ask for the registers that the running task has left.
 * @returns Where each of them lies then.
 * @throws RangeError when there are more arguments than registers for them.
 */
export function readSystemCall(
  b: CallBuilder,
  indices: Iterable<number>,
  abi: "native" | "compat",
  { hasTaskRegisters = false }: { readonly hasTaskRegisters?: boolean } = {},
): (index: number) => RegisterPlace {
  const { asm } = b;
  const registers: readonly string[] = REGISTERS[process.arch as keyof typeof REGISTERS][abi];
  const offsets = new Map(
    [...new Set(indices)].map((index) => {
      const member = registers[index];
      if (member === undefined)
        throw new RangeError(`Cannot load argument ${index}: ${registers.length} are in registers`);
      return [index, b.types.member("pt_regs", member).offset] as const;
    }),
  );
  const first = Math.min(...offsets.values());
  const size = Math.max(...offsets.values()) - first + REGISTER_SIZE;
  const block = offsets.size === 0 ? 0 : asm.slot(SYSTEM_CALL, size);
  if (offsets.size > 0 && hasTaskRegisters) {
    // Nothing else calls that function but the way into the kernel, which leaves the registers there.
    asm.note("arguments of the system call").call("get_current_task_btf");
    asm.set("r1", "r0").call("task_pt_regs");
    for (const offset of offsets.values())
      asm.load(8, "r1", "r0", offset).store(8, "r10", block + offset - first, "r1");
  } else if (offsets.size > 0) {
    b.loadArgument("r3", 0);
    asm.note("arguments of the system call").alu("r3", "+=", first);
    asm.set("r1", "r10").alu("r1", "+=", block).set("r2", size).call("probe_read_kernel");
  }
  return (index) => {
    const offset = offsets.get(index);
    if (offset === undefined) throw new RangeError(`Cannot load argument ${index}: it was not read`);
    return { base: "r10", offset: block + offset - first, size: REGISTER_SIZE };
  };
}
