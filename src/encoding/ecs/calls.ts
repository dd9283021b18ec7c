/** @module What a call in the kernel does, by the name of its function, system call or LSM hook. */
import type { Action } from "./actions.ts";

/**
 * What stands before the name of what is done: `__x64_sys_openat`, `sys_enter_openat` and `do_sys_openat2` open a file,
 * `security_file_open`, `bpf_lsm_file_open` and the hook `file_open` do, too.
 */
export const PREFIX =
  /^(?:__(?:x64|ia32|arm64|riscv|s390x|se|do)_(?:compat_)?sys_|__sys_|do_sys_|ksys_|(?:compat_)?sys_(?:enter_|exit_)?|security_|bpf_lsm_|__?vfs_|vfs_|do_)/;

/** By what is done. A name that stands here with its prefix is that alone. */
const NAMES: Readonly<Partial<Record<Action, string>>> = {
  file_open: "open openat openat2 filp_open file_open fd_install dentry_open file_receive",
  file_read:
    "read pread64 readv preadv preadv2 kernel_read_file kernel_post_read_file getdents getdents64 inode_readdir iterate_dir",
  file_write: "write pwrite64 writev pwritev pwritev2 iter_write fallocate",
  file_mmap: "mmap mmap_file mmap_pgoff mprotect file_mprotect",
  file_truncate: "truncate ftruncate path_truncate file_truncate truncate64 ftruncate64",
  file_create: "creat create inode_create path_create",
  file_mkdir: "mkdir mkdirat path_mkdir inode_mkdir mkdir_at",
  file_mknod: "mknod mknodat path_mknod inode_mknod",
  file_link: "link linkat path_link inode_link",
  file_symlink: "symlink symlinkat path_symlink inode_symlink",
  file_unlink: "unlink unlinkat path_unlink inode_unlink",
  file_rmdir: "rmdir path_rmdir inode_rmdir",
  file_rename: "rename renameat renameat2 path_rename inode_rename renameat2_at",
  file_chmod: "chmod fchmod fchmodat fchmodat2 path_chmod chmod_common",
  file_chown: "chown fchown lchown fchownat path_chown chown_common",
  file_setattr: "inode_setattr notify_change",
  file_setxattr: "setxattr lsetxattr fsetxattr setxattrat inode_setxattr",
  file_removexattr: "removexattr lremovexattr fremovexattr removexattrat inode_removexattr",
  file_utime: "utime utimes utimensat futimesat utimes_common",
  file_stat: "stat lstat fstat newstat newlstat newfstat newfstatat statx getattr inode_getattr",
  file_access: "access faccessat faccessat2",
  file_readlink: "readlink readlinkat inode_readlink",
  file_ioctl: "ioctl file_ioctl file_ioctl_compat file_fcntl fcntl",
  file_lock: "flock file_lock",
  file_mount: "mount path_mount sb_mount move_mount fsmount sb_pivotroot pivot_root",
  file_umount: "umount umount2 oldumount path_umount sb_umount",
  process_clone: "clone clone3 fork vfork kernel_clone copy_process wake_up_new_task task_alloc",
  process_execve:
    "execve execveat execveat_common bprm_execve bprm_check bprm_check_security bprm_creds_for_exec bprm_creds_from_file bprm_committing_creds bprm_committed_creds open_execat",
  process_kill:
    "kill tkill tgkill task_kill send_sig_info group_send_sig_info rt_sigqueueinfo pidfd_send_signal",
  process_ptrace: "ptrace ptrace_access_check ptrace_traceme ptrace_attach",
  process_prctl: "prctl task_prctl arch_prctl",
  process_setuid: "setuid setreuid setresuid setfsuid task_fix_setuid",
  process_setgid: "setgid setregid setresgid setfsgid task_fix_setgid setgroups task_fix_setgroups",
  process_capset: "capset",
  process_credentials: "commit_creds override_creds prepare_creds",
  process_chroot: "chroot path_chroot",
  process_setns: "setns switch_task_namespaces",
  process_unshare: "unshare ksys_unshare",
  capability_check: "capable cap_capable ns_capable",
  namespace_create: "create_user_ns userns_create create_new_namespaces",
  module_load: "init_module finit_module do_init_module find_module_sections load_module",
  module_unload: "delete_module free_module",
  module_request: "kernel_module_request __request_module request_module",
  bpf_load: "bpf_check bpf_prog_load bpf_prog bpf_prog_alloc",
  bpf_map_create: "bpf_map map_create bpf_map_create bpf_map_alloc",
  bpf: "bpf",
  perf_event_open: "perf_event_open perf_event_alloc",
  socket_create: "socket socketpair socket_create socket_post_create sock_create",
  socket_bind: "bind inet_bind inet6_bind socket_bind",
  socket_listen: "listen inet_listen inet_csk_listen_start socket_listen",
  socket_connect:
    "connect tcp_connect tcp_v4_connect tcp_v6_connect inet_stream_connect inet_dgram_connect udp_connect socket_connect ip4_datagram_connect ip6_datagram_connect",
  socket_accept: "accept accept4 inet_accept inet_csk_accept socket_accept inet_csk_clone_lock",
  socket_close: "tcp_close inet_release inet6_release inet_csk_destroy_sock udp_destroy_sock sock_release",
  socket_shutdown: "shutdown inet_shutdown tcp_shutdown socket_shutdown",
  socket_send:
    "send sendto sendmsg sendmmsg tcp_sendmsg tcp_sendmsg_locked udp_sendmsg udpv6_sendmsg sock_sendmsg socket_sendmsg tcp_sendpage",
  socket_receive:
    "recv recvfrom recvmsg recvmmsg tcp_recvmsg udp_recvmsg udpv6_recvmsg sock_recvmsg socket_recvmsg tcp_cleanup_rbuf sock_rcv_skb socket_sock_rcv_skb",
};

