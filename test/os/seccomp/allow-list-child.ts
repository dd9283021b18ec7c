/** Installs a filter that lets one call pass beyond the runtime's, tries others, and prints the errors as JSON. */
import { ptr } from "bun:ffi";
import { dropPrivileges } from "../../../src/os/drop-privileges.ts";
import { openLibc } from "../../../src/os/libc.ts";
import { encodeAllowList } from "../../../src/os/seccomp/allow-list.ts";
import { CONDITIONAL_CALLS, REFUSED_CALLS } from "../../../src/os/seccomp/calls.ts";
import { installFilter } from "../../../src/os/seccomp/install.ts";
import { lastErrno, SystemCallError } from "../../../src/os/system-call.ts";

const libc = openLibc({ syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" } });
const index = process.arch === "arm64" ? 1 : 0;
/** openat, mkdirat, unlinkat, connect, getdents64, ioctl, memfd_create, and lseek, which is allowed with one descriptor. */
const OTHERS = {
  openat: [257, 56],
  mkdirat: [258, 34],
  unlinkat: [263, 35],
  connect: [42, 203],
  getdents64: [217, 61],
  ioctl: [16, 29],
  memfd_create: [319, 279],
};
const LSEEK = [8, 62] as const;

function call(number: number, ...args: number[]): string {
  const [a = -1, b = 0, c = 0, d = 0, e = 0] = args;
  return Number(libc.syscall(number, a, b, c, d, e)) < 0
    ? new SystemCallError("", lastErrno()).errnoName
    : "";
}

const empty = ptr(new Uint8Array(8));
call(LSEEK[index], 99);
dropPrivileges();
installFilter(encodeAllowList([{ numbers: LSEEK, with: { 0: 99 } }], process.pid));
const { clone3, ...conditional } = CONDITIONAL_CALLS;
const tried = { ...REFUSED_CALLS, ...conditional, ...OTHERS };
const refused = Object.entries(tried).flatMap(([name, numbers]) =>
  numbers[index] === undefined ? [] : [[name, call(numbers[index], 1, empty)] as const],
);
const others = {
  clone3: call(clone3[index], empty, 0),
  "a call of the future": call(900),
  "a call of x32": call(0x40000000 + 39),
  "an allowed one with that argument": call(LSEEK[index], 99),
  "with another": call(LSEEK[index], 1),
};
let sum = 0;
for (let i = 0; i < 2e6; i++) sum += i % 7;
Bun.gc(true);
console.log(JSON.stringify({ refused: Object.fromEntries(refused), others, sum }));
process.exit(0);
