// Generated from proto/tetragon/tetragon.proto by scripts/generate/description.ts: edit there, then run "npm run generate".
import { EnumDescriptor, MessageDescriptor, field, type EnumValue } from "../descriptor.ts";
import { BpfCmd, BpfCmdEnum } from "./bpf.ts";
import { CapabilitiesType, CapabilitiesTypeEnum, ProcessPrivilegesChanged, ProcessPrivilegesChangedEnum, SecureBitsType, SecureBitsTypeEnum } from "./capabilities.ts";

/** What was done on behalf of a tracing policy. */
export const KprobeAction = {
  KPROBE_ACTION_UNKNOWN: 0,
  KPROBE_ACTION_POST: 1,
  KPROBE_ACTION_FOLLOWFD: 2,
  KPROBE_ACTION_SIGKILL: 3,
  KPROBE_ACTION_UNFOLLOWFD: 4,
  KPROBE_ACTION_OVERRIDE: 5,
  KPROBE_ACTION_COPYFD: 6,
  KPROBE_ACTION_GETURL: 7,
  KPROBE_ACTION_DNSLOOKUP: 8,
  KPROBE_ACTION_NOPOST: 9,
  KPROBE_ACTION_SIGNAL: 10,
  KPROBE_ACTION_TRACKSOCK: 11,
  KPROBE_ACTION_UNTRACKSOCK: 12,
  KPROBE_ACTION_NOTIFYENFORCER: 13,
  KPROBE_ACTION_CLEANUPENFORCERNOTIFICATION: 14,
  KPROBE_ACTION_SET: 15,
} as const;
export const KprobeActionEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.KprobeAction", KprobeAction);

/** What a health status is about. */
export const HealthStatusType = {
  HEALTH_STATUS_TYPE_UNDEF: 0,
  HEALTH_STATUS_TYPE_STATUS: 1,
} as const;
export const HealthStatusTypeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.HealthStatusType", HealthStatusType);

/** How healthy it is. */
export const HealthStatusResult = {
  HEALTH_STATUS_UNDEF: 0,
  HEALTH_STATUS_RUNNING: 1,
  HEALTH_STATUS_STOPPED: 2,
  HEALTH_STATUS_ERROR: 3,
} as const;
export const HealthStatusResultEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.HealthStatusResult", HealthStatusResult);

/** Why a kernel module taints the kernel. */
export const TaintedBitsType = {
  TAINT_UNSET: 0,
  TAINT_PROPRIETARY_MODULE: 1,
  TAINT_FORCED_MODULE: 2,
  TAINT_FORCED_UNLOAD_MODULE: 4,
  TAINT_STAGED_MODULE: 1024,
  TAINT_OUT_OF_TREE_MODULE: 4096,
  TAINT_UNSIGNED_MODULE: 8192,
  TAINT_KERNEL_LIVE_PATCH_MODULE: 32768,
  TAINT_TEST_MODULE: 262144,
} as const;
export const TaintedBitsTypeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.TaintedBitsType", TaintedBitsType);

/** A container image. */
export type Image = {
  id?: string | null | undefined;
  name?: string | null | undefined;
};
export const Image = /* @__PURE__ */ new MessageDescriptor<Image>("tetragon.Image", () => [
  field("id", 1, "string"),
  field("name", 2, "string"),
]);

/** A container's security context. */
export type SecurityContext = {
  privileged?: boolean | null | undefined;
};
export const SecurityContext = /* @__PURE__ */ new MessageDescriptor<SecurityContext>("tetragon.SecurityContext", () => [
  field("privileged", 1, "bool"),
]);

/** A container of a pod. */
export type Container = {
  id?: string | null | undefined;
  name?: string | null | undefined;
  image?: Image | null | undefined;
  start_time?: string | null | undefined;
  pid?: number | string | null | undefined;
  maybe_exec_probe?: boolean | null | undefined;
  security_context?: SecurityContext | null | undefined;
};
export const Container = /* @__PURE__ */ new MessageDescriptor<Container>("tetragon.Container", () => [
  field("id", 1, "string"),
  field("name", 2, "string"),
  field("image", 3, Image),
  field("start_time", 4, "timestamp"),
  field("pid", 5, "uint32", { wrapped: true }),
  field("maybe_exec_probe", 13, "bool"),
  field("security_context", 14, SecurityContext),
]);

/** The Kubernetes pod that a process runs in. */
export type Pod = {
  namespace?: string | null | undefined;
  name?: string | null | undefined;
  uid?: string | null | undefined;
  container?: Container | null | undefined;
  pod_labels?: Record<string, string> | null | undefined;
  workload?: string | null | undefined;
  workload_kind?: string | null | undefined;
  pod_annotations?: Record<string, string> | null | undefined;
};
export const Pod = /* @__PURE__ */ new MessageDescriptor<Pod>("tetragon.Pod", () => [
  field("namespace", 1, "string"),
  field("name", 2, "string"),
  field("uid", 3, "string"),
  field("container", 4, Container),
  field("pod_labels", 5, "string", { map: "string" }),
  field("workload", 6, "string"),
  field("workload_kind", 7, "string"),
  field("pod_annotations", 8, "string", { map: "string" }),
]);

