/** @module Opens the C library. The only place that knows its name. */
import { dlopen, type FFIFunction, type Library } from "bun:ffi";
import { TetradError } from "./error.ts";

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
  let cause: unknown;
  for (const name of LIBC_NAMES) {
    try {
      const { symbols: bound } = dlopen(name, symbols);
      opened = name;
      return bound;
    } catch (error) {
      cause = error;
    }
  }
  throw new TetradError("unsupported", `Cannot open the C library: tried ${LIBC_NAMES.join(", ")}`, {
    cause,
  });
}
