/** @module The log: consola on stderr and in a file, as text (logfmt, as Tetragon writes) or JSON. */
import {
  type ConsolaInstance,
  type ConsolaReporter,
  createConsola,
  LogLevels,
  type LogObject,
} from "consola/core";
import { writeText } from "../os/early-files.ts";
import { type LogFile, openLogFile } from "./log-file.ts";

/** How the log is written. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  /** Path of a log file that takes the same lines as stderr, or `""` for none. */
  readonly file: string;
  /** Colours in text, on stderr. @default false */
  readonly colors?: boolean;
  /** Number of the user that the agent will change to: may have made the log file. */
  readonly user?: number | undefined;
}

/** Tetragon's level names (logrus). */
export type LogLevel = "trace" | "debug" | "info" | "warning" | "warn" | "error" | "fatal" | "panic";

/** The log of a running agent. */
export interface Log {
  readonly log: ConsolaInstance;
  /** Opens the log file anew, for log rotation by rename. */
  reopen(): void;
  /** The least severe that is written. */
  readonly level: LogLevel;
  setLevel(level: LogLevel): void;
}

const CONSOLA_LEVELS: Record<LogLevel, number> = {
  trace: LogLevels.trace,
  debug: LogLevels.debug,
  info: LogLevels.info,
  warning: LogLevels.warn,
  warn: LogLevels.warn,
  error: LogLevels.error,
  fatal: LogLevels.fatal,
  panic: LogLevels.fatal,
};

/** Consola's types that are not level names, as level names. */
const LEVEL_NAMES: Record<string, string> = { warn: "warning", log: "info", success: "info", start: "info" };

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !(value instanceof Error) && !Array.isArray(value);
}

/** Splits consola's arguments into the message and the fields of the structured log. */
function parts(entry: LogObject): { message: string; fields: Fields } {
  const words: string[] = [];
  const fields: Fields = {};
  for (const argument of entry.args) {
    if (argument instanceof Error) fields.error = argument.message;
    else if (isFields(argument)) Object.assign(fields, argument);
    else words.push(String(argument));
  }
  return { message: words.join(" "), fields };
}

function quote(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return /^[\w./:@+,%-]+$/.test(text) ? text : JSON.stringify(text);
}

/** What JSON leaves as it is although a terminal may obey it, or show something else: C1 controls, format characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line, in which nothing that others chose reaches the terminal but as text: an escape within a JSON text. */
function finish(line: string): string {
  return `${line.replace(UNSAFE, escapeCharacter)}\n`;
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

function levelName(type: string): string {
  return LEVEL_NAMES[type] ?? type;
}

/** Faint time, and a colour for what somebody should look at (ECMA-48, SGR). */
const SGR = { faint: 2, warning: 33, error: 31, fatal: 31 } as const;

function paint(text: string, style: string): string {
  const code = SGR[style as keyof typeof SGR];
  return code === undefined ? text : `\u001b[${code}m${text}\u001b[0m`;
}

/** {@link formatText} for a terminal. */
export function formatColored(entry: LogObject): string {
  const [time = "", level = "", ...rest] = formatText(entry).split(" ");
  return [paint(time, "faint"), paint(level, levelName(entry.type)), ...rest].join(" ");
}

/** One line of logfmt: `time=... level=info msg="..." key=value`. */
export function formatText(entry: LogObject): string {
  const { message, fields } = parts(entry);
  let line = `time=${entry.date.toISOString()} level=${levelName(entry.type)} msg=${JSON.stringify(message)}`;
  for (const [key, value] of Object.entries(fields)) line += ` ${key}=${quote(value)}`;
  return finish(line);
}

/** One JSON object: `{"time":...,"level":...,"msg":...,...}`. */
export function formatJson(entry: LogObject): string {
  const { message, fields } = parts(entry);
  return finish(
    JSON.stringify({ time: entry.date.toISOString(), level: levelName(entry.type), msg: message, ...fields }),
  );
}

/**
 * Makes the log.
 * @throws Error when the log file cannot be opened.
 */
export function createLog(settings: LogSettings): Log {
  const format = settings.format === "json" ? formatJson : formatText;
  const formatShown = settings.colors && settings.format === "text" ? formatColored : format;
  const open = () => (settings.file === "" ? undefined : openLogFile(settings.file, settings.user));
  let file = open();
  const reporter: ConsolaReporter = {
    log(entry) {
      write(2, formatShown(entry));
      if (file !== undefined) write(file.fd, format(entry));
    },
  };
  const log = createConsola({ level: CONSOLA_LEVELS[settings.level], reporters: [reporter], throttle: 0 });
  let { level } = settings;
  return {
    log,
    get level() {
      return level;
    },
    reopen() {
      if (settings.file === "") return;
      let next: LogFile | undefined;
      file?.release();
      try {
        next = open();
      } catch (error) {
        // The old file is better than none.
        file?.claim();
        log.warn("Cannot open the log file anew", { file: settings.file, error: String(error) });
        return;
      }
      file?.close();
      file = next;
    },
    setLevel(next) {
      level = next;
      log.level = CONSOLA_LEVELS[next];
    },
  };
}

/** A log that cannot be written (a full disk, a closed stderr) must not stop the agent. */
function write(fd: number, line: string): void {
  writeText(fd, line);
}