/** The capability sets of a process. */
export type Capabilities = {
  permitted?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  effective?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  inheritable?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
};
export const Capabilities = /* @__PURE__ */ new MessageDescriptor<Capabilities>("tetragon.Capabilities", () => [
  field("permitted", 1, CapabilitiesTypeEnum, { repeated: true }),
  field("effective", 2, CapabilitiesTypeEnum, { repeated: true }),
  field("inheritable", 3, CapabilitiesTypeEnum, { repeated: true }),
]);

/** One Linux namespace. */
export type Namespace = {
  inum?: number | string | null | undefined;
  is_host?: boolean | null | undefined;
};
export const Namespace = /* @__PURE__ */ new MessageDescriptor<Namespace>("tetragon.Namespace", () => [
  field("inum", 1, "uint32"),
  field("is_host", 2, "bool"),
]);

/** The Linux namespaces of a process. */
export type Namespaces = {
  uts?: Namespace | null | undefined;
  ipc?: Namespace | null | undefined;
  mnt?: Namespace | null | undefined;
  pid?: Namespace | null | undefined;
  pid_for_children?: Namespace | null | undefined;
  net?: Namespace | null | undefined;
  time?: Namespace | null | undefined;
  time_for_children?: Namespace | null | undefined;
  cgroup?: Namespace | null | undefined;
  user?: Namespace | null | undefined;
};
export const Namespaces = /* @__PURE__ */ new MessageDescriptor<Namespaces>("tetragon.Namespaces", () => [
  field("uts", 1, Namespace),
  field("ipc", 2, Namespace),
  field("mnt", 3, Namespace),
  field("pid", 4, Namespace),
  field("pid_for_children", 5, Namespace),
  field("net", 6, Namespace),
  field("time", 7, Namespace),
  field("time_for_children", 8, Namespace),
  field("cgroup", 9, Namespace),
  field("user", 10, Namespace),
]);

/** A user namespace and its owner. */
export type UserNamespace = {
  level?: number | string | null | undefined;
  uid?: number | string | null | undefined;
  gid?: number | string | null | undefined;
  ns?: Namespace | null | undefined;
};
export const UserNamespace = /* @__PURE__ */ new MessageDescriptor<UserNamespace>("tetragon.UserNamespace", () => [
  field("level", 1, "int32", { wrapped: true }),
  field("uid", 2, "uint32", { wrapped: true }),
  field("gid", 3, "uint32", { wrapped: true }),
  field("ns", 4, Namespace),
]);

/** The credentials of a process. */
export type ProcessCredentials = {
  uid?: number | string | null | undefined;
  gid?: number | string | null | undefined;
  euid?: number | string | null | undefined;
  egid?: number | string | null | undefined;
  suid?: number | string | null | undefined;
  sgid?: number | string | null | undefined;
  fsuid?: number | string | null | undefined;
  fsgid?: number | string | null | undefined;
  securebits?: (EnumValue<typeof SecureBitsType>)[] | null | undefined;
  caps?: Capabilities | null | undefined;
  user_ns?: UserNamespace | null | undefined;
};
export const ProcessCredentials = /* @__PURE__ */ new MessageDescriptor<ProcessCredentials>("tetragon.ProcessCredentials", () => [
  field("uid", 1, "uint32", { wrapped: true }),
  field("gid", 2, "uint32", { wrapped: true }),
  field("euid", 3, "uint32", { wrapped: true }),
  field("egid", 4, "uint32", { wrapped: true }),
  field("suid", 5, "uint32", { wrapped: true }),
  field("sgid", 6, "uint32", { wrapped: true }),
  field("fsuid", 7, "uint32", { wrapped: true }),
  field("fsgid", 8, "uint32", { wrapped: true }),
  field("securebits", 9, SecureBitsTypeEnum, { repeated: true }),
  field("caps", 10, Capabilities),
  field("user_ns", 11, UserNamespace),
]);

/** The inode of an executed file. */
export type InodeProperties = {
  number?: number | string | null | undefined;
  links?: number | string | null | undefined;
};
export const InodeProperties = /* @__PURE__ */ new MessageDescriptor<InodeProperties>("tetragon.InodeProperties", () => [
  field("number", 1, "uint64"),
  field("links", 2, "uint32", { wrapped: true }),
]);

/** The file that was executed. */
export type FileProperties = {
  inode?: InodeProperties | null | undefined;
  path?: string | null | undefined;
};
export const FileProperties = /* @__PURE__ */ new MessageDescriptor<FileProperties>("tetragon.FileProperties", () => [
  field("inode", 1, InodeProperties),
  field("path", 2, "string"),
]);

