/** @module `tetrad elastic check`. */
import { checkedText, duration } from "../../config/kind.ts";
import type { OptionRows } from "../../config/option.ts";
import type { Finding, Seen } from "../../elastic/check/findings.ts";
import { ClusterError } from "../../lib/elasticsearch/error.ts";
import { parseHostPort } from "../../lib/text/host-port.ts";
import { printable } from "../../lib/text/printable.ts";
import { type Command, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "../exit-code.ts";
import { clusterOf, OWN, readOptions, rowsWith, streamOf } from "./options.ts";

const OPTIONS = rowsWith({
  target: {
    ...OWN,
    placeholder: "HOST:PORT",
    kind: checkedText("HOST:PORT", (text) => text === "" || parseHostPort(text) !== undefined),
    default: "",
    description: "Where it connects to. Empty: a listener of its own on 127.0.0.1.",
  },
  wait: {
    ...OWN,
    placeholder: "DURATION",
    kind: duration({ min: 1000, max: 3_600_000 }),
    default: "60s",
    description: "How long events may take to get into the index: 60s unless set.",
  },
} as const satisfies OptionRows);

export const check: Command = {
  flags: { ...OPTIONS, ...HELP_FLAG },
  help: {
    summary: "Make events, and see that they get into the index; if not, say what is likely.",
    details: [
      "Looks for events that could not be mapped (event.kind: pipeline_error) first. Then it starts whoami, connects to --target, reads a file that stands in for /etc/shadow by cat, and waits for all three in the index. It prints what was found for event.dataset, process.name, destination.ip, event.action and message, and for each that is missing the likely causes of Elastic's troubleshooting list.",
      "It runs where an agent watches; the agent needs --enable-network-events or a policy to see connections.",
    ],
    examples: [
      { does: "Check the way from this host into the index.", command: ["tetrad elastic check"] },
      {
        does: "Check it with a connection that leaves the host, and more patience.",
        command: ["tetrad elastic check --target=example.com:443 --wait=5m"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "all five fields were found",
      [EXIT_FAILED]: "one is missing, or the cluster does not answer",
      [EXIT_CONFIG]: "a flag, variable or file is wrong",
    },
  },
  async run(context) {
    const { print, printError } = context;
    const values = await readOptions(OPTIONS, context);
    const cluster = await clusterOf(values, "check anything");
    const { check: run } = await import("../../elastic/check/check.ts");
    const { findings } = await import("../../elastic/check/findings.ts");
    try {
      const seen = await run({
        cluster,
        name: streamOf(values),
        target: parseHostPort(values.target),
        waitMs: values.wait,
        progress: (waitsFor, elapsedMs) =>
          printError(
            `${Math.round(elapsedMs / 1000)} s of ${values.wait / 1000} s: waits for ${waitsFor.map(({ what }) => what).join(", ")}\n`,
          ),
      });
      const found = findings(seen);
      print(report(seen, found));
      return found.every(({ isFound }) => isFound) ? EXIT_OK : EXIT_FAILED;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      printError(`Cannot check: ${error.message}\n`);
      return EXIT_FAILED;
    }
  },
};

function report({ errors, newestAgeMs, lost }: Seen, found: readonly Finding[]): string {
  const lines: string[] = [];
  if (errors.total > 0) {
    lines.push(
      `${errors.total} events of the last 15 minutes could not be mapped (event.kind: pipeline_error):`,
    );
    lines.push(...errors.reasons.map((reason) => `  ${printable(reason)}`), "");
  }
  const width = Math.max(...found.map(({ field }) => field.length));
  let said = "";
  for (const { field, isFound, found: what, causes } of found) {
    lines.push(`${field.padEnd(width)}  ${isFound ? "ok     " : "MISSING"}  ${printable(what)}`);
    const isSaid = causes.length > 0 && causes.join() === said;
    lines.push(
      ...(isSaid ? ["as above"] : causes).map((cause) => `${" ".repeat(width)}    likely: ${cause}`),
    );
    if (causes.length > 0) said = causes.join();
  }
  if (found.some(({ isFound }) => !isFound)) {
    const age =
      newestAgeMs === undefined
        ? "there is no event"
        : `the newest event is ${Math.round(newestAgeMs / 1000)} s old`;
    lines.push("", `In this index ${age}.`);
    if (lost > 0) lines.push(`The newest report of an agent says that it has lost ${lost} events.`);
  }
  return `${lines.join("\n")}\n`;
}
