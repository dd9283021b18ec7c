/** @module The few calls on files that a start needs before its first datagram, without `node:fs`. */
import { type Pointer, ptr, read } from "bun:ffi";
import { openLibc } from "./libc.ts";

const F_OK = 0;
const ENOENT = 2;
const ENOTDIR = 20;
/** asm-generic/fcntl.h: `O_RDONLY | O_CLOEXEC`, the same for x86-64 and arm64. */
const FLAGS = 0o2000000;
/** More than any file of /proc that is read here. */
const SMALL_BYTES = 4096;
/** `struct utsname` of Linux: six texts of 65 bytes, of which the second and third are name and release. */
const UTSNAME_BYTES = 6 * 65;

const libc = openLibc({
  access: { args: ["ptr", "i32"], returns: "i32" },
  open: { args: ["ptr", "i32"], returns: "i32" },
  read: { args: ["i32", "ptr", "u64"], returns: "i32" },
  write: { args: ["i32", "ptr", "u64"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  uname: { args: ["ptr"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Whether there is nothing at `path`. What cannot be looked at may be there. */
export function isAbsent(path: string): boolean {
  if (libc.access(ptr(encoder.encode(`${path}\0`)), F_OK) === 0) return false;
  const errno = read.i32(libc.__errno_location() as Pointer, 0);
  return errno === ENOENT || errno === ENOTDIR;
}

/** The beginning of a file, 4 KiB at most; `undefined` where it cannot be read. */
export function readSmallFile(path: string): string | undefined {
  const fd = libc.open(ptr(encoder.encode(`${path}\0`)), FLAGS);
  if (fd < 0) return undefined;
  const bytes = new Uint8Array(SMALL_BYTES);
  const length = libc.read(fd, ptr(bytes), SMALL_BYTES);
  libc.close(fd);
  return length < 0 ? undefined : decoder.decode(bytes.subarray(0, length));
}

/** Writes to a descriptor by one call (write(2)). @returns How many bytes it took, or -1. */
export function writeText(fd: number, text: string): number {
  const bytes = encoder.encode(text);
  return libc.write(fd, ptr(bytes), bytes.length);
}

/** Host name and kernel release (uname(2)), `undefined` where a container's runtime forbids the call. */
export function readUname(): { readonly hostname: string; readonly release: string } | undefined {
  const bytes = new Uint8Array(UTSNAME_BYTES);
  if (libc.uname(ptr(bytes)) !== 0) return undefined;
  const text = (at: number) => decoder.decode(bytes.subarray(at, bytes.indexOf(0, at)));
  return { hostname: text(65), release: text(130) };
}