/** What executing the binary changed. */
export type BinaryProperties = {
  setuid?: number | string | null | undefined;
  setgid?: number | string | null | undefined;
  privileges_changed?: (EnumValue<typeof ProcessPrivilegesChanged>)[] | null | undefined;
  file?: FileProperties | null | undefined;
};
export const BinaryProperties = /* @__PURE__ */ new MessageDescriptor<BinaryProperties>("tetragon.BinaryProperties", () => [
  field("setuid", 1, "uint32", { wrapped: true }),
  field("setgid", 2, "uint32", { wrapped: true }),
  field("privileges_changed", 3, ProcessPrivilegesChangedEnum, { repeated: true }),
  field("file", 4, FileProperties),
]);

/** The user by name. */
export type UserRecord = {
  name?: string | null | undefined;
};
export const UserRecord = /* @__PURE__ */ new MessageDescriptor<UserRecord>("tetragon.UserRecord", () => [
  field("name", 1, "string"),
]);

/** An environment variable. */
export type EnvVar = {
  Key?: string | null | undefined;
  Value?: string | null | undefined;
};
export const EnvVar = /* @__PURE__ */ new MessageDescriptor<EnvVar>("tetragon.EnvVar", () => [
  field("Key", 1, "string"),
  field("Value", 2, "string"),
]);

/** A process. */
export type Process = {
  exec_id?: string | null | undefined;
  pid?: number | string | null | undefined;
  uid?: number | string | null | undefined;
  cwd?: string | null | undefined;
  binary?: string | null | undefined;
  arguments?: string | null | undefined;
  flags?: string | null | undefined;
  start_time?: string | null | undefined;
  auid?: number | string | null | undefined;
  pod?: Pod | null | undefined;
  docker?: string | null | undefined;
  parent_exec_id?: string | null | undefined;
  refcnt?: number | string | null | undefined;
  cap?: Capabilities | null | undefined;
  ns?: Namespaces | null | undefined;
  tid?: number | string | null | undefined;
  process_credentials?: ProcessCredentials | null | undefined;
  binary_properties?: BinaryProperties | null | undefined;
  user?: UserRecord | null | undefined;
  in_init_tree?: boolean | null | undefined;
  environment_variables?: EnvVar[] | null | undefined;
};
export const Process = /* @__PURE__ */ new MessageDescriptor<Process>("tetragon.Process", () => [
  field("exec_id", 1, "string"),
  field("pid", 2, "uint32", { wrapped: true }),
  field("uid", 3, "uint32", { wrapped: true }),
  field("cwd", 4, "string"),
  field("binary", 5, "string"),
  field("arguments", 6, "string"),
  field("flags", 7, "string"),
  field("start_time", 8, "timestamp"),
  field("auid", 9, "uint32", { wrapped: true }),
  field("pod", 10, Pod),
  field("docker", 11, "string"),
  field("parent_exec_id", 12, "string"),
  field("refcnt", 13, "uint32"),
  field("cap", 14, Capabilities),
  field("ns", 15, Namespaces),
  field("tid", 16, "uint32", { wrapped: true }),
  field("process_credentials", 17, ProcessCredentials),
  field("binary_properties", 18, BinaryProperties),
  field("user", 19, UserRecord),
  field("in_init_tree", 20, "bool", { wrapped: true }),
  field("environment_variables", 21, EnvVar, { repeated: true }),
]);

/** A program was executed. */
export type ProcessExec = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  ancestors?: Process[] | null | undefined;
};
export const ProcessExec = /* @__PURE__ */ new MessageDescriptor<ProcessExec>("tetragon.ProcessExec", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("ancestors", 3, Process, { repeated: true }),
]);

/** A process ended. */
export type ProcessExit = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  signal?: string | null | undefined;
  status?: number | string | null | undefined;
  time?: string | null | undefined;
  ancestors?: Process[] | null | undefined;
};
export const ProcessExit = /* @__PURE__ */ new MessageDescriptor<ProcessExit>("tetragon.ProcessExit", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("signal", 3, "string"),
  field("status", 4, "uint32"),
  field("time", 5, "timestamp"),
  field("ancestors", 6, Process, { repeated: true }),
]);

/** A socket. */
export type KprobeSock = {
  family?: string | null | undefined;
  type?: string | null | undefined;
  protocol?: string | null | undefined;
  mark?: number | string | null | undefined;
  priority?: number | string | null | undefined;
  saddr?: string | null | undefined;
  daddr?: string | null | undefined;
  sport?: number | string | null | undefined;
  dport?: number | string | null | undefined;
  cookie?: number | string | null | undefined;
  state?: string | null | undefined;
};
export const KprobeSock = /* @__PURE__ */ new MessageDescriptor<KprobeSock>("tetragon.KprobeSock", () => [
  field("family", 1, "string"),
  field("type", 2, "string"),
  field("protocol", 3, "string"),
  field("mark", 4, "uint32"),
  field("priority", 5, "uint32"),
  field("saddr", 6, "string"),
  field("daddr", 7, "string"),
  field("sport", 8, "uint32"),
  field("dport", 9, "uint32"),
  field("cookie", 10, "uint64"),
  field("state", 11, "string"),
]);

