/** @module What is done while an example is loaded, and what it must post then. */

/** A script for bash, and what each of some events must look like. */
export interface Stimulus {
  readonly run: string;
  /** Patterns of `FUNCTION BINARY ARGUMENTS ACTION`, arguments as JSON: each matches an event at least. */
  readonly posts: readonly RegExp[];
}

const python = (...lines: readonly string[]) =>
  `python3 -c '${["import ctypes, os, socket, struct", ...lines].join("\n")}'`;
const call = (text: string) => python(`ctypes.CDLL(None).${text}`);

/** A connection over loopback, a byte through it. */
const CONNECTION = python(
  'server = socket.create_server(("127.0.0.1", 0))',
  "client = socket.create_connection(server.getsockname())",
  "peer, _ = server.accept()",
  'client.send(b"x"); peer.recv(1); client.close(); peer.close()',
);
const DATAGRAM = python('socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9999))');
/** A connection that is refused, to an address outside of private networks. */
const OUTSIDE = python('socket.socket().connect_ex(("192.0.2.1", 9))');
const EXECUTION = "cat /etc/passwd > /dev/null";
const CREATE_MAP = python(
  'attributes = struct.pack("IIII", 1, 4, 8, 16) + bytes(100)',
  "ctypes.CDLL(None).syscall(321, 0, attributes, len(attributes))",
);
const UNPRIVILEGED = "setpriv --reuid=1000 --clear-groups";
const SETUID = python("os.setuid(0)");
/** Other credentials than those of the execution before: the same ones again are beyond a rate limit. */
const SETUID_1000 = python("os.setuid(1000)");
const DUP = python("c = ctypes.CDLL(None); c.dup2(c.dup(0), 9)");

/** From a file that is not compressed: another one is unpacked by the program, and then the kernel reads none. */
const MODULE: Stimulus = {
  run: `file=$(modinfo -n dummy)
case $file in *.xz) xz -dc "$file" > /srv/dummy.ko;; *) cp "$file" /srv/dummy.ko;; esac
insmod /srv/dummy.ko; rmmod dummy`,
  posts: [/^security_kernel_read_file \/usr\/bin\/kmod .*"\/srv\/dummy\.ko".*"int_arg":2/],
};
const MAP: Stimulus = {
  run: CREATE_MAP,
  posts: [/^security_bpf_map_(alloc|create) .*python3.*BPF_MAP_TYPE_HASH/],
};
const TO_OUTSIDE: Stimulus = { run: OUTSIDE, posts: [/^tcp_connect .*python3.*"daddr":"192\.0\.2\.1"/] };
const ALL_OF_TCP: Stimulus = {
  run: CONNECTION,
  posts: [/^tcp_connect .*python3.*127\.0\.0\.1/, /^tcp_sendmsg .*"int_arg":1/, /^tcp_close .*python3/],
};

