/**
 * @module Files of others, opened so that nothing can wait and nothing else is touched: found below a directory that no link leads out of,
 * in the directory's own file system, and only where that is one of this host's disks or memory. Whose answers a process gives (FUSE), or
 * another host, is not asked anything.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const libc = openLibc({ syscall: { args: ["i64", "i64", "ptr", "ptr", "i64"], returns: "i64" } });

/** On all machines. */
const SYS_OPENAT2 = 437;
const HOW_SIZE = 24;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** Of `<linux/openat2.h>`. */
const RESOLVE = { NO_XDEV: 0x01, NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04, IN_ROOT: 0x10 } as const;

/** File systems whose answers come from this host's kernel, its disks and its memory. */
const LOCAL = new Set(
  "overlay ext2 ext3 ext4 xfs btrfs zfs f2fs bcachefs jfs reiserfs tmpfs ramfs rootfs squashfs erofs iso9660 vfat exfat ntfs3 aufs".split(
    " ",
  ),
);
/** Bytes of `mountinfo` that are looked through: a node with 250 pods has a quarter of that. */
const MOUNTS_SIZE = 1 << 20;

/** A directory that files are found below. To be closed. */
export interface OpenedRoot {
  readonly fd: number;
  /** What it is mounted as. */
  readonly type: string;
}

/**
 * Opens the root directory of a process, and asks nobody about it.
 * @returns `undefined` where it is in a file system that is not this host's own, or nobody can tell.
 * @throws the system's error when there is no such process, or it may not be looked at.
 */
export function openProcessRoot(procfs: string, pid: number): OpenedRoot | undefined {
  const fd = openSync(`${procfs}/${pid}/root`, O_PATH | constants.O_DIRECTORY);
  try {
    const type = mountType(fd, `${procfs}/${pid}/mountinfo`);
    if (type !== undefined && LOCAL.has(type)) return { fd, type };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

/**
 * Opens a regular file for reading.
 * @param path From that root, whichever links there are in it.
 * @throws SystemCallError where there is none, or it is in another file system than the root; SyntaxError when it is no regular file.
 */
export function openInRoot({ fd: root }: OpenedRoot, path: string): number {
  const resolve = RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_XDEV;
  return openPlace(openat2(root, path, resolve));
}

/** @param place Is closed then. */
function openPlace(place: number): number {
  try {
    // Whoever the file belongs to may have put a pipe or a device in its place, which are not even opened.
    if (!fstatSync(place).isFile()) throw new SyntaxError("Cannot read file: expected a regular file");
    return openSync(`/proc/self/fd/${place}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } finally {
    closeSync(place);
  }
}

/** File systems that ask a process, or another host, which may never answer. */
const ASKING = /^(?:fuse|nfs|cifs|smb|ceph|afs|coda|lustre|gluster|orangefs|pvfs|autofs)/;

/**
 * Opens a regular file for reading as a process sees it, on whichever of its mounts that asks nobody.
 * @param path As the kernel has it: without links.
 * @throws the system's error when it cannot be opened; SyntaxError when it is no regular file, or somebody would have to be asked for it.
 */
export function openLocalFile(process: string, path: string): number {
  const mounts = readBegin(`${process}/mountinfo`);
  if (mounts.length >= MOUNTS_SIZE || mounts.split("\n").some((line) => isAskedAt(line, path)))
    throw new SyntaxError("Cannot read file: it is in no file system of this host's own");
  const root = openSync(`${process}/root`, O_PATH | constants.O_DIRECTORY);
  try {
    return openPlace(openat2(root, path, RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_SYMLINKS));
  } finally {
    closeSync(root);
  }
}

/** Whether a path leads through a mount that asks. */
function isAskedAt(mount: string, path: string): boolean {
  const [, type] = / - (\S+) /.exec(mount) ?? [];
  if (type === undefined || !ASKING.test(type)) return false;
  const written = mount.split(" ")[4] ?? "/";
  const at = written.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  const latin = Buffer.from(path).toString("latin1");
  return at === "/" || latin === at || latin.startsWith(`${at}/`);
}

function openat2(root: number, path: string, resolve: number): number {
  const how = new DataView(new ArrayBuffer(HOW_SIZE));
  how.setBigUint64(0, BigInt(O_PATH | O_CLOEXEC), true);
  how.setBigUint64(16, BigInt(resolve), true);
  const text = Buffer.from(`${path}\0`);
  const fd = Number(libc.syscall(SYS_OPENAT2, root, text, new Uint8Array(how.buffer), HOW_SIZE));
  if (fd < 0) throw new SystemCallError("openat2", lastErrno());
  return fd;
}

/** The type of the file system that something is in, by the mounts of a process. */
function mountType(fd: number, mountinfo: string): string | undefined {
  const [, mount] = /^mnt_id:\s*(\d+)$/m.exec(readBegin(`/proc/self/fdinfo/${fd}`)) ?? [];
  if (mount === undefined) return undefined;
  const line = readBegin(mountinfo)
    .split("\n")
    .find((each) => each.startsWith(`${mount} `));
  return line === undefined ? undefined : / - (\S+) /.exec(line)?.[1];
}

function readBegin(path: string): string {
  const fd = openSync(path, "r");
  try {
    let text = "";
    const piece = Buffer.allocUnsafe(1 << 13);
    for (let count = 1; count > 0 && text.length < MOUNTS_SIZE; text += piece.toString("latin1", 0, count))
      count = readSync(fd, piece);
    return text;
  } finally {
    closeSync(fd);
  }
}