/** A socket buffer. */
export type KprobeSkb = {
  hash?: number | string | null | undefined;
  len?: number | string | null | undefined;
  priority?: number | string | null | undefined;
  mark?: number | string | null | undefined;
  saddr?: string | null | undefined;
  daddr?: string | null | undefined;
  sport?: number | string | null | undefined;
  dport?: number | string | null | undefined;
  proto?: number | string | null | undefined;
  sec_path_len?: number | string | null | undefined;
  sec_path_olen?: number | string | null | undefined;
  protocol?: string | null | undefined;
  family?: string | null | undefined;
};
export const KprobeSkb = /* @__PURE__ */ new MessageDescriptor<KprobeSkb>("tetragon.KprobeSkb", () => [
  field("hash", 1, "uint32"),
  field("len", 2, "uint32"),
  field("priority", 3, "uint32"),
  field("mark", 4, "uint32"),
  field("saddr", 5, "string"),
  field("daddr", 6, "string"),
  field("sport", 7, "uint32"),
  field("dport", 8, "uint32"),
  field("proto", 9, "uint32"),
  field("sec_path_len", 10, "uint32"),
  field("sec_path_olen", 11, "uint32"),
  field("protocol", 12, "string"),
  field("family", 13, "string"),
]);

/** An internet socket address. */
export type KprobeSockaddr = {
  family?: string | null | undefined;
  addr?: string | null | undefined;
  port?: number | string | null | undefined;
};
export const KprobeSockaddr = /* @__PURE__ */ new MessageDescriptor<KprobeSockaddr>("tetragon.KprobeSockaddr", () => [
  field("family", 1, "string"),
  field("addr", 2, "string"),
  field("port", 3, "uint32"),
]);

/** A Unix socket address. */
export type KprobeSockaddrUn = {
  family?: string | null | undefined;
  path?: string | null | undefined;
};
export const KprobeSockaddrUn = /* @__PURE__ */ new MessageDescriptor<KprobeSockaddrUn>("tetragon.KprobeSockaddrUn", () => [
  field("family", 1, "string"),
  field("path", 2, "string"),
]);

/** A network device. */
export type KprobeNetDev = {
  name?: string | null | undefined;
};
export const KprobeNetDev = /* @__PURE__ */ new MessageDescriptor<KprobeNetDev>("tetragon.KprobeNetDev", () => [
  field("name", 1, "string"),
]);

/** A path. */
export type KprobePath = {
  mount?: string | null | undefined;
  path?: string | null | undefined;
  flags?: string | null | undefined;
  permission?: string | null | undefined;
};
export const KprobePath = /* @__PURE__ */ new MessageDescriptor<KprobePath>("tetragon.KprobePath", () => [
  field("mount", 1, "string"),
  field("path", 2, "string"),
  field("flags", 3, "string"),
  field("permission", 4, "string"),
]);

/** An open file. */
export type KprobeFile = {
  mount?: string | null | undefined;
  path?: string | null | undefined;
  flags?: string | null | undefined;
  permission?: string | null | undefined;
};
export const KprobeFile = /* @__PURE__ */ new MessageDescriptor<KprobeFile>("tetragon.KprobeFile", () => [
  field("mount", 1, "string"),
  field("path", 2, "string"),
  field("flags", 3, "string"),
  field("permission", 4, "string"),
]);

/** Bytes that Tetragon cut. */
export type KprobeTruncatedBytes = {
  bytes_arg?: string | null | undefined;
  orig_size?: number | string | null | undefined;
};
export const KprobeTruncatedBytes = /* @__PURE__ */ new MessageDescriptor<KprobeTruncatedBytes>("tetragon.KprobeTruncatedBytes", () => [
  field("bytes_arg", 1, "bytes"),
  field("orig_size", 2, "uint64"),
]);

/** Capability sets as an argument. */
export type KprobeCred = {
  permitted?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  effective?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  inheritable?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
};
export const KprobeCred = /* @__PURE__ */ new MessageDescriptor<KprobeCred>("tetragon.KprobeCred", () => [
  field("permitted", 1, CapabilitiesTypeEnum, { repeated: true }),
  field("effective", 2, CapabilitiesTypeEnum, { repeated: true }),
  field("inheritable", 3, CapabilitiesTypeEnum, { repeated: true }),
]);

/** A binary about to be executed. */
export type KprobeLinuxBinprm = {
  path?: string | null | undefined;
  flags?: string | null | undefined;
  permission?: string | null | undefined;
};
export const KprobeLinuxBinprm = /* @__PURE__ */ new MessageDescriptor<KprobeLinuxBinprm>("tetragon.KprobeLinuxBinprm", () => [
  field("path", 1, "string"),
  field("flags", 2, "string"),
  field("permission", 3, "string"),
]);

/** One capability. */
export type KprobeCapability = {
  value?: number | string | null | undefined;
  name?: string | null | undefined;
};
export const KprobeCapability = /* @__PURE__ */ new MessageDescriptor<KprobeCapability>("tetragon.KprobeCapability", () => [
  field("value", 1, "int32", { wrapped: true }),
  field("name", 2, "string"),
]);

