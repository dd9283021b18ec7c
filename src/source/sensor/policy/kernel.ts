/** @module What policies are compiled for: the running kernel. */
import { KernelTypes, readKernelBtf, VMLINUX_BTF } from "../../../kernel/btf/index.ts";
import { KernelSymbols } from "../../../kernel/symbol/index.ts";
import { readTracepointFormat, type TracepointField } from "../../../kernel/tracepoint/index.ts";
import { TetradError } from "../../../os/error.ts";
import type { AttachPoint, CompileKernel } from "../../../policy/compile/index.ts";

/** The running kernel. */
export class RunningKernel implements CompileKernel {
  readonly types: KernelTypes;
  readonly #symbols = new KernelSymbols();

  /** @param btf Where its types are; empty for where the kernel shows them. @throws TetradError `unsupported` */
  constructor(btf: string) {
    this.types = new KernelTypes(readKernelBtf(btf || VMLINUX_BTF));
  }

  /** The fields of a tracepoint's record. @throws TetradError `unsupported` when there is no such tracepoint, or no way to look. */
  tracepointFields(subsystem: string, event: string): readonly TracepointField[] {
    const format = readTracepointFormat(subsystem, event);
    if (typeof format === "string")
      throw new TetradError(
        "unsupported",
        `Cannot read the format of tracepoint "${subsystem}/${event}": ${format}`,
      );
    return format.fields;
  }

  /** Whether there is such a place. Where the kernel does not show its symbols, its types decide. */
  has({ convention, name, subsystem }: AttachPoint): boolean {
    switch (convention) {
      case "raw tracepoint":
        return this.types.tracepoint(name) !== undefined;
      case "tracepoint":
        return readTracepointFormat(subsystem, name) !== "absent";
      default:
        return this.types.function(name) !== undefined || this.#symbols.find(name).length > 0;
    }
  }
}
