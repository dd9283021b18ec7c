/** @module Who takes part: programs that send the lines of a file as datagrams. */
import { existsSync } from "node:fs";
import { programPath } from "./native.ts";
import { SMALL } from "./sizes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** The executable of `npm run build`. */
export const TETRAD = `${ROOT}dist/tetrad`;
const RSYSLOG = "/usr/sbin/rsyslogd";
const RSYSLOG_MODULES = [
  "/usr/lib/x86_64-linux-gnu/rsyslog",
  "/usr/lib/aarch64-linux-gnu/rsyslog",
  "/usr/lib/rsyslog",
];
const SYSLOG_NG = `${ROOT}.tmp/peers/syslog-ng`;
/** Longest line that every contestant takes, bytes. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** One run of a contestant. */
export interface Job {
  readonly input: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Empty directory of this run. */
  readonly directory: string;
}

/** A program that takes part. */
export interface Contestant {
  readonly id: string;
  /** As in the report. */
  readonly label: string;
  /** What it makes of a line before it sends it. */
  readonly looksFor: "lines" | "JSON" | "valid events";
  /** Datagrams that it sends before the first event. */
  readonly preface: number;
  /** Whether it ends by itself at the end of the file. */
  readonly endsByItself: boolean;
  /** Whether losing an event is our fault. */
  readonly isOurs: boolean;
  /** Name of the only size of events that it takes part with; all where it is left out. */
  readonly size?: string;
  /** What it is compared with at every size. */
  readonly isLimit?: true;
  /** Events that it lets through, where that is fewer than all. */
  readonly keeps?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Writes what the run needs and gives the command. */
  prepare(job: Job): Promise<readonly string[]>;
}

/** A program that cannot take part. */
export interface Absentee {
  readonly id: string;
  readonly label: string;
  readonly reason: string;
}

/** Arguments that have tetrad export a file as fast as it can. */
function tetradArguments(source: string, port: number): string[] {
  return [
    `--event-source=${source}`,
    "--from-beginning",
    "--exit-at-end",
    "--udp-output-enabled",
    `--udp-output-port=${port}`,
  ];
}

/** What sets the variants of tetrad apart. */
export interface TetradVariant extends Pick<Contestant, "id" | "label" | "looksFor" | "keeps" | "size"> {
  readonly executable: string;
  /** Flags besides those that all variants have. */
  readonly flags?: readonly string[];
}

/** tetrad, from the file. */
export function tetrad({ executable, flags = [], ...variant }: TetradVariant): Contestant {
  return {
    ...variant,
    preface: 1,
    endsByItself: true,
    isOurs: true,
    prepare: async ({ input, port }) => [executable, ...tetradArguments(`file:${input}`, port), ...flags],
  };
}

/** tetrad as it comes: every event is validated. */
export function validating(executable: string): Contestant {
  return tetrad({
    executable,
    id: "tetrad-full",
    label: "tetrad (--validate=full)",
    looksFor: "valid events",
  });
}

/** tetrad from a pipe: bash puts `cat` at the other end and becomes tetrad, so that tetrad alone is measured. */
export function tetradFromPipe(executable: string): Contestant {
  return {
    ...tetrad({ executable, id: "tetrad-stdin", label: "tetrad, from a pipe", looksFor: "valid events" }),
    prepare: async ({ input, port }) => [
      "bash",
      "-c",
      'input=$1; shift; exec "$@" < <(exec cat "$input")',
      "bash",
      input,
      executable,
      ...tetradArguments("stdin", port),
    ],
  };
}

/** `--udp-pad` of the contestants that have it, percent; more would be more than most links have to spare. */
const PAD = 25;

function limit(padPercent?: number): Contestant {
  const hasPadding = padPercent !== undefined;
  return {
    id: hasPadding ? "limit-pad" : "limit",
    label: hasPadding ? `C: the same, padded by ${padPercent} %, UDP_SEGMENT` : "C: mmap, memchr, sendmmsg",
    looksFor: "lines",
    preface: 0,
    endsByItself: true,
    isOurs: false,
    isLimit: true,
    ...(hasPadding && { size: SMALL.name }),
    prepare: async ({ input, port }) => [
      programPath("limit"),
      input,
      String(port),
      ...(hasPadding ? [String(padPercent)] : []),
    ],
  };
}

