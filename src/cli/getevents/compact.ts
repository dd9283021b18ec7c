/**
 * @module Events as `tetra getevents --output=compact` prints them (Tetragon's `pkg/encoder`): a line each, with its stack
 * trace or hash below. What an event holds is shown, never obeyed.
 */
import { eventType, isMetadata } from "../../event/kind.ts";
import { NATIVE_ABI, systemCallNames } from "../../kernel/system-call/names.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { hex, message, messages, text } from "./fields.ts";
import { kprobeLine } from "./kprobe.ts";
import { type CompactLine, label } from "./label.ts";
import { createPaint, type Paint } from "./paint.ts";

/** How events are shown. */
export interface CompactSettings {
  readonly colors: boolean;
  /** The time before each line. */
  readonly timestamps: boolean;
  readonly stackTraces: boolean;
  readonly imaHash: boolean;
}

/** Bytes of a line before the capabilities at its right end. */
const CAPABILITIES_COLUMN = 120;
/** The only one that is shown. */
const SHOWN_CAPABILITY = "CAP_SYS_ADMIN";
/** Its number (capability.h). */
const SHOWN_NUMBER = 21;

/** Makes the function that shows one event: lines, each with its newline. */
export function createCompactPrinter(settings: CompactSettings): (event: JsonObject) => string {
  const paint = createPaint(settings.colors);
  return (event) => {
    const time = settings.timestamps ? `${timeOf(event)} ` : "";
    const below = [
      settings.stackTraces ? stackTraces(event, paint) : "",
      settings.imaHash ? imaHash(event, paint) : "",
    ];
    return `${time}${lineOf(event, paint)}\n${below.join("")}`;
  };
}

/** With all nine digits, in UTC. */
function timeOf(event: JsonObject): string {
  const [, seconds = "1970-01-01T00:00:00", digits = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text(event, "time")) ?? [];
  return `${seconds}.${digits.padEnd(9, "0")}Z`;
}

function lineOf(event: JsonObject, paint: Paint): string {
  if (isMetadata(event)) return paint.blue(label("❓", text(event, "event")));
  const type = eventType(event) ?? "event";
  const payload = message(event, type);
  if (type === "test") return "TEST EVENT";
  if (type === "process_throttle") return throttleLine(payload, paint);
  const { head, rest } = (LINES[type] ?? unknownLine(type))(payload, paint);
  const process = message(payload, "process");
  const pod = process.pod === undefined ? undefined : message(process, "pod");
  const source =
    pod === undefined ? text(event, "node_name") : `${text(pod, "namespace")}/${text(pod, "name")}`;
  const parts = [head, paint.green(source), paint.magenta(text(process, "binary")), ...rest];
  return withCapabilities(parts.join(" "), paint.magenta(shownCapabilities(process)));
}

/** As `tetra` does, which looks at how many capabilities there are: those of root have it, in their order. */
function shownCapabilities(process: JsonObject): string {
  const { effective } = message(process, "cap");
  return Array.isArray(effective) && effective.length > SHOWN_NUMBER ? `🛑 ${SHOWN_CAPABILITY}` : "";
}

function withCapabilities(line: string, capabilities: string): string {
  if (capabilities === "") return line;
  const padding = Math.max(0, CAPABILITIES_COLUMN - Buffer.byteLength(line));
  return `${line} ${" ".repeat(Math.max(0, padding - [...capabilities].length))}${capabilities}`;
}

function throttleLine(payload: JsonObject, { red, green }: Paint): string {
  const type = text(payload, "type");
  const shown = type === "THROTTLE_START" ? red("START") : type === "THROTTLE_STOP" ? green("STOP ") : "";
  return `${red(label("🧬", "throttle"))} ${shown} ${plain(text(payload, "cgroup"))}`;
}

type Line = (payload: JsonObject, paint: Paint) => CompactLine;

/** Text that has no colour of its own. */
const { red: plain } = createPaint(false);

