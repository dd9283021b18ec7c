/** @module `tetrad top`: a live view of what a running agent does, from its metrics. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { readValues } from "../config/flags.ts";
import { checkedText, duration, integer } from "../config/kind.ts";
import { formatTarget, parseServedTarget, parseTarget, TARGET, type Target } from "../lib/grpc/target.ts";
import { isObject } from "../lib/json/object.ts";
import { codeOrText } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { hasColors, isTerminal, terminalColumns } from "../os/terminal.ts";
import { INFO_FILE } from "./api/connect.ts";
import { type Command, type CommandContext, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";
import { parseMetrics } from "./top/metrics.ts";
import { type Reading, viewLines } from "./top/view.ts";

const DEFAULT_ADDRESS = "localhost:2112";
const TIMEOUT_MS = 10_000;
/** Bytes of an answer: those of an agent with very many series are a tenth of that. */
const MAX_BYTES = 64 * 1024 * 1024;

const FLAGS = {
  "metrics-address": {
    placeholder: "ADDRESS",
    kind: checkedText(TARGET, (address) => address === "" || parseTarget(address) !== undefined),
    default: "",
    description: `Address of the agent's metrics. Empty: what ${INFO_FILE} says, and ${DEFAULT_ADDRESS} without that.`,
  },
  interval: {
    placeholder: "DURATION",
    kind: duration({ min: 100 }),
    default: "2s",
    description: "How often the agent is asked. Rates are those since the view before: the first has none.",
  },
  count: {
    placeholder: "N",
    kind: integer({ min: 0 }),
    default: "0",
    description: "Stop after so many views. 0: no limit.",
  },
  ...HELP_FLAG,
};

export const top: Command = {
  flags: FLAGS,
  help: {
    summary: "Show live what a running tetrad or Tetragon does.",
    details: [
      "Rates by source, event type and exporter, queues, drops, the busiest binaries, pods and policies. The agent needs --metrics-server. On a terminal the view is renewed in place until SIGINT (Ctrl-C); elsewhere one follows the other, without colours.",
    ],
    examples: [
      { does: "Watch the agent on this host.", command: ["tetrad top"] },
      {
        does: "Write down once a minute what it does.",
        command: ["tetrad top --metrics-address=localhost:2112 --interval=1m >> top.log"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "stopped as asked",
      [EXIT_FAILED]: "there are no metrics at that address, or no longer",
      [EXIT_CONFIG]: "a flag is wrong",
    },
  },
  run,
};

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const REDRAW = "\u001b[H\u001b[J";

async function run({ argv, env, print }: CommandContext): Promise<number> {
  const { values } = readValues(argv, FLAGS);
  const target = findMetrics(values["metrics-address"]);
  const stopping = new AbortController();
  const { signal } = stopping;
  const stop = () => stopping.abort();
  const isScreen = isTerminal(1) && env.TERM !== "dumb";
  const bold = hasColors(1, env);
  let before: Reading | undefined;
  let now = await read(target);
  const draw = (): void => {
    const lines = viewLines(before, now, {
      columns: terminalColumns(env),
      rows: isScreen ? (process.stdout.rows ?? 24) : Number.POSITIVE_INFINITY,
      heading: (text) => (bold ? styleText("bold", text, { validateStream: false }) : text),
    });
    if (!print(`${isScreen ? REDRAW : ""}${lines.join("\n")}\n${isScreen ? "" : "\n"}`)) stop();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  if (isScreen) {
    print(ENTER);
    process.stdout.on("resize", draw);
  }
  try {
    for (let shown = 1; ; shown++) {
      draw();
      if (signal.aborted || shown === values.count) return EXIT_OK;
      await sleep(values.interval, undefined, { signal }).catch(() => {});
      if (signal.aborted) return EXIT_OK;
      before = now;
      now = await read(target);
    }
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    process.stdout.off("resize", draw);
    if (isScreen) print(LEAVE);
  }
}

/** By the flag, by the file that an agent leaves, by the default. */
function findMetrics(flag: string): Target {
  const given = parseTarget(flag);
  if (given !== undefined) return given;
  try {
    const info: unknown = JSON.parse(readFileSync(INFO_FILE, "utf8"));
    const address = isObject(info) ? String(info.metrics_address ?? "") : "";
    const served = parseServedTarget(address);
    if (served !== undefined) return served;
  } catch {
    // There is none, or it says nothing.
  }
  return parseTarget(DEFAULT_ADDRESS)!;
}

/** @throws TetradError `failed` where there are none. */
async function read(target: Target): Promise<Reading> {
  const where = formatTarget(target);
  const fail = (why: string, cause?: unknown) =>
    new TetradError(
      "failed",
      `Cannot read metrics of ${where}: ${why}; an agent serves them with --metrics-server`,
      { cause },
    );
  const host = target.kind === "unix" ? "localhost" : where;
  try {
    const answer = await fetch(`http://${host}/metrics`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "error",
      ...(target.kind === "unix" && { unix: target.path }),
    });
    if (!answer.ok) throw fail(`HTTP status ${answer.status}`);
    const metrics = parseMetrics(await textOf(answer));
    if (![...metrics.keys()].some((name) => /^tetra(?:gon|d)_/.test(name)))
      throw fail("what answers there is no agent");
    return { metrics, at: Date.now() };
  } catch (error) {
    if (error instanceof TetradError) throw error;
    throw fail(meaningOf(codeOrText(error)), error);
  }
}

/** What a failed request means, where that is known. */
function meaningOf(code: string): string {
  if (code === "ECONNREFUSED" || code === "ConnectionRefused") return "connection refused";
  if (code === "Malformed_HTTP_Response") return "what listens there speaks no HTTP";
  return code;
}

/** @throws Error for an answer that does not end. */
async function textOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer has more than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
