/**
 * @module The system calls that a running agent has no use for, and somebody who took it over would.
 *
 * Numbers are those of asm/unistd_64.h (x86-64) and asm-generic/unistd.h (arm64); `undefined` where there is no such call.
 */

/** A number for each architecture. */
export type CallNumbers = readonly [x64: number | undefined, arm64: number | undefined];

/** Refused whatever their arguments. */
export const REFUSED_CALLS: Readonly<Record<string, CallNumbers>> = {
  // Another program. The agent starts none.
  execve: [59, 221],
  execveat: [322, 281],
  fork: [57, undefined],
  vfork: [58, undefined],
  // Other processes' memory, descriptors and signals.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  pidfd_send_signal: [424, 424],
  // The kernel's own code, memory and counters.
  create_module: [174, undefined],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  query_module: [178, undefined],
  get_kernel_syms: [177, undefined],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  userfaultfd: [323, 282],
  syslog: [103, 116],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  modify_ldt: [154, undefined],
  lookup_dcookie: [212, 18],
  // What file systems, names and processes are there: mounts and namespaces.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  // Files without their path, devices, and events of whole file systems.
  open_by_handle_at: [304, 265],
  mknod: [133, undefined],
  mknodat: [259, 33],
  fanotify_init: [300, 262],
  // Calls that no filter sees: their operations are in memory.
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  // Memory and messages that outlive whoever made them.
  shmget: [29, 194],
  msgget: [68, 186],
  semget: [64, 190],
  mq_open: [240, 180],
  // Where the memory of processes lies.
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  // Keys of the kernel's key rings.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // Who the process is.
  setuid: [105, 146],
  setgid: [106, 144],
  setreuid: [113, 145],
  setregid: [114, 143],
  setgroups: [116, 159],
  setresuid: [117, 147],
  setresgid: [119, 149],
  setfsuid: [122, 151],
  setfsgid: [123, 152],
  // The whole host: clock, name, swap, accounting, power.
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  reboot: [169, 142],
  vhangup: [153, 58],
  // What is left of old times.
  personality: [135, 92],
  uselib: [134, undefined],
  sysfs: [139, undefined],
  ustat: [136, undefined],
  _sysctl: [156, undefined],
  nfsservctl: [180, 42],
};

/** Allowed with some arguments only. */
export const CONDITIONAL_CALLS = {
  /** Threads, and no processes. */
  clone: [56, 220],
  /** Its flags are in memory, where no filter sees them. C libraries fall back to `clone`. */
  clone3: [435, 435],
  /** To this process only: the agent may be of the same user as others. */
  kill: [62, 129],
  tgkill: [234, 131],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  /** It names a thread, of which a filter cannot tell whose it is. */
  tkill: [200, 130],
  /** Of this process only. */
  prlimit64: [302, 261],
  /** Without those that have the kernel signal another process once a file is ready. */
  fcntl: [72, 25],
  ioctl: [16, 29],
  /** Of this process or thread only: others of the same user would have no processor time left. */
  setpriority: [141, 140],
  ioprio_set: [251, 30],
  sched_setparam: [142, 118],
  sched_setscheduler: [144, 119],
  sched_setaffinity: [203, 122],
  sched_setattr: [314, 274],
  socket: [41, 198],
  bpf: [321, 280],
  /** Files in memory, which count as nobody's: not by a process that is watched for its memory. */
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  /** It attaches programs. */
  perf_event_open: [298, 241],
} as const satisfies Record<string, CallNumbers>;

/** The last one that this list knows: `file_setattr`, Linux 6.17. */
export const LAST_KNOWN_CALL = 469;
