/** @module `tetrad listen`: a UDP receiver for trying out and for acceptance. */
import { type ArgsDef, parseArgs } from "citty";
import { ConfigError, quote } from "../config/error.ts";
import { boolean, checkedText, choice, duration, integer, type Kind, size } from "../config/kind.ts";
import { nearest } from "../lib/text/distance.ts";
import { isHost } from "../lib/text/host.ts";
import { type OutputForm, Receiver } from "../receiver/receiver.ts";
import type { Command, CommandContext } from "./context.ts";
import { EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

interface ListenOption<T> {
  readonly placeholder?: string;
  readonly kind: Kind<T>;
  readonly default: string;
  readonly description: string;
}

const LISTEN_OPTIONS = {
  address: {
    placeholder: "HOST",
    kind: checkedText("an IP address", isHost),
    default: "127.0.0.1",
    description: "Address to listen on; :: for IPv6, a multicast address to join its group.",
  },
  port: {
    placeholder: "PORT",
    kind: integer({ min: 0, max: 65535 }),
    default: "514",
    description: "Port to listen on; 0 lets the kernel choose, and the first line on stderr says which.",
  },
  output: {
    placeholder: "pretty|raw|none",
    kind: choice(["pretty", "raw", "none"]),
    default: "pretty",
    description: "How datagrams are printed: a line for people, the bytes as they came, or not at all.",
  },
  validate: {
    kind: boolean(),
    default: "false",
    description: "Check every datagram against the schemas of agent_init and of Tetragon's events.",
  },
  count: {
    placeholder: "N",
    kind: integer({ min: 0 }),
    default: "0",
    description: "Stop after N datagrams. 0: no limit.",
  },
  for: {
    placeholder: "DURATION",
    kind: duration({ min: 1, zero: true }),
    default: "0s",
    description: "Stop after this time. 0s: no limit.",
  },
  "buffer-size": {
    placeholder: "SIZE",
    kind: size({ min: 4096, max: 1024 ** 3 }),
    default: "32M",
    description:
      "Receive buffer of the socket (SO_RCVBUF), limited by net.core.rmem_max without CAP_NET_ADMIN.",
  },
} as const satisfies Record<string, ListenOption<unknown>>;

type ListenName = keyof typeof LISTEN_OPTIONS;
type ListenValues = {
  [Name in ListenName]: (typeof LISTEN_OPTIONS)[Name]["kind"] extends Kind<infer T> ? T : never;
};

const NAMES = Object.keys(LISTEN_OPTIONS) as ListenName[];

/** The options as citty takes them. */
const LISTEN_ARGS: ArgsDef = Object.fromEntries(
  NAMES.map((name) => {
    const option: ListenOption<unknown> = LISTEN_OPTIONS[name];
    return [
      name,
      { type: option.kind.name === "bool" ? "boolean" : "string", description: option.description },
    ];
  }),
);

/**
 * Reads the command's flags.
 * @throws ConfigError with one line for each that is wrong.
 */
export function readListenFlags(argv: readonly string[]): ListenValues {
  const given = parseArgs([...argv], LISTEN_ARGS);
  const problems: string[] = [];
  for (const word of given._)
    problems.push(`Cannot use argument ${quote(word)}: found a word that is not a flag, expected flags only`);
  for (const name of Object.keys(given)) {
    if (name === "_" || Object.hasOwn(LISTEN_OPTIONS, name)) continue;
    const near = nearest(name, NAMES);
    problems.push(`Unknown flag --${name}${near === undefined ? "" : `: did you mean --${near}`}`);
  }
  const values: Record<string, unknown> = {};
  for (const name of NAMES) {
    const option: ListenOption<unknown> = LISTEN_OPTIONS[name];
    const text = given[name] === undefined ? option.default : String(given[name]);
    values[name] = option.kind.parse(text);
    if (values[name] === undefined) {
      problems.push(
        `Cannot use --${name} (flag --${name}): found ${quote(text)}, expected ${option.kind.expected}`,
      );
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as ListenValues;
}

function renderListenHelp(): string {
  const rows = NAMES.map((name) => {
    const option: ListenOption<unknown> = LISTEN_OPTIONS[name];
    const flag = option.placeholder === undefined ? `--${name}` : `--${name}=${option.placeholder}`;
    const value = option.default === "false" ? "" : ` (default ${option.default})`;
    return `  ${flag}\n      ${option.description}${value}\n`;
  });
  return `tetrad listen: receive datagrams, print and check them

Usage: tetrad listen [flags]

${rows.join("")}
Examples:
  tetrad listen --port=5140 --validate
  tetrad listen --port=5140 --output=raw --count=100 > events.jsonl

On stderr a report says whether agent_init came first, how many events of which type came, rates and sizes.
Exit code: 0 when all was well, 1 when a datagram was invalid or --count was not reached in time.
`;
}

/** Receives until a limit or a signal, reports, and fails when something was invalid. */
export const runListen: Command = async (context: CommandContext) => {
  if (context.argv.includes("--help") || context.argv.includes("-h")) {
    context.print(renderListenHelp());
    return EXIT_OK;
  }
  const values = readListenFlags(context.argv);
  const receiver = new Receiver({
    address: values.address,
    port: values.port,
    receiveBufferBytes: values["buffer-size"],
    output: values.output as OutputForm,
    isStrict: values.validate,
    count: values.count === 0 ? Number.POSITIVE_INFINITY : values.count,
    write: context.print,
  });
  const { destination, effectiveBuffer } = await receiver.start();
  context.printError(`Listening on ${destination} (receive buffer ${effectiveBuffer} bytes)\n`);
  const stop = () => receiver.stop();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const timer = values.for > 0 ? setTimeout(stop, values.for) : undefined;
  await receiver.done;
  clearTimeout(timer);
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  const { summary } = receiver;
  context.printError(summary.render());
  const isShort = values.count > 0 && summary.datagrams < values.count;
  if (isShort)
    context.printError(`Cannot reach --count: found ${summary.datagrams} datagrams, needs ${values.count}\n`);
  return summary.invalid > 0 || isShort ? EXIT_FAILED : EXIT_OK;
};