/** A user namespace, deprecated form. */
export type KprobeUserNamespace = {
  level?: number | string | null | undefined;
  owner?: number | string | null | undefined;
  group?: number | string | null | undefined;
  ns?: Namespace | null | undefined;
};
export const KprobeUserNamespace = /* @__PURE__ */ new MessageDescriptor<KprobeUserNamespace>("tetragon.KprobeUserNamespace", () => [
  field("level", 1, "int32", { wrapped: true }),
  field("owner", 2, "uint32", { wrapped: true }),
  field("group", 3, "uint32", { wrapped: true }),
  field("ns", 4, Namespace),
]);

/** The program that bpf(2) loads. */
export type KprobeBpfAttr = {
  ProgType?: string | null | undefined;
  InsnCnt?: number | string | null | undefined;
  ProgName?: string | null | undefined;
};
export const KprobeBpfAttr = /* @__PURE__ */ new MessageDescriptor<KprobeBpfAttr>("tetragon.KprobeBpfAttr", () => [
  field("ProgType", 1, "string"),
  field("InsnCnt", 2, "uint32"),
  field("ProgName", 3, "string"),
]);

/** A BPF program. */
export type KprobeBpfProg = {
  ProgType?: string | null | undefined;
  InsnCnt?: number | string | null | undefined;
  ProgName?: string | null | undefined;
};
export const KprobeBpfProg = /* @__PURE__ */ new MessageDescriptor<KprobeBpfProg>("tetragon.KprobeBpfProg", () => [
  field("ProgType", 1, "string"),
  field("InsnCnt", 2, "uint32"),
  field("ProgName", 3, "string"),
]);

/** A perf event. */
export type KprobePerfEvent = {
  KprobeFunc?: string | null | undefined;
  Type?: string | null | undefined;
  Config?: number | string | null | undefined;
  ProbeOffset?: number | string | null | undefined;
};
export const KprobePerfEvent = /* @__PURE__ */ new MessageDescriptor<KprobePerfEvent>("tetragon.KprobePerfEvent", () => [
  field("KprobeFunc", 1, "string"),
  field("Type", 2, "string"),
  field("Config", 3, "uint64"),
  field("ProbeOffset", 4, "uint64"),
]);

/** A BPF map. */
export type KprobeBpfMap = {
  MapType?: string | null | undefined;
  KeySize?: number | string | null | undefined;
  ValueSize?: number | string | null | undefined;
  MaxEntries?: number | string | null | undefined;
  MapName?: string | null | undefined;
};
export const KprobeBpfMap = /* @__PURE__ */ new MessageDescriptor<KprobeBpfMap>("tetragon.KprobeBpfMap", () => [
  field("MapType", 1, "string"),
  field("KeySize", 2, "uint32"),
  field("ValueSize", 3, "uint32"),
  field("MaxEntries", 4, "uint32"),
  field("MapName", 5, "string"),
]);

/** Why an argument could not be read. */
export type KprobeError = {
  Message?: string | null | undefined;
};
export const KprobeError = /* @__PURE__ */ new MessageDescriptor<KprobeError>("tetragon.KprobeError", () => [
  field("Message", 1, "string"),
]);

/** A system call. */
export type SyscallId = {
  id?: number | string | null | undefined;
  abi?: string | null | undefined;
};
export const SyscallId = /* @__PURE__ */ new MessageDescriptor<SyscallId>("tetragon.SyscallId", () => [
  field("id", 1, "uint32"),
  field("abi", 2, "string"),
]);

