/** @module Reads what an argument points to, in the kernel's memory or the process's own. */
import type { Assembler, Helper } from "../../../kernel/asm/index.ts";
import type { ReadTarget } from "./reader.ts";

/**
 * Of an address, its bit 55 says whether it is the kernel's: on x86-64 those above it are the same, on arm64 they may be a
 * tag.
 */
const ADDRESS_SHIFT = 8;

/** Helpers that read either memory. */
const READ = {
  bytes: { kernel: "probe_read_kernel", user: "probe_read_user" },
  string: { kernel: "probe_read_kernel_str", user: "probe_read_user_str" },
} as const satisfies Record<string, Record<"kernel" | "user", Helper>>;

/**
 * Calls the helper that reads `r2` bytes, or a string of at most so many, from `r3` to `r1`. A system call is given
 * addresses that may be any number: what is the kernel's is not read for a process there.
 */
export function callRead(
  asm: Assembler,
  what: keyof typeof READ,
  { isUserMemory }: Pick<ReadTarget, "isUserMemory">,
): void {
  const { kernel, user } = READ[what];
  if (isUserMemory) {
    asm.call(user);
    return;
  }
  const [own, read] = [asm.freshLabel("user"), asm.freshLabel("read")];
  asm.set("r4", "r3").alu("r4", "<<=", ADDRESS_SHIFT).jumpIf("r4", "s>=", 0, own);
  asm.call(kernel).jump(read).label(own).call(user).label(read);
}

/** Reads `size` bytes that the argument points to onto the stack; goes to `failed` where it cannot. @returns Where they are. */
export function readBlock(target: ReadTarget, name: string, size: number): number {
  const { asm } = target.builder;
  const block = asm.slot(name, size);
  asm.note(name).load(8, "r3", "r10", target.value.slot);
  asm.set("r1", "r10").alu("r1", "+=", block).set("r2", size);
  callRead(asm, "bytes", target);
  asm.jumpIf("r0", "!=", 0, target.failed);
  return block;
}
