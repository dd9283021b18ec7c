/** @module Namespaces of running processes, by inode number. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { ioctl, SystemCallError } from "./system-call.ts";

/** `_IO(0xb7, 0x2)` of `<linux/nsfs.h>` */
const NS_GET_PARENT = 0xb702;

/**
 * Inode numbers of a process's PID namespace and of those around it, innermost first, as far out as the
 * caller may see.
 * @throws An error of `open(2)` when there is no such process.
 */
export function pidNamespaces(pid: number, procfs = "/proc"): number[] {
  const inodes: number[] = [];
  let fd = openSync(`${procfs}/${pid}/ns/pid`, "r");
  for (;;) {
    inodes.push(fstatSync(fd).ino);
    try {
      const parent = ioctl(fd, NS_GET_PARENT);
      closeSync(fd);
      fd = parent;
    } catch (error) {
      closeSync(fd);
      // EPERM: the parent lies outside the caller's own namespace; ENOTTY: a hierarchy that has none.
      if (error instanceof SystemCallError) return inodes;
      throw error;
    }
  }
}
