/** @module Whether a type of a document fits what the kernel's types say. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../argument-type.ts";

/** A type in C, with what matters of it. */
export interface CType {
  /** `const struct file *` */
  readonly text: string;
  /** Bytes; 0 for `void`. */
  readonly size: number;
  readonly isPointer: boolean;
  /** An array or a struct itself, as `resolve` may lead to. */
  readonly isAggregate: boolean;
}

const CAPABILITY_SET = /\bkernel_cap_(?:t|struct)\b/;

/** What a type must be, or point to. */
const STRUCTS: Readonly<Partial<Record<ArgumentTypeName, RegExp>>> = {
  file: /\bstruct file\b/,
  path: /\bstruct path\b/,
  dentry: /\bstruct dentry\b/,
  kiocb: /\bstruct kiocb\b/,
  linux_binprm: /\bstruct linux_binprm\b/,
  filename: /\bstruct filename\b/,
  net_device: /\bstruct net_device\b/,
  iov_iter: /\bstruct iov_iter\b/,
  char_iovec: /\bstruct (?:iovec|compat_iovec)\b/,
  // What begins with a struct sock is one.
  sock: /\bstruct (?:\w+_)?sock(?:_common)?\b/,
  socket: /\bstruct socket\b/,
  skb: /\bstruct sk_buff\b/,
  sockaddr: /\bstruct (?:__kernel_)?sockaddr\w*\b/,
  sockaddr_un: /\bstruct sockaddr\w*\b/,
  cred: /\bstruct cred\b/,
  user_namespace: /\bstruct user_namespace\b/,
  load_info: /\bstruct load_info\b/,
  module: /\bstruct module\b/,
  bpf_attr: /\bunion bpf_attr\b/,
  bpf_prog: /\bstruct bpf_prog\b/,
  bpf_map: /\b(?:struct bpf_map|union bpf_attr)\b/,
  perf_event: /\bstruct perf_event(?:_attr)?\b/,
  kernel_cap_t: CAPABILITY_SET,
  cap_inheritable: CAPABILITY_SET,
  cap_permitted: CAPABILITY_SET,
  cap_effective: CAPABILITY_SET,
};

const IS_TEXT = /\b(?:char|void|u8|__u8|u_char|uint8_t)\b/;

const IS_POINTER_TO_POINTER = /\*.*\*/;

/** What a type of the document needs; `undefined` when it fits. */
export function misfit(name: ArgumentTypeName, type: CType): string | undefined {
  if (name === "nop") return undefined;
  if (type.size === 0 && !type.isPointer && !type.isAggregate) return "a value";
  const struct = STRUCTS[name];
  const isAt = type.isPointer || type.isAggregate;
  if (struct !== undefined) {
    const isIt = isAt && (struct.test(type.text) || /\bvoid \*/.test(type.text));
    return isIt ? undefined : `a pointer to ${spoken(struct)}`;
  }
  if (name === "string" || name === "char_buf") {
    const isText = isAt && IS_TEXT.test(type.text) && !IS_POINTER_TO_POINTER.test(type.text);
    return isText ? undefined : "a pointer to characters";
  }
  const { operands, size } = ARGUMENT_TYPES[name] as { readonly operands: string; readonly size?: number };
  if (operands === "integer") {
    if (type.isAggregate) return "a number";
    return type.isPointer && size !== 8 ? "a number" : undefined;
  }
  return isAt ? "a number" : undefined;
}

/** The type that reads it, for who wrote another; `undefined` for numbers, of which there are many. */
export function fitting(type: CType): ArgumentTypeName | undefined {
  const names = Object.keys(STRUCTS) as (keyof typeof STRUCTS)[];
  const name = names.find((each) => misfit(each, type) === undefined && STRUCTS[each]?.test(type.text));
  if (name !== undefined) return name;
  if (!type.isPointer && !type.isAggregate) return undefined;
  return misfit("string", type) === undefined && /\bchar\b/.test(type.text) ? "string" : "nop";
}

/** The number with the bytes that a value has, and the sign of the type that was written for it. */
export function narrowed(name: ArgumentTypeName, { size }: CType): string {
  return `${/^u|^size_t$/.test(name) ? "u" : ""}int${size * 8}`;
}

/** Whether a number is read with more bytes than it has: the others may be anything. */
export function isWider(name: ArgumentTypeName, type: CType): boolean {
  const { operands, size } = ARGUMENT_TYPES[name] as { readonly operands: string; readonly size?: number };
  return operands === "integer" && !type.isPointer && type.size > 0 && size! > type.size;
}

/** The name in a pattern, for messages. */
function spoken(pattern: RegExp): string {
  return pattern.source
    .replaceAll("\\b", "")
    .replaceAll(/\(\?:\\w\+_\)\?|\(\?:_common\)\?|\(\?:__kernel_\)\?|\\w\*|\(\?:_attr\)\?/g, "")
    .replaceAll(/\(\?:([^|)]+)\|[^)]*\)/g, "$1");
}
