/** @module `tetrad listen`: a UDP receiver for trying out and for acceptance. */
import { type FlagTable, readValues } from "../config/flags.ts";
import { boolean, checkedText, choice, duration, integer, size } from "../config/kind.ts";
import { isHost } from "../lib/text/host.ts";
import { type HostPort, parseHostPort } from "../lib/text/host-port.ts";
import { compileAsUsual } from "../os/compiler.ts";
import { reapOrphans } from "../os/orphans.ts";
import { hasColors, isTerminal } from "../os/terminal.ts";
import type { Forwarder } from "../receiver/forward.ts";
import { type OutputForm, Receiver, type ReceiverSettings } from "../receiver/receiver.ts";
import { giveUpRights } from "../receiver/rights.ts";
import { type Command, type CommandContext, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

const FLAGS = {
  address: {
    placeholder: "HOST",
    kind: checkedText("an IP address or a host name", isHost),
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
    description:
      "How datagrams are printed: a line for people, the bytes as they came (to a terminal without control characters), or not at all.",
  },
  raw: {
    kind: boolean(),
    default: "false",
    description: "The same as --output=raw: events as they were, one a line, whatever they came packed in.",
  },
  forward: {
    placeholder: "HOST:PORT",
    kind: checkedText("an IP address or a host name, and a port, such as 127.0.0.1:5140", isReceiver),
    default: "",
    description:
      "Send each event on as one datagram, one JSON document and a newline, to what takes neither batches nor compression.",
  },
  validate: {
    kind: boolean(),
    default: "false",
    description:
      "Check every event against the JSON Schema of its type (tetrad schema). The line of one that is invalid says where the fault is. With --output=raw or none it goes to standard error, with --json it is an object, 20 a second at most.",
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
  json: {
    kind: boolean(),
    default: "false",
    description:
      "Write what happens to agents, what is invalid, statistics and the report as JSON, one object a line, on standard output; datagrams are not printed.",
  },
  "stats-interval": {
    placeholder: "DURATION",
    kind: duration({ min: 100, zero: true }),
    default: "0s",
    description:
      "Say this often what came, and what was lost of each agent's datagrams. 0s: at the end only.",
  },
  silence: {
    placeholder: "DURATION",
    kind: duration({ min: 1000, zero: true }),
    default: "0s",
    description:
      "How long nothing may come from an agent before it counts as silent. 0s: three times its --metadata-interval, where it has one.",
  },
  "max-agents": {
    placeholder: "COUNT",
    kind: integer({ min: 16, max: 100_000 }),
    default: "1000",
    description:
      "How many agents are told apart. Newcomers beyond that push out other newcomers and agents that are gone.",
  },
  ...HELP_FLAG,
} as const satisfies FlagTable;

/** Whether the text is an address and a port, or nothing. */
function isReceiver(text: string): boolean {
  return text === "" || hostAndPort(text) !== undefined;
}

/** `undefined` for what is none. An IPv6 address stands in brackets. */
function hostAndPort(text: string): HostPort | undefined {
  const parsed = parseHostPort(text);
  return parsed !== undefined && parsed.host !== "" && parsed.port > 0 ? parsed : undefined;
}

/** What it needs is loaded only here. */
async function forwarderTo(text: string): Promise<Forwarder> {
  const { createForwarder } = await import("../receiver/forward.ts");
  return createForwarder(hostAndPort(text)!);
}

/** What the receiver is given of it. */
function forwardingTo(forwarder: Forwarder): Pick<ReceiverSettings, "forward" | "isForwarded"> {
  return {
    forward: (document) => forwarder.send(document),
    isForwarded: (address, port) => forwarder.isFrom(address, port),
  };
}

/** Receives until a limit or a signal, reports, and fails when something was invalid. */
async function run(context: CommandContext): Promise<number> {
  const { values } = readValues(context.argv, FLAGS);
  reapOrphans();
  using forwarder = values.forward === "" ? undefined : await forwarderTo(values.forward);
  const receiver = new Receiver({
    address: values.address,
    port: values.port,
    receiveBufferBytes: values["buffer-size"],
    output: values.json ? "none" : values.raw ? "raw" : (values.output as OutputForm),
    ...(forwarder && { ...forwardingTo(forwarder) }),
    isStrict: values.validate,
    count: values.count === 0 ? Number.POSITIVE_INFINITY : values.count,
    colors: hasColors(1, context.env),
    isTerminal: isTerminal(1),
    write: context.print,
    isJson: values.json,
    report: values.json ? context.print : context.printError,
    maxAgents: values["max-agents"],
    silenceMs: values.silence,
    statsIntervalMs: values["stats-interval"],
  });
  const { destination, effectiveBuffer } = await receiver.start();
  compileAsUsual();
  for (const line of giveUpRights()) context.printError(`${line}\n`);
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
  receiver.reportEnd();
  if (forwarder && forwarder.lost > 0)
    context.printError(
      `forward       ${forwarder.lost} event${forwarder.lost === 1 ? "" : "s"} could not be sent on\n`,
    );
  if (receiver.returned > 0)
    context.printError(
      `forward       ${receiver.returned} event${receiver.returned === 1 ? "" : "s"} came back: --forward leads here\n`,
    );
  const isShort = values.count > 0 && summary.datagrams < values.count;
  if (isShort)
    context.printError(`Cannot reach --count: found ${summary.datagrams} datagrams, needs ${values.count}\n`);
  return summary.invalid > 0 || isShort ? EXIT_FAILED : EXIT_OK;
}

export const listen: Command = {
  flags: FLAGS,
  help: {
    summary: "Receive datagrams, print and check them.",
    details: [
      "On standard error a line each says which agent started, restarted, stopped, fell silent, or has another version, configuration or system. A report at the end says whether agent_init came first, how many events of which type came, rates and sizes, and what the network lost of each agent's datagrams where it sends its metadata again (--metadata-interval).",
    ],
    examples: [
      { does: "Check what an agent sends.", command: ["tetrad listen --port=5140 --validate"] },
      {
        does: "Record a hundred datagrams.",
        command: ["tetrad listen --port=5140 --output=raw --count=100 > events.jsonl"],
      },
      {
        does: "Take batches and compression apart for a SIEM behind it.",
        command: ["tetrad listen --address=0.0.0.0 --port=5140 --output=none --forward=127.0.0.1:514"],
      },
      {
        does: "Watch many agents and what the network loses of what they send.",
        command: ["tetrad listen --address=0.0.0.0 --port=5140 --json --stats-interval=1m | jq"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "all was well",
      [EXIT_FAILED]: "something invalid came, or fewer datagrams than --count in time",
      [EXIT_CONFIG]: "a flag is wrong",
    },
  },
  run,
};
