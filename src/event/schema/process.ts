/** @module A process and what Tetragon knows of it (tetragon/tetragon.proto). */
import * as Enum from "./enum.ts";
import { openEnum } from "./enum-schema.ts";
import { identity, lastResort, message, repeated, stringMap } from "./message.ts";
import { bool, int32, string, timestamp, uint32, uint64 } from "./scalar.ts";

/** A container image. */
export const Image = message({
  id: identity,
  name: identity,
});

/** A container's security context. */
export const SecurityContext = message({
  privileged: bool,
});

/** A container of a pod. */
export const Container = message({
  id: identity,
  name: identity,
  image: Image,
  start_time: timestamp,
  pid: uint32,
  maybe_exec_probe: bool,
  security_context: SecurityContext,
});

/** The Kubernetes pod that a process runs in. */
export const Pod = message({
  namespace: identity,
  name: identity,
  uid: identity,
  container: Container,
  pod_labels: stringMap,
  workload: string,
  workload_kind: string,
  pod_annotations: stringMap,
});

/** A set of capabilities. */
export const CapabilitySet = repeated(openEnum(Enum.CapabilitiesType));

/** The capability sets of a process. */
export const Capabilities = message({
  permitted: CapabilitySet,
  effective: CapabilitySet,
  inheritable: CapabilitySet,
});

/** One Linux namespace. */
export const Namespace = message({
  inum: uint32,
  is_host: bool,
});

/** The Linux namespaces of a process. */
export const Namespaces = message({
  uts: Namespace,
  ipc: Namespace,
  mnt: Namespace,
  pid: Namespace,
  pid_for_children: Namespace,
  net: Namespace,
  time: Namespace,
  time_for_children: Namespace,
  cgroup: Namespace,
  user: Namespace,
});

/** A user namespace and its owner. */
export const UserNamespace = message({
  level: int32,
  uid: uint32,
  gid: uint32,
  ns: Namespace,
});

/** The credentials of a process. */
export const ProcessCredentials = message({
  uid: uint32,
  gid: uint32,
  euid: uint32,
  egid: uint32,
  suid: uint32,
  sgid: uint32,
  fsuid: uint32,
  fsgid: uint32,
  securebits: repeated(openEnum(Enum.SecureBitsType)),
  caps: Capabilities,
  user_ns: UserNamespace,
});

/** The inode of an executed file. */
export const InodeProperties = message({
  number: uint64,
  links: uint32,
});

/** The file that was executed. */
export const FileProperties = message({
  inode: InodeProperties,
  path: string,
});

/** What executing the binary changed. */
export const BinaryProperties = message({
  setuid: uint32,
  setgid: uint32,
  privileges_changed: repeated(openEnum(Enum.ProcessPrivilegesChanged)),
  file: FileProperties,
});

/** The user by name. */
export const UserRecord = message({
  name: string,
});

/** An environment variable. */
export const EnvVar = message({
  Key: string,
  Value: string,
});

/** A process. */
export const Process = message({
  exec_id: identity,
  pid: uint32,
  uid: uint32,
  cwd: string,
  binary: lastResort,
  arguments: string,
  flags: identity,
  start_time: timestamp,
  auid: uint32,
  pod: Pod,
  docker: identity,
  parent_exec_id: identity,
  refcnt: uint32,
  cap: Capabilities,
  ns: Namespaces,
  tid: uint32,
  process_credentials: ProcessCredentials,
  binary_properties: BinaryProperties,
  user: UserRecord,
  in_init_tree: bool,
  environment_variables: repeated(EnvVar),
});
