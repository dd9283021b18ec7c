/**
 * @module The types that arguments of hooks may have, as data: which field of an event they fill, and which operators
 * look at them. How one is read in the kernel is the compiler's business, how it is printed the decoder's.
 */

/**
 * What operators take a type for. `integer`: of a width and a sign. `capabilities`: a set of 64 bits. `string`: bytes.
 * `file`: a path, and the type of the file. `network`: addresses, ports, protocol. `none`: nothing can be asked of it.
 */
export type OperandClass = "integer" | "capabilities" | "string" | "file" | "network" | "none";

/** What is known of a type. */
export interface ArgumentType {
  /** The member of `KprobeArgument` that holds it; none of what prints nothing. */
  readonly field: string | undefined;
  readonly operands: OperandClass;
  /** Of integers: bytes that are compared. */
  readonly size?: 1 | 2 | 4 | 8;
  readonly isSigned?: boolean;
  /** Whether it also works at tracepoints that are not raw. */
  readonly isOfTracepoints: boolean;
  /** Whether no document has it: of hooks that the agent makes itself. */
  readonly isInternal?: true;
}

const integer = (
  size: 1 | 2 | 4 | 8,
  isSigned: boolean,
  field: "int_arg" | "uint_arg" | "long_arg" | "size_arg",
): ArgumentType => ({ field, operands: "integer", size, isSigned, isOfTracepoints: true });

const other = (
  field: string | undefined,
  operands: OperandClass = "none",
  isOfTracepoints = false,
): ArgumentType => ({ field, operands, isOfTracepoints });

/** All types. `auto` stands in documents only. */
export const ARGUMENT_TYPES = {
  int: integer(4, true, "int_arg"),
  int32: integer(4, true, "int_arg"),
  sint32: integer(4, true, "int_arg"),
  int16: integer(2, true, "int_arg"),
  sint16: integer(2, true, "int_arg"),
  int8: integer(1, true, "int_arg"),
  sint8: integer(1, true, "int_arg"),
  uint32: integer(4, false, "uint_arg"),
  uint16: integer(2, false, "uint_arg"),
  uint8: integer(1, false, "uint_arg"),
  int64: integer(8, true, "long_arg"),
  sint64: integer(8, true, "long_arg"),
  long: integer(8, true, "long_arg"),
  uint64: integer(8, false, "size_arg"),
  ulong: integer(8, false, "size_arg"),
  size_t: integer(8, false, "size_arg"),
  syscall64: { ...integer(8, false, "size_arg"), field: "syscall_id" },
  string: other("string_arg", "string", true),
  filename: other("string_arg", "string"),
  net_device: other("string_arg", "string"),
  data_loc: other("string_arg", "string", true),
  char_buf: other("bytes_arg", "string", true),
  char_iovec: other("bytes_arg", "none", true),
  const_buf: other("size_arg", "none", true),
  iov_iter: other("bytes_arg"),
  fd: other("file_arg", "file", true),
  file: other("file_arg", "file", true),
  kiocb: other("file_arg", "file", true),
  path: other("path_arg", "file", true),
  dentry: other("path_arg", "string", true),
  linux_binprm: other("linux_binprm_arg", "string", true),
  sock: other("sock_arg", "network", true),
  socket: other("sock_arg", "network", true),
  skb: other("skb_arg", "network", true),
  sockaddr: other("sockaddr_arg", "network", true),
  sockaddr_un: other("sockaddrun_arg", "string", true),
  cred: other("process_credentials_arg"),
  user_namespace: other("user_ns_arg"),
  capability: other("capability_arg"),
  kernel_cap_t: other("kernel_cap_t_arg", "capabilities"),
  cap_inheritable: other("cap_inheritable_arg", "capabilities"),
  cap_permitted: other("cap_permitted_arg", "capabilities"),
  cap_effective: other("cap_effective_arg", "capabilities"),
  load_info: other("module_arg"),
  module: other("module_arg"),
  bpf_attr: other("bpf_attr_arg"),
  bpf_prog: other("bpf_prog_arg"),
  bpf_map: other("bpf_map_arg"),
  bpf_cmd: other("bpf_cmd_arg"),
  perf_event: other("perf_event_arg"),
  nop: other(undefined, "none", true),
  mapped_file: { ...other(undefined), isInternal: true },
} as const satisfies Readonly<Record<string, ArgumentType>>;

/** A type's name. */
export type ArgumentTypeName = keyof typeof ARGUMENT_TYPES;
