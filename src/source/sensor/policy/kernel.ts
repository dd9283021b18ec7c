/** @module What policies are compiled for: the running kernel. */
import { KernelTypes, readKernelBtf, VMLINUX_BTF } from "../../../kernel/btf/index.ts";
import type { TracepointField } from "../../../kernel/tracepoint/index.ts";
import { TetradError } from "../../../os/error.ts";
import { Kernel, type UserFiles } from "../../../policy/check/index.ts";
import type { AttachPoint, CompileKernel } from "../../../policy/compile/index.ts";
import { lsmFunction } from "../../../policy/lsm-function.ts";
import type { SystemCallTarget } from "../../../policy/policy.ts";
import type { UprobeTarget, UsdtTarget } from "../../../policy/user-target.ts";

/** The running kernel. */
export class RunningKernel extends Kernel implements CompileKernel {
  readonly types: KernelTypes;

  /**
   * @param path Where its types are; empty for where the kernel shows them.
   * @param isRunning `false` for types of another kernel, for which programs are only looked at.
   * @throws TetradError `unsupported`
   */
  constructor(path: string, isRunning = true) {
    const btf = readKernelBtf(path || VMLINUX_BTF);
    super({ btf, isRunning, machine: process.arch === "arm64" ? "arm64" : "x64" });
    this.types = new KernelTypes(btf);
  }

  /** The fields of a tracepoint's record. @throws TetradError `unsupported` when there is no such tracepoint, or no way to look. */
  tracepointFields(subsystem: string, event: string): readonly TracepointField[] {
    const format = this.format({ kind: "tracepoint", subsystem, event, isRaw: false });
    if (typeof format === "string")
      throw new TetradError(
        "unsupported",
        `Cannot read the format of tracepoint "${subsystem}/${event}": ${format}`,
      );
    return format.fields;
  }

  /** The functions that carry out a system call, one for each way in that the kernel has. */
  systemCallSymbols(target: SystemCallTarget): { readonly symbol: string; readonly isCompat: boolean }[] {
    return this.systemCallFunctions(target).flatMap((candidates, index) => {
      const symbol = candidates.find((name) => this.function(name) !== undefined);
      return symbol === undefined ? [] : { symbol, isCompat: target.abis[index] === "compat" };
    });
  }

  /** Where a hook on a program is, or why it is nowhere. */
  userPlaces(target: UprobeTarget | UsdtTarget): ReturnType<UserFiles["placesOf"]> {
    return target.file.isInContainers === true ? [] : this.files.placesOf(target);
  }

  /** Whether there is such a place. */
  has({ convention, program, name, subsystem }: AttachPoint): boolean {
    if (program === "lsm") return this.function(lsmFunction(name)) !== undefined;
    switch (convention) {
      case "raw tracepoint":
        return this.rawTracepoint(name) !== undefined;
      case "tracepoint":
        return this.format({ kind: "tracepoint", subsystem, event: name, isRaw: false }) !== "absent";
      case "uprobe":
      case "usdt":
        return true;
      default:
        return this.function(name) !== undefined;
    }
  }
}

/** The running kernel for those who compile now and then: its types take ten megabytes, and are forgotten when nobody has them. */
export class ForgottenKernel {
  readonly #path: string;
  #kernel: WeakRef<RunningKernel>;

  /** @param path As for {@link RunningKernel}. @throws TetradError `unsupported` */
  constructor(path: string) {
    this.#path = path;
    this.#kernel = new WeakRef(new RunningKernel(path));
  }

  /** Reads the types again where they were forgotten. @throws TetradError `unsupported` */
  get(): RunningKernel {
    const known = this.#kernel.deref();
    if (known !== undefined) return known;
    const kernel = new RunningKernel(this.#path);
    this.#kernel = new WeakRef(kernel);
    return kernel;
  }
}