/** By file. Without one, a policy asks for what a test has not: another namespace's number, programs that it filters by. */
export const STIMULI: Readonly<Record<string, Stimulus>> = {
  "tracingpolicy/uprobe-binaries.yaml": {
    run: "bash -c ':'",
    posts: [/^\/lib64\/libc\.so\.6:malloc \/usr\/bin\/bash/],
  },
  "tracingpolicy/uprobe-host.yaml": {
    run: "bash -c ':'",
    posts: [/^\/procRoot\/1\/root\/usr\/bin\/bash:_start \/usr\/bin\/bash/],
  },
  "tracingpolicy/uprobe.yaml": { run: "bash -c ':'", posts: [/^\/bin\/bash:main \/usr\/bin\/bash/] },
  "tracingpolicy/usdt.yaml": {
    run: "/home/jolsa/tetragon/contrib/tester-progs/usdt 7 9",
    posts: [/usdt:test:usdt3 .*"int_arg":7.*"long_arg":"9"/],
  },
  "tracingpolicy/usdt-set.yaml": {
    run: "/home/jolsa/tetragon/contrib/tester-progs/usdt-override 7",
    posts: [/usdt-override:tetragon:test_4B .*"int_arg":7.*KPROBE_ACTION_SET overridden/],
  },
  "policylibrary/bpf.yaml": MAP,
  "policylibrary/egress.yaml": TO_OUTSIDE,
  "policylibrary/modules.yaml": MODULE,
  "policylibrary/privileges/privileges-raise.yaml": {
    run: SETUID,
    posts: [/^__sys_setuid .*python3.*"int_arg":0/],
  },
  "policylibrary/privileges/privileges-setuid-root.yaml": {
    run: SETUID,
    posts: [/^__sys_setuid .*python3.*"int_arg":0/],
  },
  "policylibrary/sshd.yaml": { run: CONNECTION, posts: [/^tcp_close .*python3/] },
  "quickstart/file_monitoring.yaml": {
    run: "cat /etc/shadow > /dev/null; echo >> /etc/made",
    posts: [
      /^security_file_permission \/usr\/bin\/cat .*"\/etc\/shadow".*"int_arg":4/,
      /^security_file_permission \/usr\/bin\/bash .*"\/etc\/made".*"int_arg":2/,
    ],
  },
  "quickstart/network_egress_cluster.yaml": TO_OUTSIDE,
  "tracingpolicy/bpf.yaml": MAP,
  "tracingpolicy/cves/cve-2024-3094-xz-ssh.yaml": {
    run: `cp /usr/bin/python3 /usr/sbin/sshd; cp /bin/true /srv/liblzma.so.5.6.0
/usr/sbin/sshd -c 'import mmap; f = open("/srv/liblzma.so.5.6.0"); mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)'`,
    posts: [/^security_mmap_file \/usr\/sbin\/sshd .*liblzma\.so\.5\.6\.0/],
  },
  "tracingpolicy/datagram_518.yaml": {
    run: DATAGRAM,
    posts: [/^ip_output .*python3.*"daddr":"127\.0\.0\.1".*IPPROTO_UDP/],
  },
  "tracingpolicy/dev_hard_start_xmit.yaml": { run: DATAGRAM, posts: [/^dev_hard_start_xmit .*"lo"/] },
  "tracingpolicy/dns-only-specified-servers.yaml": {
    run: python('socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))'),
    posts: [/^ip_output .*python3.*"dport":53.*SIGKILL signal_sent$/],
  },
  "tracingpolicy/fd_install_cap_changes.yaml": {
    run: `${UNPRIVILEGED} unshare -Ur true`,
    posts: [/^fd_install \/usr\/bin\/unshare .*file_arg/],
  },
  "tracingpolicy/fd_install_caps.yaml": {
    run: `unshare -Ur ${EXECUTION}`,
    posts: [/^fd_install \/usr\/bin\/cat .*"\/etc\/passwd"/],
  },
  "tracingpolicy/fd_install_ns_host.yaml": {
    run: EXECUTION,
    posts: [/^fd_install \/usr\/bin\/cat .*"\/etc\/passwd"/],
  },
  "tracingpolicy/filename_monitoring.yaml": {
    run: EXECUTION,
    posts: [/^security_file_permission \/usr\/bin\/cat .*"\/etc\/passwd"/],
  },
  "tracingpolicy/filename_monitoring_filtered.yaml": {
    run: `${EXECUTION}; echo >> /etc/passwd`,
    posts: [/^security_file_permission \/usr\/bin\/bash .*"\/etc\/passwd".*"int_arg":2/],
  },
  "tracingpolicy/hardlink-observe.yaml": {
    run: "ln /etc/passwd /etc/passwd2; rm -f /etc/passwd2",
    posts: [/sys_linkat \/usr\/bin\/ln .*"\/etc\/passwd".*"\/etc\/passwd2"/],
  },
  "tracingpolicy/host-changes/monitor-kernel-modules.yaml": {
    run: MODULE.run,
    posts: [
      ...MODULE.posts,
      /^do_init_module \/usr\/bin\/kmod .*"dummy"/,
      /^free_module \/usr\/bin\/kmod .*"dummy"/,
    ],
  },
  "tracingpolicy/kprobe_commit_creds.yaml": { run: SETUID, posts: [/^commit_creds .*python3.*"uid":0/] },
  "tracingpolicy/list-generated-ftrace.yaml": {
    run: "/usr/bin/kill -L",
    posts: [/^ksys_write \/usr\/bin\/kill /],
  },
  "tracingpolicy/list-syscalls-generated.yaml": {
    run: "/usr/bin/kill -L",
    posts: [/sys_write \/usr\/bin\/kill /, /sys_exit_group \/usr\/bin\/kill /],
  },
  "tracingpolicy/list-syscalls-tracepoint.yaml": {
    run: DUP,
    posts: [/^raw_syscalls:sys_enter .*python3.*"32"/],
  },
  "tracingpolicy/list-syscalls.yaml": { run: DUP, posts: [/sys_dup .*python3/, /sys_dup2 .*python3/] },
  "tracingpolicy/open_dnsrequest.yaml": {
    run: EXECUTION,
    posts: [/^fd_install \/usr\/bin\/cat .*KPROBE_ACTION_DNSLOOKUP/],
  },
  "tracingpolicy/open_geturl.yaml": {
    run: EXECUTION,
    posts: [/^fd_install \/usr\/bin\/cat .*KPROBE_ACTION_GETURL/],
  },
  "tracingpolicy/openat_write.yaml": {
    run: `${EXECUTION}; echo >> /etc/passwd`,
    posts: [/sys_openat \/usr\/bin\/bash .*"\/etc\/passwd"/],
  },
  "tracingpolicy/override-security.yaml": {
    run: "mkdir /srv/refused",
    posts: [/^security_inode_mkdir \/usr\/bin\/mkdir .*OVERRIDE overridden$/],
  },
  "tracingpolicy/process-credentials/creds-capability-usage.yaml": {
    run: "unshare -pf chroot / /bin/true",
    posts: [/^cap_capable .*user_ns_arg.*capability_arg/],
  },
  "tracingpolicy/process-credentials/process-creds-changed.yaml": {
    run: `unshare -pf ${SETUID_1000}`,
    posts: [/^commit_creds .*python3.*"uid":1000,/],
  },
  "tracingpolicy/process-credentials/process-creds-installed.yaml": {
    run: `unshare -pf ${SETUID_1000}`,
    posts: [/^commit_creds .*python3.*"uid":1000,/],
  },
  "tracingpolicy/process-credentials/process.credentials.changes.at.syscalls.yaml": {
    run: `unshare -pf ${SETUID}`,
    posts: [/sys_setuid .*python3.*"int_arg":0/],
  },
  "tracingpolicy/process-exec/process-exec-elf-begin.yaml": {
    run: EXECUTION,
    posts: [/^security_bprm_creds_from_file .*"\/usr\/bin\/cat"/],
  },
  "tracingpolicy/raw_syscalls.yaml": {
    run: EXECUTION,
    posts: [/^raw_syscalls:sys_enter \/usr\/bin\/cat .*"syscall_id":\{"id":231,/],
  },
  "tracingpolicy/rawtp.yaml": {
    run: EXECUTION,
    posts: [/^sched:sched_process_exec .*"\/(?:usr\/)?bin\/cat"/],
  },
  "tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace.yaml": {
    run: `${UNPRIVILEGED} unshare -U true; true`,
    posts: [/^create_user_ns \/usr\/bin\/unshare .*SIGKILL signal_sent$/],
  },
  "tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace_in_pid_namespace.yaml": {
    run: `unshare -pf ${UNPRIVILEGED} unshare -U true; true`,
    posts: [/^create_user_ns \/usr\/bin\/unshare .*SIGKILL signal_sent$/],
  },
  "tracingpolicy/security-socket-connect-block-others.yaml": {
    run: "/usr/bin/curl -s -m 60 http://127.0.0.1:9/; true",
    posts: [/^security_socket_connect \/usr\/bin\/curl .*"addr":"127\.0\.0\.1".*OVERRIDE overridden$/],
  },
  "tracingpolicy/security-socket-connect.yaml": {
    run: CONNECTION,
    posts: [/^security_socket_connect .*python3.*"addr":"127\.0\.0\.1"/],
  },
  "tracingpolicy/security_bprm_check.yaml": {
    run: "cp /bin/true /usr/bin/sample-exec; /usr/bin/sample-exec",
    posts: [/^security_bprm_check .*"\/usr\/bin\/sample-exec"/],
  },
  "tracingpolicy/security_inode_follow_link.yaml": {
    run: "ln -s /etc/passwd /srv/link; cat /srv/link > /dev/null; rm /srv/link",
    posts: [/^security_inode_follow_link \/usr\/bin\/cat .*link"/],
  },
  "tracingpolicy/stack_traces.yaml": {
    run: OUTSIDE,
    posts: [/^kfree_skb_reason .*skb_arg/],
  },
  "tracingpolicy/symlink-observe.yaml": {
    run: "ln -s /etc/passwd /srv/link; rm /srv/link",
    posts: [/sys_symlinkat \/usr\/bin\/ln .*"\/etc\/passwd".*"\/srv\/link"/],
  },
  "tracingpolicy/sys_mount.yaml": {
    run: "mount -t tmpfs none /mnt; umount /mnt",
    posts: [/sys_mount \/usr\/bin\/mount .*"none".*"\/mnt"/],
  },
  "tracingpolicy/sys_ptrace.yaml": {
    run: call("ptrace(0, 0, 7, 0)"),
    posts: [/sys_ptrace .*python3.*"int_arg":7/],
  },
  "tracingpolicy/sys_setuid.yaml": { run: SETUID, posts: [/sys_setuid .*python3.*"int_arg":0/] },
  "tracingpolicy/tcp-accept.yaml": { run: CONNECTION, posts: [/^tcp_set_state .*python3.*TCP_SYN_RECV/] },
  "tracingpolicy/tcp-connect-only-local-addrs.yaml": {
    run: "/usr/bin/curl -s -m 60 http://192.0.2.1:9/; true",
    posts: [/^tcp_connect \/usr\/bin\/curl .*"192\.0\.2\.1".*SIGKILL signal_sent$/],
  },
  "tracingpolicy/tcp-connect-only-private-addrs.yaml": {
    run: `${CONNECTION}; ${OUTSIDE}; true`,
    posts: [/^tcp_connect .*python3.*"192\.0\.2\.1".*SIGKILL signal_sent$/],
  },
  "tracingpolicy/tcp-connect-with-selectors.yaml": ALL_OF_TCP,
  "tracingpolicy/tcp-connect.yaml": ALL_OF_TCP,
  "tracingpolicy/tcp-listen.yaml": {
    run: python('socket.create_server(("127.0.0.1", 1337))'),
    posts: [/^inet_csk_listen_start .*python3.*"sport":1337/],
  },
  "tracingpolicy/tty.yaml": {
    run: 'script -qc "echo hello" /dev/null < /dev/null',
    posts: [/^tty_write .*"bytes_arg":"aGVsbG8/],
  },
};