export const CALL_ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries(NAMES).flatMap(([action, names]) =>
    names.split(" ").map((name) => [name, action as Action]),
  ),
);

/** Hooks that say by a number what is done with a file. */
export const MASKED_CALLS: ReadonlySet<string> = new Set(["file_permission", "inode_permission"]);

/** `MAY_*` of `<linux/fs.h>` */
const MAY = { execute: 1, write: 2, read: 4, append: 8 } as const;

/** The names of system calls that take a file, or two, by a text. */
export const TAKES_PATH = /^file_(?!mount|umount)|^process_(?:execve|chroot)$/;

/** What a call does. */
export interface Call {
  readonly action: Action | undefined;
  /** Whether a number among the arguments says what is done: {@link actionOfMask}. */
  readonly hasMask: boolean;
  /** Whether a text among the arguments may be a path. */
  readonly takesPath: boolean;
}

const NOTHING: Call = { action: undefined, hasMask: false, takesPath: false };
/** Names come from outside. */
const MAX_KNOWN = 1024;
const known = new Map<string, Call>();

/** What the call of that name does. */
export function callOf(name: string): Call {
  const found = known.get(name);
  if (found !== undefined) return found;
  const call = makeCall(name);
  if (known.size === MAX_KNOWN) known.clear();
  known.set(name, call);
  return call;
}

function makeCall(name: string): Call {
  const stem = CALL_ACTIONS.has(name) ? name : name.replace(PREFIX, "");
  if (MASKED_CALLS.has(stem)) return { action: "file_access", hasMask: true, takesPath: false };
  const action = CALL_ACTIONS.get(stem);
  if (action === undefined) return NOTHING;
  const isSyscall = stem !== name && !/^(?:security_|bpf_lsm_|__?vfs_|vfs_)/.test(name);
  return { action, hasMask: false, takesPath: isSyscall && TAKES_PATH.test(action) };
}

/** What is done with a file where the kernel asks whether that may be done: the most that it asks for. */
export function actionOfMask(mask: number): Action {
  if ((mask & (MAY.write | MAY.append)) !== 0) return "file_write";
  if ((mask & MAY.read) !== 0) return "file_read";
  return (mask & MAY.execute) !== 0 ? "file_execute" : "file_access";
}
