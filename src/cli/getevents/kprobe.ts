/** @module The compact line of a `process_kprobe` event: what `tetra` knows of common kernel functions. */
import type { JsonObject } from "../../lib/json/object.ts";
import { message, messages, number, text } from "./fields.ts";
import { type CompactLine, label } from "./label.ts";
import { createPaint, type Paint } from "./paint.ts";

type Args = readonly JsonObject[];
type Function = (args: Args, paint: Paint) => CompactLine;

/** Text that has no colour of its own. */
const { red: plain } = createPaint(false);

/** The line. */
export function kprobeLine(kprobe: JsonObject, paint: Paint): CompactLine {
  const name = text(kprobe, "function_name");
  // Of a system call: the kind of its table.
  const known = name.replace(/^__(?:x64|ia32|arm64|arm32|i386)_(?=sys_)/, "");
  if (Object.hasOwn(FUNCTIONS, known)) return FUNCTIONS[known]!(messages(kprobe, "args"), paint);
  return { head: paint.blue(label("❓", "syscall")), rest: [plain(name)] };
}

/** Nothing for an argument that is not there, and no colour then. */
function shown(args: Args, index: number, show: (argument: JsonObject) => string): string {
  const argument = args[index];
  return argument === undefined ? "" : show(argument);
}

const pathOf = (argument: JsonObject): string => text(message(argument, "file_arg"), "path");

const file =
  (index: number): ((args: Args, paint: Paint) => string) =>
  (args, { cyan }) =>
    shown(args, index, (argument) => (argument.file_arg === undefined ? "" : cyan(pathOf(argument))));

const string =
  (index: number): ((args: Args, paint: Paint) => string) =>
  (args, { cyan }) =>
    shown(args, index, (argument) => cyan(text(argument, "string_arg")));

const integer =
  (index: number): ((args: Args, paint: Paint) => string) =>
  (args, { cyan }) =>
    shown(args, index, (argument) => cyan(text(argument, "int_arg", "0")));

function bytes(args: Args, { cyan }: Paint): string {
  return shown(args, 2, (argument) => cyan(`${text(argument, "size_arg", "0")} bytes`));
}

function socket(args: Args, { cyan }: Paint): string {
  return shown(args, 0, (argument) => {
    const sock = message(argument, "sock_arg");
    const end = (side: string) => `${text(sock, `${side}addr`)}:${text(sock, `${side}port`, "0")}`;
    return cyan(`tcp ${end("s")} -> ${end("d")}`);
  });
}

function program(args: Args, { cyan }: Paint): string {
  return shown(args, 0, (argument) => {
    const attribute = message(argument, "bpf_attr_arg");
    const name = `${text(attribute, "ProgType")} ${text(attribute, "ProgName")}`;
    return cyan(`${name} instruction count ${text(attribute, "InsnCnt", "0")}`);
  });
}

function perfEvent(args: Args, { cyan }: Paint): string {
  return shown(args, 0, (argument) => {
    const event = message(argument, "perf_event_arg");
    return cyan(`${text(event, "Type")} ${text(event, "KprobeFunc")}`);
  });
}

function map(args: Args, { cyan }: Paint): string {
  return shown(args, 0, (argument) => {
    const map = message(argument, "bpf_map_arg");
    const size = (name: string) => text(map, name, "0");
    return cyan(
      `${text(map, "MapType")} ${text(map, "MapName")} key size ${size("KeySize")} value size ${size("ValueSize")} max entries ${size("MaxEntries")}`,
    );
  });
}

/** linux/sched.h: `CLONE_NEW…`, by what setns(2) is given. */
const NAMESPACES: Readonly<Record<number, string>> = {
  0: "any",
  33554432: "cgroup",
  134217728: "ipc",
  1073741824: "net",
  131072: "mnt",
  536870912: "pid",
  128: "time",
  268435456: "user",
  67108864: "uts",
};

const namespace = (args: Args): string =>
  shown(args, 1, (argument) => NAMESPACES[number(argument, "int_arg")] ?? "");

/** A function whose line has these parts after the process. */
function line(emoji: string, name: string, ...parts: ((args: Args, paint: Paint) => string)[]): Function {
  const head = label(emoji, name);
  return (args, paint) => ({ head: paint.blue(head), rest: parts.map((part) => part(args, paint)) });
}

/** linux/fs.h: `MAY_…` */
const MAY_WRITE = 0x02;
const MAY_READ = 0x04;

const filePermission: Function = (args, { blue, cyan }) => {
  if (args.length < 2) return { head: blue(label("❓", "security_file_permission")), rest: [""] };
  const action = number(args[1], "int_arg");
  const head =
    action === MAY_WRITE
      ? label("📝", "write")
      : action === MAY_READ
        ? label("📚", "read")
        : label("❓", "security_file_permission");
  return { head: blue(head), rest: [cyan(pathOf(args[0]!))] };
};

/** asm-generic/mman-common.h: `PROT_…`, from the lowest bit. */
const PROTECTIONS = ["r", "w", "x"];

const mapFile: Function = (args, { blue, cyan }) => {
  if (args.length < 2) return { head: blue(label("❓", "security_mmap_file")), rest: [""] };
  const bits = number(args[1], "uint_arg");
  const letters = PROTECTIONS.filter((_, bit) => (bits & (1 << bit)) !== 0);
  return { head: blue(label("📝", `mmap-${letters.join("")}`)), rest: [cyan(pathOf(args[0]!))] };
};

const truncate: Function = (args, { blue, cyan }) =>
  args.length === 0
    ? { head: blue(label("❓", "security_path_truncate")), rest: [""] }
    : {
        head: blue(label("📝", "truncate")),
        rest: [cyan(text(message(args[0], "path_arg"), "path"))],
      };

const send: Function = (args, paint) => ({
  head: paint.blue(label("📤", "sendmsg")),
  rest: [socket(args, paint), `bytes ${plain(text(args[1], "int_arg", "0"))}`],
});

/** By the function's name, a system call's without the kind of its table. */
const FUNCTIONS: Readonly<Record<string, Function>> = {
  sys_write: line("📝", "write", file(0), bytes),
  sys_read: line("📚", "read", file(0), bytes),
  fd_install: line("📬", "open", file(1)),
  sys_openat: line("📬️", "openat", string(1)),
  sys_open: line("📬️", "open", string(1)),
  sys_close: line("📪", "close", file(0)),
  sys_mount: line("💾", "mount", string(0), string(1)),
  sys_setuid: line("🔑", "setuid", integer(0)),
  sys_clock_settime: line("⏰", "clock_settime"),
  sys_pivot_root: line("💾", "pivot_root", string(0), string(1)),
  proc_exec_connector: line("🔧", "proc_exec_connector"),
  sys_setns: line("🔧", "setns", namespace),
  tcp_connect: line("🔌", "connect", socket),
  tcp_close: line("🧹", "close", socket),
  tcp_sendmsg: send,
  bpf_check: line("🐝", "bpf_load", program),
  security_perf_event_alloc: line("🐝", "perf_event_alloc", perfEvent),
  security_bpf_map_alloc: line("🗺", "bpf_map_create", map),
  security_file_permission: filePermission,
  security_mmap_file: mapFile,
  security_path_truncate: truncate,
};