function rsyslog(parsesJson: boolean): Contestant {
  const parse = parsesJson ? 'action(type="mmjsonparse" cookie="" useRawMsg="on")' : "";
  return {
    id: parsesJson ? "rsyslog-json" : "rsyslog-raw",
    label: parsesJson ? "rsyslog, mmjsonparse" : "rsyslog, raw",
    looksFor: parsesJson ? "JSON" : "lines",
    preface: 0,
    endsByItself: false,
    isOurs: false,
    async prepare({ input, port, directory }) {
      const config = `${directory}/rsyslog.conf`;
      await Bun.write(
        config,
        `global(workDirectory="${directory}" maxMessageSize="${MAX_LINE_BYTES}")
module(load="imfile")
${parsesJson ? 'module(load="mmjsonparse")' : ""}
template(name="line" type="string" string="%rawmsg%\\n")
ruleset(name="out") {
  ${parse}
  action(type="omfwd" target="127.0.0.1" port="${port}" protocol="udp" template="line")
}
input(type="imfile" file="${input}" tag="bench" ruleset="out")
`,
      );
      return [RSYSLOG, "-n", "-f", config, "-i", `${directory}/rsyslog.pid`];
    },
  };
}

const syslogNg: Contestant = {
  id: "syslog-ng-raw",
  label: "syslog-ng, raw",
  looksFor: "lines",
  preface: 0,
  endsByItself: false,
  isOurs: false,
  env: { LD_LIBRARY_PATH: `${SYSLOG_NG}/usr/lib/syslog-ng` },
  async prepare({ input, port, directory }) {
    const config = `${directory}/syslog-ng.conf`;
    await Bun.write(
      config,
      `@version: 3.38
options { stats-freq(0); log-msg-size(${MAX_LINE_BYTES}); };
source s { file("${input}" flags(no-parse) follow-freq(0.1) log-fetch-limit(1000) log-iw-size(10000)); };
destination d { network("127.0.0.1" port(${port}) transport("udp") template("\${MESSAGE}\\n")); };
log { source(s); destination(d); flags(flow-control); };
`,
    );
    return [
      `${SYSLOG_NG}/usr/sbin/syslog-ng`,
      "--foreground",
      "--no-caps",
      `--module-path=${SYSLOG_NG}/usr/lib/syslog-ng/3.38`,
      `--cfgfile=${config}`,
      `--persist-file=${directory}/persist`,
      `--pidfile=${directory}/pid`,
      `--control=${directory}/control`,
    ];
  },
};

const NO_PEERS = "not installed: run scripts/ci/peers.sh";
const NOT_BUILT = "not built: run npm run build";

/**
 * All programs, those that are not there with the reason.
 * @param executable tetrad.
 */
export function findContestants(executable: string): { present: Contestant[]; absent: Absentee[] } {
  const hasTetrad = existsSync(executable);
  const hasRsyslog = existsSync(RSYSLOG);
  const hasModule = RSYSLOG_MODULES.some((directory) => existsSync(`${directory}/mmjsonparse.so`));
  const full = validating(executable);
  const syntax = tetrad({
    executable,
    id: "tetrad-syntax",
    label: "tetrad --validate=syntax",
    looksFor: "JSON",
    flags: ["--validate=syntax"],
  });
  const off = tetrad({
    executable,
    id: "tetrad-off",
    label: "tetrad --validate=off",
    looksFor: "lines",
    flags: ["--validate=off"],
  });
  const padded = tetrad({
    executable,
    id: "tetrad-pad",
    label: `tetrad --udp-pad=${PAD}`,
    looksFor: "valid events",
    flags: [`--udp-pad=${PAD}`],
    size: SMALL.name,
  });
  const hasBash = Bun.which("bash") !== null;
  const candidates: [Contestant, isThere: boolean, reason: string][] = [
    [limit(), true, ""],
    [limit(PAD), true, ""],
    [full, hasTetrad, NOT_BUILT],
    [syntax, hasTetrad, NOT_BUILT],
    [off, hasTetrad, NOT_BUILT],
    [padded, hasTetrad, NOT_BUILT],
    [tetradFromPipe(executable), hasTetrad && hasBash, hasTetrad ? "bash is not installed" : NOT_BUILT],
    [syslogNg, existsSync(`${SYSLOG_NG}/usr/sbin/syslog-ng`), NO_PEERS],
    [rsyslog(false), hasRsyslog, NO_PEERS],
    [rsyslog(true), hasRsyslog && hasModule, hasRsyslog ? "no mmjsonparse module" : NO_PEERS],
  ];
  const present: Contestant[] = [];
  const absent: Absentee[] = [];
  for (const [contestant, isThere, reason] of candidates) {
    if (isThere) present.push(contestant);
    else absent.push({ id: contestant.id, label: contestant.label, reason });
  }
  return { present, absent };
}
