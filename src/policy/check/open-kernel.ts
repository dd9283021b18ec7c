/** @module Opens the kernel to check against. */
import { readKernelBtf } from "../../kernel/btf/index.ts";
import type { Machine } from "../document/meaning/context.ts";
import { Kernel } from "./kernel.ts";

/**
 * The kernel to check against.
 * @param path File with its types; empty for the running kernel.
 * @throws TetradError `unsupported` when the types cannot be read.
 */
export function openKernel(path: string, machine: Machine): Kernel {
  const btf = path === "" ? readKernelBtf() : readKernelBtf(path);
  return new Kernel({ btf, isRunning: path === "", machine });
}
