/** @module Files of a kernel's file system that is mounted nowhere this process can see: in a container neither `securityfs` nor `tracefs` is. */
import { type Pointer, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { findMount, type KernelFileSystem } from "./kernel-mounts.ts";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const libc = openLibc({
  syscall: { args: ["i64", "u64", "u64", "ptr", "ptr", "u64"], returns: "i64" },
});

/** asm/unistd.h: the same on every architecture that is younger than these calls. */
const [SYS_FSOPEN, SYS_FSCONFIG, SYS_FSMOUNT] = [430, 431, 432];
/** linux/mount.h */
const [FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC] = [1, 1];
const FSCONFIG_CMD_CREATE = 6;
const [MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC] = [1, 2, 4, 8];
const ATTRIBUTES = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/** The root of the one that is kept open. */
const kept = new Map<KernelFileSystem, number>();

/**
 * Keeps a file system of that type open until this is disposed of: until then {@link withUnmounted} takes no rights.
 * @throws as {@link withUnmounted} does.
 */
export function keepUnmounted(type: KernelFileSystem): Disposable {
  const root = open(type);
  kept.set(type, root);
  return {
    [Symbol.dispose]() {
      if (kept.get(type) === root) kept.delete(type);
      closeSync(root);
    },
  };
}

/**
 * Hands a file system of that type on while `use` runs, as a directory. It is put nowhere: nobody else sees a mount.
 * @throws SystemCallError: `EPERM` without CAP_SYS_ADMIN, `ENODEV` where the kernel has none, `ENOSYS` before Linux 5.2.
 */
export function withUnmounted<T>(type: KernelFileSystem, use: (directory: string) => T): T {
  const own = kept.get(type);
  const root = own ?? open(type);
  try {
    return use(`/proc/self/fd/${root}`);
  } finally {
    if (own === undefined) closeSync(root);
  }
}

/** Hands on a file system's directory, where it is mounted or as {@link withUnmounted} does. @throws as that does. */
export function withKernelFiles<T>(type: KernelFileSystem, use: (directory: string) => T): T {
  const mounted = findMount(type);
  return mounted === undefined ? withUnmounted(type, use) : use(mounted);
}

/** @returns A descriptor of its root. */
function open(type: KernelFileSystem): number {
  const name = Buffer.from(`${type}\0`);
  const context = call("fsopen", SYS_FSOPEN, BigInt(ptr(name)), FSOPEN_CLOEXEC);
  try {
    call("fsconfig", SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE);
    return call("fsmount", SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, ATTRIBUTES);
  } finally {
    closeSync(context);
  }
}

function call(name: string, number: number, first: number | bigint, second: number, third = 0): number {
  const result = Number(libc.syscall(number, first, second, third as Pointer, null, 0));
  if (result < 0) throw new SystemCallError(name, lastErrno());
  return result;
}
