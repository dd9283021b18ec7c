/** @module The types that the kernel and its modules show. */
import { readFileSync } from "node:fs";
import { btfById, btfInfo, btfNextId } from "../../os/bpf/index.ts";
import { bareMessage, codeOrText, isMissing, isShortage } from "../../os/caught.ts";
import { Descriptor } from "../../os/descriptor.ts";
import { TetradError } from "../../os/error.ts";
import { Btf } from "./btf.ts";

const DIRECTORY = "/sys/kernel/btf";

/** Where the kernel shows its BTF. */
export const VMLINUX_BTF: string = `${DIRECTORY}/vmlinux`;

/** A name of a module: nothing that leads out of the directory. */
const MODULE_NAME = /^\w+$/;

/**
 * The running kernel's types.
 * @throws TetradError `unsupported` when the kernel does not show them, or the file holds none; `failed` for want of
 * descriptors or memory.
 */
export function readKernelBtf(path: string = VMLINUX_BTF): Btf {
  const needed =
    path === VMLINUX_BTF ? ": the kernel must be built with CONFIG_DEBUG_INFO_BTF=y and /sys be mounted" : "";
  return parse(readTypes(path, `the kernel's types "${path}"`, needed), path);
}

/**
 * A loaded module's types (5.11): its own, and through them the kernel's.
 * @param module With `_` where its file name has `-`.
 * @throws TetradError `unsupported` when it is not loaded, or the kernel shows no types of modules; `failed` for want of
 * descriptors or memory.
 */
export function readModuleBtf(module: string, kernel: Btf): Btf {
  if (!MODULE_NAME.test(module))
    throw new RangeError(`Cannot read the types of module "${module}": no such name`);
  const path = `${DIRECTORY}/${module}`;
  const needed = ": it must be loaded, and the kernel be Linux 5.11 or newer";
  return parse(readTypes(path, `the types of module "${module}"`, needed), path, kernel);
}

/** @param needed What a file that is not there says. Any other failure has its own cause. */
function readTypes(path: string, what: string, needed: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const found = codeOrText(cause);
    throw new TetradError(
      isShortage(cause) ? "failed" : "unsupported",
      `Cannot read ${what}: ${found}${isMissing(cause) ? needed : ""}`,
      { cause },
    );
  }
}

/**
 * A descriptor of a module's types, which a program is loaded with that attaches to the module's functions (5.11). Takes
 * `CAP_SYS_ADMIN`.
 * @returns `undefined` when there is no such module.
 * @throws SystemCallError
 */
export function openModuleBtf(module: string): Descriptor | undefined {
  for (let id = btfNextId(0); id !== undefined; id = btfNextId(id)) {
    const fd = btfById(id);
    if (fd === undefined) continue;
    const descriptor = new Descriptor(fd);
    try {
      const info = btfInfo(fd);
      if (info.isKernel && info.name === module) return descriptor;
    } catch (error) {
      descriptor[Symbol.dispose]();
      throw error;
    }
    descriptor[Symbol.dispose]();
  }
  return undefined;
}

function parse(bytes: Uint8Array, path: string, base?: Btf): Btf {
  try {
    return new Btf(bytes, base);
  } catch (cause) {
    throw new TetradError("unsupported", `Cannot read the kernel's types "${path}": ${bareMessage(cause)}`, {
      cause,
    });
  }
}
