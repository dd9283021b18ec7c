/**
 * @module A host that lacks something: refuses one system call (seccomp(2)) and executes a program.
 *
 *   refusing-exec.ts segment PROGRAM ARGUMENT...    setsockopt(UDP_SEGMENT), as Linux before 4.18
 *   refusing-exec.ts netlink PROGRAM ARGUMENT...    socket(AF_NETLINK), as some sandboxes
 */
import { dlopen, ptr } from "bun:ffi";

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
const RET_ALLOW = 0x7fff0000;
const RET_ERRNO = 0x00050000;
const isArm = process.arch === "arm64";

/** Offsets into `struct seccomp_data` of the low halves of the arguments. */
const ARGUMENT = [16, 24, 32] as const;
/** What is refused: the call's number, values of its arguments, the error. */
const REFUSED = {
  segment: { call: isArm ? 208 : 54, values: [undefined, 17, 103], errno: 92 },
  netlink: { call: isArm ? 198 : 41, values: [16], errno: 97 },
} as const;

const libc = dlopen("libc.so.6", {
  prctl: { args: ["i32", "u64", "ptr", "u64", "u64"], returns: "i32" },
  execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
}).symbols;

/** `struct sock_filter`: code, jumps, operand. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

function filterOf({ call, values, errno }: (typeof REFUSED)[keyof typeof REFUSED]): Instruction[] {
  const checks: (readonly [offset: number, value: number])[] = [[0, call]];
  for (const [i, value] of values.entries()) if (value !== undefined) checks.push([ARGUMENT[i]!, value]);
  const last = checks.length * 2;
  return [
    ...checks.flatMap(([offset, value], i): Instruction[] => [
      [LOAD, 0, 0, offset],
      [JUMP_IF_EQUAL, 0, last - 2 * i - 1, value],
    ]),
    [RETURN, 0, 0, RET_ERRNO | errno],
    [RETURN, 0, 0, RET_ALLOW],
  ];
}

function install(instructions: readonly Instruction[]): void {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, ifTrue);
    view.setUint8(i * 8 + 3, ifFalse);
    view.setUint32(i * 8 + 4, operand, true);
  }
  const program = new BigUint64Array([BigInt(instructions.length), BigInt(ptr(bytes))]);
  if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, null, 0, 0) !== 0) throw new Error("Cannot set no_new_privs");
  if (libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ptr(program), 0, 0) !== 0)
    throw new Error("Cannot install the filter");
}

const kept: Uint8Array[] = [];
function vector(texts: readonly string[]): BigUint64Array {
  const strings = texts.map((text) => new TextEncoder().encode(`${text}\0`));
  kept.push(...strings);
  return BigUint64Array.from([...strings.map((text) => BigInt(ptr(text))), 0n]);
}

const [what = "", ...command] = process.argv.slice(2);
install(filterOf(REFUSED[what as keyof typeof REFUSED]));
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
libc.execve(new TextEncoder().encode(`${command[0]}\0`), vector(command), vector(environment));
throw new Error(`Cannot execute ${command[0]}`);
