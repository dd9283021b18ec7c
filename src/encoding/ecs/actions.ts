/** @module What was done, as the schema classifies it: `event.action`, and its category and types. */

/** Of the schema's, those that events have here. */
export type Category = "driver" | "file" | "host" | "library" | "network" | "process";
/** Of the schema's, those that events have here. */
export type Type = "access" | "change" | "connection" | "creation" | "deletion" | "end" | "info" | "start";

/** What an action is. */
export interface ActionClass {
  readonly category: readonly Category[];
  readonly type: readonly Type[];
}

const is = (category: Category | readonly Category[], ...type: Type[]): ActionClass => ({
  category: typeof category === "string" ? [category] : category,
  type,
});

const OPENED = is("network", "connection", "start");
const CLOSED = is("network", "connection", "end");

/** All actions, but for types of events that nobody knows here, which are their own. */
export const ACTIONS = {
  process_exec: is("process", "start"),
  process_exit: is("process", "end"),
  // What the published integration calls the two.
  executed: is("process", "start"),
  end: is("process", "end"),
  process_kprobe: is("process", "info"),
  process_tracepoint: is("process", "info"),
  process_uprobe: is("process", "info"),
  process_usdt: is("process", "info"),
  process_lsm: is("process", "info"),
  process_throttle: is("host", "info"),
  rate_limit_info: is("host", "info"),
  test: is("host", "info"),
  library_load: is("library", "start"),
  agent_init: is("host", "start"),
  agent_refresh: is("host", "info"),
  agent_stop: is("host", "end"),
  process_clone: is("process", "start"),
  process_execve: is("process", "access"),
  process_kill: is("process", "change"),
  process_ptrace: is("process", "access"),
  process_prctl: is("process", "change"),
  process_setuid: is("process", "change"),
  process_setgid: is("process", "change"),
  process_capset: is("process", "change"),
  process_credentials: is("process", "change"),
  process_chroot: is("process", "change"),
  process_setns: is("process", "change"),
  process_unshare: is("process", "change"),
  capability_check: is("process", "access"),
  namespace_create: is("process", "change"),
  module_load: is("driver", "start"),
  module_unload: is("driver", "end"),
  module_request: is("driver", "info"),
  bpf_load: is("driver", "start"),
  bpf_map_create: is("driver", "info"),
  bpf: is("driver", "info"),
  perf_event_open: is("driver", "info"),
  socket_create: is("network", "info"),
  socket_bind: is("network", "info"),
  socket_listen: is("network", "start"),
  socket_connect: OPENED,
  socket_accept: OPENED,
  socket_close: CLOSED,
  socket_shutdown: CLOSED,
  socket_send: is("network", "connection"),
  socket_receive: is("network", "connection"),
  file_open: is("file", "access"),
  file_read: is("file", "access"),
  file_write: is("file", "change"),
  file_execute: is("file", "access"),
  file_mmap: is("file", "access"),
  file_truncate: is("file", "change"),
  file_create: is("file", "creation"),
  file_mkdir: is("file", "creation"),
  file_mknod: is("file", "creation"),
  file_link: is("file", "creation"),
  file_symlink: is("file", "creation"),
  file_unlink: is("file", "deletion"),
  file_rmdir: is("file", "deletion"),
  file_rename: is("file", "change"),
  file_chmod: is("file", "change"),
  file_chown: is("file", "change"),
  file_setattr: is("file", "change"),
  file_setxattr: is("file", "change"),
  file_removexattr: is("file", "change"),
  file_utime: is("file", "change"),
  file_stat: is("file", "access"),
  file_access: is("file", "access"),
  file_readlink: is("file", "access"),
  file_ioctl: is("file", "access"),
  file_lock: is("file", "access"),
  file_mount: is("file", "change"),
  file_umount: is("file", "change"),
} as const satisfies Record<string, ActionClass>;

/** One of {@link ACTIONS}. */
export type Action = keyof typeof ACTIONS;

/** Of a type of events that nobody knows here. */
export const UNKNOWN_ACTION: ActionClass = is("process", "info");
/** Of a call that nobody knows here, which is about a socket, or a file. */
export const ABOUT_SOCKET: ActionClass = is("network", "connection");
export const ABOUT_FILE: ActionClass = is("file", "access");

/** Whether it is one of {@link ACTIONS}. */
export function isAction(name: unknown): name is Action {
  return typeof name === "string" && Object.hasOwn(ACTIONS, name);
}

/** What an action is. */
export function classOf(action: string): ActionClass {
  return isAction(action) ? ACTIONS[action] : UNKNOWN_ACTION;
}