/** One argument or return value. */
export type KprobeArgument = {
  string_arg?: string | null | undefined;
  int_arg?: number | string | null | undefined;
  skb_arg?: KprobeSkb | null | undefined;
  size_arg?: number | string | null | undefined;
  bytes_arg?: string | null | undefined;
  path_arg?: KprobePath | null | undefined;
  file_arg?: KprobeFile | null | undefined;
  truncated_bytes_arg?: KprobeTruncatedBytes | null | undefined;
  sock_arg?: KprobeSock | null | undefined;
  cred_arg?: KprobeCred | null | undefined;
  long_arg?: number | string | null | undefined;
  bpf_attr_arg?: KprobeBpfAttr | null | undefined;
  perf_event_arg?: KprobePerfEvent | null | undefined;
  bpf_map_arg?: KprobeBpfMap | null | undefined;
  uint_arg?: number | string | null | undefined;
  user_namespace_arg?: KprobeUserNamespace | null | undefined;
  capability_arg?: KprobeCapability | null | undefined;
  process_credentials_arg?: ProcessCredentials | null | undefined;
  user_ns_arg?: UserNamespace | null | undefined;
  module_arg?: KernelModule | null | undefined;
  kernel_cap_t_arg?: string | null | undefined;
  cap_inheritable_arg?: string | null | undefined;
  cap_permitted_arg?: string | null | undefined;
  cap_effective_arg?: string | null | undefined;
  linux_binprm_arg?: KprobeLinuxBinprm | null | undefined;
  net_dev_arg?: KprobeNetDev | null | undefined;
  bpf_cmd_arg?: EnumValue<typeof BpfCmd> | null | undefined;
  syscall_id?: SyscallId | null | undefined;
  sockaddr_arg?: KprobeSockaddr | null | undefined;
  bpf_prog_arg?: KprobeBpfProg | null | undefined;
  error_arg?: KprobeError | null | undefined;
  sockaddrun_arg?: KprobeSockaddrUn | null | undefined;
  label?: string | null | undefined;
};
export const KprobeArgument = /* @__PURE__ */ new MessageDescriptor<KprobeArgument>("tetragon.KprobeArgument", () => [
  field("string_arg", 1, "string", { oneof: "arg" }),
  field("int_arg", 2, "int32", { oneof: "arg" }),
  field("skb_arg", 3, KprobeSkb, { oneof: "arg" }),
  field("size_arg", 4, "uint64", { oneof: "arg" }),
  field("bytes_arg", 5, "bytes", { oneof: "arg" }),
  field("path_arg", 6, KprobePath, { oneof: "arg" }),
  field("file_arg", 7, KprobeFile, { oneof: "arg" }),
  field("truncated_bytes_arg", 8, KprobeTruncatedBytes, { oneof: "arg" }),
  field("sock_arg", 9, KprobeSock, { oneof: "arg" }),
  field("cred_arg", 10, KprobeCred, { oneof: "arg" }),
  field("long_arg", 11, "int64", { oneof: "arg" }),
  field("bpf_attr_arg", 12, KprobeBpfAttr, { oneof: "arg" }),
  field("perf_event_arg", 13, KprobePerfEvent, { oneof: "arg" }),
  field("bpf_map_arg", 14, KprobeBpfMap, { oneof: "arg" }),
  field("uint_arg", 15, "uint32", { oneof: "arg" }),
  field("user_namespace_arg", 16, KprobeUserNamespace, { oneof: "arg", deprecated: true }),
  field("capability_arg", 17, KprobeCapability, { oneof: "arg" }),
  field("process_credentials_arg", 19, ProcessCredentials, { oneof: "arg" }),
  field("user_ns_arg", 20, UserNamespace, { oneof: "arg" }),
  field("module_arg", 21, KernelModule, { oneof: "arg" }),
  field("kernel_cap_t_arg", 22, "string", { oneof: "arg" }),
  field("cap_inheritable_arg", 23, "string", { oneof: "arg" }),
  field("cap_permitted_arg", 24, "string", { oneof: "arg" }),
  field("cap_effective_arg", 25, "string", { oneof: "arg" }),
  field("linux_binprm_arg", 26, KprobeLinuxBinprm, { oneof: "arg" }),
  field("net_dev_arg", 27, KprobeNetDev, { oneof: "arg" }),
  field("bpf_cmd_arg", 28, BpfCmdEnum, { oneof: "arg" }),
  field("syscall_id", 29, SyscallId, { oneof: "arg" }),
  field("sockaddr_arg", 30, KprobeSockaddr, { oneof: "arg" }),
  field("bpf_prog_arg", 31, KprobeBpfProg, { oneof: "arg" }),
  field("error_arg", 32, KprobeError, { oneof: "arg" }),
  field("sockaddrun_arg", 33, KprobeSockaddrUn, { oneof: "arg" }),
  field("label", 18, "string"),
]);

/** A kernel function was called. */
export type ProcessKprobe = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  function_name?: string | null | undefined;
  args?: KprobeArgument[] | null | undefined;
  return?: KprobeArgument | null | undefined;
  action?: EnumValue<typeof KprobeAction> | null | undefined;
  kernel_stack_trace?: StackTraceEntry[] | null | undefined;
  policy_name?: string | null | undefined;
  return_action?: EnumValue<typeof KprobeAction> | null | undefined;
  message?: string | null | undefined;
  tags?: string[] | null | undefined;
  user_stack_trace?: StackTraceEntry[] | null | undefined;
  ancestors?: Process[] | null | undefined;
  data?: KprobeArgument[] | null | undefined;
};
export const ProcessKprobe = /* @__PURE__ */ new MessageDescriptor<ProcessKprobe>("tetragon.ProcessKprobe", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("function_name", 3, "string"),
  field("args", 4, KprobeArgument, { repeated: true }),
  field("return", 5, KprobeArgument),
  field("action", 6, KprobeActionEnum),
  field("kernel_stack_trace", 7, StackTraceEntry, { repeated: true }),
  field("policy_name", 8, "string"),
  field("return_action", 9, KprobeActionEnum),
  field("message", 10, "string"),
  field("tags", 11, "string", { repeated: true }),
  field("user_stack_trace", 12, StackTraceEntry, { repeated: true }),
  field("ancestors", 13, Process, { repeated: true }),
  field("data", 14, KprobeArgument, { repeated: true }),
]);