/** By the field that holds what happened. Connections have their types in this agent alone. */
const LINES: Readonly<Record<string, Line>> = {
  process_exec: (exec, { blue, cyan }) => ({
    head: blue(label("🚀", "process")),
    rest: [cyan(text(message(exec, "process"), "arguments"))],
  }),
  process_exit: (exit, { blue, cyan, red }) => ({
    head: blue(label("💥", "exit")),
    rest: [
      cyan(text(message(exit, "process"), "arguments")),
      red(text(exit, "signal") || text(exit, "status", "0")),
    ],
  }),
  process_loader(loader, { blue, yellow }) {
    const id = Buffer.from(text(loader, "buildid"), "base64").toString("hex");
    return {
      head: blue(label("🧬", "loader")),
      rest: [`${id === "" ? "" : `${id} `}${yellow(text(loader, "path"))}`],
    };
  },
  process_kprobe: kprobeLine,
  process_tracepoint(tracepoint, { blue }) {
    const [subsys, event] = [text(tracepoint, "subsys"), text(tracepoint, "event")];
    return subsys === "raw_syscalls" && event === "sys_enter"
      ? { head: blue(label("☎ ", "syscall")), rest: [systemCall(tracepoint)] }
      : { head: blue(label("⁉️", "tracepoint")), rest: [plain(subsys), plain(event)] };
  },
  process_uprobe: (uprobe, { blue }) => ({
    head: blue(label("🕵️", "uprobe")),
    rest: [plain(text(uprobe, "path")), plain(text(uprobe, "symbol"))],
  }),
  process_lsm: (lsm, { blue }) => ({
    head: blue(label("🔒", "LSM")),
    rest: [plain(text(lsm, "function_name"))],
  }),
  process_usdt: (usdt, { blue }) => ({
    head: blue(label("🕵️", "usdt")),
    rest: [plain(text(usdt, "path")), plain(text(usdt, "provider")), plain(text(usdt, "name"))],
  }),
  process_connect: (connect, paint) => connectionLine(label("🔌", "connect"), connect, paint),
  process_close: (close, paint) => connectionLine(label("🧹", "close"), close, paint),
  process_listen: (listen, { blue, cyan }) => ({
    head: blue(label("👂", "listen")),
    rest: [cyan(`${protocolOf(listen)} ${text(listen, "ip")}:${text(listen, "port", "0")}`)],
  }),
};

/** A type that is newer than this agent is shown by its name. */
function unknownLine(type: string): Line {
  return (_, { blue }) => ({ head: blue(label("❓", type)), rest: [] });
}

function protocolOf(payload: JsonObject): string {
  return text(payload, "protocol", "tcp").toLowerCase();
}

function connectionLine(head: string, payload: JsonObject, { blue, cyan }: Paint): CompactLine {
  const [from, to] = ["source", "destination"].map(
    (end) => `${text(payload, `${end}_ip`)}:${text(payload, `${end}_port`, "0")}`,
  );
  return { head: blue(head), rest: [cyan(`${protocolOf(payload)} ${from} -> ${to}`)] };
}

/** Its name, or its number where that has none; of other programs than this machine's with the kind of their table. */
function systemCall(tracepoint: JsonObject): string {
  const [first] = messages(tracepoint, "args");
  const id = message(first, "syscall_id");
  if (Object.keys(id).length === 0) {
    const number = text(first, "long_arg", "unknown");
    return plain(systemCallNames(NATIVE_ABI).get(Number(number)) ?? number);
  }
  const [abi, number] = [text(id, "abi"), text(id, "id", "0")];
  const name = abi === "x64" || abi === "arm64" ? systemCallNames(abi).get(Number(number)) : undefined;
  return plain(name !== undefined && abi === NATIVE_ABI ? name : `${abi}/${name ?? number}`);
}

function stackTraces(event: JsonObject, { green, blue, yellow }: Paint): string {
  const kprobe = message(event, "process_kprobe");
  const kernel = messages(kprobe, "kernel_stack_trace").map(
    (entry) =>
      `${green(`   ${hex(entry, "address")}:`)}${blue(` ${text(entry, "symbol")}`)}+${yellow(hex(entry, "offset"))}\n`,
  );
  const user = messages(kprobe, "user_stack_trace").map((entry) => {
    const symbol = text(entry, "symbol");
    const place = yellow(` (${text(entry, "module")}+${hex(entry, "offset")})`);
    return `${green(`   ${hex(entry, "address")}:`)}${symbol === "" ? "" : blue(` ${symbol}`)}${place}\n`;
  });
  return [
    ...(kernel.length > 0 ? ["Kernel:\n", ...kernel] : []),
    ...(user.length > 0 ? ["User:\n", ...user] : []),
  ].join("");
}

/** Hooks of the Linux security modules whose first argument is a program, or a file. */
const PROGRAM_HOOKS = /^bprm_(?:check_security|committ(?:ed|ing)_creds|creds_(?:for_exec|from_file))$/;
const FILE_HOOKS = /^(?:file_(?:ioctl|lock|open|post_open|receive)|mmap_file)$/;

function imaHash(event: JsonObject, { green, blue }: Paint): string {
  const lsm = message(event, "process_lsm");
  const [hook, hash] = [text(lsm, "function_name"), text(lsm, "ima_hash")];
  const [first] = messages(lsm, "args");
  const argument = PROGRAM_HOOKS.test(hook)
    ? "linux_binprm_arg"
    : FILE_HOOKS.test(hook)
      ? "file_arg"
      : undefined;
  const path = argument === undefined ? "" : text(message(first, argument), "path");
  return hash === "" || path === "" ? "" : `${green(`   ${path}`)}${blue(` ${hash}`)}\n`;
}
