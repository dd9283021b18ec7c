/** @module Opens the C library. The only place that knows its name. */
import { dlopen, type FFIFunction, type Library } from "bun:ffi";
import { errorMessage } from "./caught.ts";
import { TetradError } from "./error.ts";
import { fs } from "./fs.ts";

const NO_COMPILER = "Cannot call the C library: bun:ffi requires the JIT, and that needs";
const EXECUTABLE =
  "memory that can be made executable (systemd: MemoryDenyWriteExecute=no; SELinux: execmem)";

/** glibc's SONAME, then musl's. */
const LIBC_NAMES = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

let opened: string | undefined;

/** Whether the library that was opened is glibc. */
export function hasGlibc(): boolean {
  return opened === LIBC_NAMES[0];
}

/**
 * Functions of the C library, bound with the given types.
 * @throws TetradError `unsupported` when no C library can be opened.
 */
export function openLibc<Symbols extends Record<string, FFIFunction>>(
  symbols: Symbols,
): Library<Symbols>["symbols"] {
  const tried: string[] = [];
  let cause: unknown;
  for (const name of LIBC_NAMES) {
    try {
      const { symbols: bound } = dlopen(name, symbols);
      opened = name;
      return bound;
    } catch (error) {
      cause ??= error;
      tried.push(`${name} (${errorMessage(error)})`);
    }
  }
  // Without a compiler no function of any library can be called, found or not.
  if (errorMessage(cause).includes("JIT")) throw new TetradError("unsupported", withoutCompiler(), { cause });
  throw new TetradError("unsupported", `Cannot open the C library: tried ${tried.join(", ")}`, { cause });
}

/** The JIT says only that it is missing; the limit is asked for where no function can be called. */
function withoutCompiler(): string {
  const limit = /^Max address space +(\d+)/m.exec(limitsOfProcess())?.[1];
  if (limit === undefined) return `${NO_COMPILER} ${EXECUTABLE}`;
  return `${NO_COMPILER} more address space than the limit of ${limit} bytes leaves (ulimit -v; systemd: LimitAS), or else ${EXECUTABLE}`;
}

function limitsOfProcess(): string {
  try {
    return fs().readFileSync("/proc/self/limits", "latin1");
  } catch {
    return "";
  }
}