/** A kernel tracepoint was hit. */
export type ProcessTracepoint = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  subsys?: string | null | undefined;
  event?: string | null | undefined;
  args?: KprobeArgument[] | null | undefined;
  policy_name?: string | null | undefined;
  action?: EnumValue<typeof KprobeAction> | null | undefined;
  message?: string | null | undefined;
  tags?: string[] | null | undefined;
  ancestors?: Process[] | null | undefined;
};
export const ProcessTracepoint = /* @__PURE__ */ new MessageDescriptor<ProcessTracepoint>("tetragon.ProcessTracepoint", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("subsys", 4, "string"),
  field("event", 5, "string"),
  field("args", 6, KprobeArgument, { repeated: true }),
  field("policy_name", 7, "string"),
  field("action", 8, KprobeActionEnum),
  field("message", 9, "string"),
  field("tags", 10, "string", { repeated: true }),
  field("ancestors", 11, Process, { repeated: true }),
]);

/** A user space function was called. */
export type ProcessUprobe = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  path?: string | null | undefined;
  symbol?: string | null | undefined;
  policy_name?: string | null | undefined;
  message?: string | null | undefined;
  args?: KprobeArgument[] | null | undefined;
  tags?: string[] | null | undefined;
  ancestors?: Process[] | null | undefined;
  offset?: number | string | null | undefined;
  ref_ctr_offset?: number | string | null | undefined;
  action?: EnumValue<typeof KprobeAction> | null | undefined;
  data?: KprobeArgument[] | null | undefined;
};
export const ProcessUprobe = /* @__PURE__ */ new MessageDescriptor<ProcessUprobe>("tetragon.ProcessUprobe", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("path", 3, "string"),
  field("symbol", 4, "string"),
  field("policy_name", 5, "string"),
  field("message", 6, "string"),
  field("args", 7, KprobeArgument, { repeated: true }),
  field("tags", 8, "string", { repeated: true }),
  field("ancestors", 9, Process, { repeated: true }),
  field("offset", 10, "uint64"),
  field("ref_ctr_offset", 11, "uint64"),
  field("action", 12, KprobeActionEnum),
  field("data", 13, KprobeArgument, { repeated: true }),
]);

/** A user space tracepoint was hit. */
export type ProcessUsdt = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  path?: string | null | undefined;
  provider?: string | null | undefined;
  name?: string | null | undefined;
  policy_name?: string | null | undefined;
  message?: string | null | undefined;
  args?: KprobeArgument[] | null | undefined;
  tags?: string[] | null | undefined;
  ancestors?: Process[] | null | undefined;
  action?: EnumValue<typeof KprobeAction> | null | undefined;
  flags?: string | null | undefined;
};
export const ProcessUsdt = /* @__PURE__ */ new MessageDescriptor<ProcessUsdt>("tetragon.ProcessUsdt", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("path", 3, "string"),
  field("provider", 4, "string"),
  field("name", 5, "string"),
  field("policy_name", 6, "string"),
  field("message", 7, "string"),
  field("args", 8, KprobeArgument, { repeated: true }),
  field("tags", 9, "string", { repeated: true }),
  field("ancestors", 10, Process, { repeated: true }),
  field("action", 11, KprobeActionEnum),
  field("flags", 12, "string"),
]);

/** An LSM hook was called. */
export type ProcessLsm = {
  process?: Process | null | undefined;
  parent?: Process | null | undefined;
  function_name?: string | null | undefined;
  policy_name?: string | null | undefined;
  message?: string | null | undefined;
  args?: KprobeArgument[] | null | undefined;
  action?: EnumValue<typeof KprobeAction> | null | undefined;
  tags?: string[] | null | undefined;
  ancestors?: Process[] | null | undefined;
  ima_hash?: string | null | undefined;
};
export const ProcessLsm = /* @__PURE__ */ new MessageDescriptor<ProcessLsm>("tetragon.ProcessLsm", () => [
  field("process", 1, Process),
  field("parent", 2, Process),
  field("function_name", 3, "string"),
  field("policy_name", 5, "string"),
  field("message", 6, "string"),
  field("args", 7, KprobeArgument, { repeated: true }),
  field("action", 8, KprobeActionEnum),
  field("tags", 9, "string", { repeated: true }),
  field("ancestors", 10, Process, { repeated: true }),
  field("ima_hash", 11, "string"),
]);

/** A kernel module. */
export type KernelModule = {
  name?: string | null | undefined;
  signature_ok?: boolean | null | undefined;
  tainted?: (EnumValue<typeof TaintedBitsType>)[] | null | undefined;
};
export const KernelModule = /* @__PURE__ */ new MessageDescriptor<KernelModule>("tetragon.KernelModule", () => [
  field("name", 1, "string"),
  field("signature_ok", 2, "bool", { wrapped: true }),
  field("tainted", 3, TaintedBitsTypeEnum, { repeated: true }),
]);

