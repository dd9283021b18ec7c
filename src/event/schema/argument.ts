/** @module Arguments of traced functions, and stack traces (tetragon/tetragon.proto). */
import * as Enum from "./enum.ts";
import { openEnum } from "./enum-schema.ts";
import { identity, message, repeated } from "./message.ts";
import { CapabilitySet, Namespace, ProcessCredentials, UserNamespace } from "./process.ts";
import { bool, bytes, int32, int64, string, uint32, uint64 } from "./scalar.ts";

/** A socket buffer. */
export const KprobeSkb = message({
  hash: uint32,
  len: uint32,
  priority: uint32,
  mark: uint32,
  saddr: string,
  daddr: string,
  sport: uint32,
  dport: uint32,
  proto: uint32,
  sec_path_len: uint32,
  sec_path_olen: uint32,
  protocol: string,
  family: string,
});

/** A path. */
export const KprobePath = message({
  mount: string,
  path: string,
  flags: string,
  permission: string,
});

/** An open file. */
export const KprobeFile = message({
  mount: string,
  path: string,
  flags: string,
  permission: string,
});

/** Bytes that Tetragon cut. */
export const KprobeTruncatedBytes = message({
  bytes_arg: bytes,
  orig_size: uint64,
});

/** A socket. */
export const KprobeSock = message({
  family: string,
  type: string,
  protocol: string,
  mark: uint32,
  priority: uint32,
  saddr: string,
  daddr: string,
  sport: uint32,
  dport: uint32,
  cookie: uint64,
  state: string,
});

/** Capability sets as an argument. */
export const KprobeCred = message({
  permitted: CapabilitySet,
  effective: CapabilitySet,
  inheritable: CapabilitySet,
});

/** The program that bpf(2) loads. */
export const KprobeBpfAttr = message({
  ProgType: string,
  InsnCnt: uint32,
  ProgName: string,
});

/** A perf event. */
export const KprobePerfEvent = message({
  KprobeFunc: string,
  Type: string,
  Config: uint64,
  ProbeOffset: uint64,
});

/** A BPF map. */
export const KprobeBpfMap = message({
  MapType: string,
  KeySize: uint32,
  ValueSize: uint32,
  MaxEntries: uint32,
  MapName: string,
});

/** A user namespace, deprecated form. */
export const KprobeUserNamespace = message({
  level: int32,
  owner: uint32,
  group: uint32,
  ns: Namespace,
});

/** One capability. */
export const KprobeCapability = message({
  value: int32,
  name: string,
});

/** A kernel module. */
export const KernelModule = message({
  name: string,
  signature_ok: bool,
  tainted: repeated(openEnum(Enum.TaintedBitsType)),
});

/** A binary about to be executed. */
export const KprobeLinuxBinprm = message({
  path: string,
  flags: string,
  permission: string,
});

/** A network device. */
export const KprobeNetDev = message({
  name: string,
});

/** A system call. */
export const SyscallId = message({
  id: uint32,
  abi: string,
});

/** An internet socket address. */
export const KprobeSockaddr = message({
  family: string,
  addr: string,
  port: uint32,
});

/** A BPF program. */
export const KprobeBpfProg = message({
  ProgType: string,
  InsnCnt: uint32,
  ProgName: string,
});

/** Why an argument could not be read. */
export const KprobeError = message({
  Message: string,
});

/** A Unix socket address. */
export const KprobeSockaddrUn = message({
  family: string,
  path: string,
});

/** One argument or return value: one of the `*_arg` fields, and a label. */
export const KprobeArgument = message({
  string_arg: string,
  int_arg: int32,
  skb_arg: KprobeSkb,
  size_arg: uint64,
  bytes_arg: bytes,
  path_arg: KprobePath,
  file_arg: KprobeFile,
  truncated_bytes_arg: KprobeTruncatedBytes,
  sock_arg: KprobeSock,
  cred_arg: KprobeCred,
  long_arg: int64,
  bpf_attr_arg: KprobeBpfAttr,
  perf_event_arg: KprobePerfEvent,
  bpf_map_arg: KprobeBpfMap,
  uint_arg: uint32,
  user_namespace_arg: KprobeUserNamespace,
  capability_arg: KprobeCapability,
  process_credentials_arg: ProcessCredentials,
  user_ns_arg: UserNamespace,
  module_arg: KernelModule,
  kernel_cap_t_arg: string,
  cap_inheritable_arg: string,
  cap_permitted_arg: string,
  cap_effective_arg: string,
  linux_binprm_arg: KprobeLinuxBinprm,
  net_dev_arg: KprobeNetDev,
  bpf_cmd_arg: openEnum(Enum.BpfCmd),
  syscall_id: SyscallId,
  sockaddr_arg: KprobeSockaddr,
  bpf_prog_arg: KprobeBpfProg,
  error_arg: KprobeError,
  sockaddrun_arg: KprobeSockaddrUn,
  label: string,
});

/** One frame of a stack trace. */
export const StackTraceEntry = message({
  address: uint64,
  offset: uint64,
  symbol: identity,
  module: string,
});
