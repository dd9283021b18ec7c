/** @module What system calls take: the types of the kernel say no more than that each takes the registers. */
import { PROTOTYPES } from "./prototypes.ts";

/** An argument of a system call. */
export interface SystemCallParameter {
  readonly name: string;
  /** As C has it: `const char*`. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly isPointer: boolean;
}

/** A system call. */
export interface SystemCallPrototype {
  /** `openat(int dfd, const char* filename, int flags, umode_t mode)` */
  readonly text: string;
  readonly parameters: readonly SystemCallParameter[];
}

/** Types of four bytes and less; all others have eight. */
const SIZES: Readonly<Record<string, number>> = { umode_t: 2 };
const FOUR_BYTES =
  /^(?:const )?(?:int|unsigned(?: int)?|u32|__u32|__s32|key_serial_t|[ugp]id_t|clockid_t|mqd_t|key_t|rwf_t|qid_t|timer_t|enum \w+)$/;
/** Typedefs of pointers. */
const POINTERS = /\*|^(?:const )?cap_user_\w+_t$/;

let prototypes: ReadonlyMap<string, string> | undefined;

function textOf(name: string): string | undefined {
  prototypes ??= new Map(
    PROTOTYPES.trim()
      .split(/[;\n]/)
      .map((text) => [text.slice(0, text.indexOf("(")), text.slice(text.indexOf("(") + 1, -1)]),
  );
  return prototypes.get(name);
}

/** What a system call takes; `undefined` for one that is not known. @param name Of its function: `openat`, `newfstat`. */
export function systemCallPrototype(name: string): SystemCallPrototype | undefined {
  const text = textOf(name);
  if (text === undefined) return undefined;
  const parameters = text === "" ? [] : text.split(",").map(parameterOf);
  const words = parameters.map((parameter) => `${parameter.type} ${parameter.name}`);
  return { text: `${name}(${words.join(", ") || "void"})`, parameters };
}

function parameterOf(text: string): SystemCallParameter {
  const at = text.lastIndexOf(" ");
  const type = text.slice(0, at);
  const isPointer = POINTERS.test(type);
  const size = isPointer ? 8 : (SIZES[type] ?? (FOUR_BYTES.test(type) ? 4 : 8));
  return { name: text.slice(at + 1), type, size, isPointer };
}