/** Tetragon's test event. */
export type Test = {
  arg0?: number | string | null | undefined;
  arg1?: number | string | null | undefined;
  arg2?: number | string | null | undefined;
  arg3?: number | string | null | undefined;
};
export const Test = /* @__PURE__ */ new MessageDescriptor<Test>("tetragon.Test", () => [
  field("arg0", 1, "uint64"),
  field("arg1", 2, "uint64"),
  field("arg2", 3, "uint64"),
  field("arg3", 4, "uint64"),
]);

/** Which health statuses are asked for. */
export type GetHealthStatusRequest = {
  event_set?: (EnumValue<typeof HealthStatusType>)[] | null | undefined;
};
export const GetHealthStatusRequest = /* @__PURE__ */ new MessageDescriptor<GetHealthStatusRequest>("tetragon.GetHealthStatusRequest", () => [
  field("event_set", 1, HealthStatusTypeEnum, { repeated: true }),
]);

/** One health status. */
export type HealthStatus = {
  event?: EnumValue<typeof HealthStatusType> | null | undefined;
  status?: EnumValue<typeof HealthStatusResult> | null | undefined;
  details?: string | null | undefined;
};
export const HealthStatus = /* @__PURE__ */ new MessageDescriptor<HealthStatus>("tetragon.HealthStatus", () => [
  field("event", 1, HealthStatusTypeEnum),
  field("status", 2, HealthStatusResultEnum),
  field("details", 3, "string"),
]);

/** The health statuses. */
export type GetHealthStatusResponse = {
  health_status?: HealthStatus[] | null | undefined;
};
export const GetHealthStatusResponse = /* @__PURE__ */ new MessageDescriptor<GetHealthStatusResponse>("tetragon.GetHealthStatusResponse", () => [
  field("health_status", 1, HealthStatus, { repeated: true }),
]);

/** A binary or library was loaded. */
export type ProcessLoader = {
  process?: Process | null | undefined;
  path?: string | null | undefined;
  buildid?: string | null | undefined;
  parent?: Process | null | undefined;
  ancestors?: Process[] | null | undefined;
};
export const ProcessLoader = /* @__PURE__ */ new MessageDescriptor<ProcessLoader>("tetragon.ProcessLoader", () => [
  field("process", 1, Process),
  field("path", 2, "string"),
  field("buildid", 3, "bytes"),
  field("parent", 4, Process),
  field("ancestors", 5, Process, { repeated: true }),
]);

/** What a hook of the container runtime reports. */
export type RuntimeHookRequest = {
  createContainer?: CreateContainer | null | undefined;
};
export const RuntimeHookRequest = /* @__PURE__ */ new MessageDescriptor<RuntimeHookRequest>("tetragon.RuntimeHookRequest", () => [
  field("createContainer", 1, CreateContainer, { oneof: "event" }),
]);

/** The report arrived. */
export type RuntimeHookResponse = object;
export const RuntimeHookResponse = /* @__PURE__ */ new MessageDescriptor<RuntimeHookResponse>("tetragon.RuntimeHookResponse", () => []);

/** A mount of a container. */
export type Mount = {
  destination?: string | null | undefined;
  type?: string | null | undefined;
  source?: string | null | undefined;
  options?: string[] | null | undefined;
};
export const Mount = /* @__PURE__ */ new MessageDescriptor<Mount>("tetragon.Mount", () => [
  field("destination", 1, "string"),
  field("type", 2, "string"),
  field("source", 3, "string"),
  field("options", 4, "string", { repeated: true }),
]);

/** A container is about to be created. */
export type CreateContainer = {
  cgroupsPath?: string | null | undefined;
  rootDir?: string | null | undefined;
  annotations?: Record<string, string> | null | undefined;
  containerName?: string | null | undefined;
  containerID?: string | null | undefined;
  podName?: string | null | undefined;
  podUID?: string | null | undefined;
  podNamespace?: string | null | undefined;
  containerImage?: string | null | undefined;
  mounts?: Mount[] | null | undefined;
};
export const CreateContainer = /* @__PURE__ */ new MessageDescriptor<CreateContainer>("tetragon.CreateContainer", () => [
  field("cgroupsPath", 1, "string"),
  field("rootDir", 2, "string"),
  field("annotations", 3, "string", { map: "string" }),
  field("containerName", 4, "string"),
  field("containerID", 5, "string"),
  field("podName", 6, "string"),
  field("podUID", 7, "string"),
  field("podNamespace", 8, "string"),
  field("containerImage", 9, "string"),
  field("mounts", 10, Mount, { repeated: true }),
]);

/** One frame of a stack trace. */
export type StackTraceEntry = {
  address?: number | string | null | undefined;
  offset?: number | string | null | undefined;
  symbol?: string | null | undefined;
  module?: string | null | undefined;
};
export const StackTraceEntry = /* @__PURE__ */ new MessageDescriptor<StackTraceEntry>("tetragon.StackTraceEntry", () => [
  field("address", 1, "uint64"),
  field("offset", 2, "uint64"),
  field("symbol", 3, "string"),
  field("module", 4, "string"),
]);
