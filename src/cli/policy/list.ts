/** @module `tetrad policy list` and `domains`. */
import { boolean, choice } from "../../config/kind.ts";
import { printable, printableLines } from "../../lib/text/printable.ts";
import { apiCommand } from "../api/command.ts";
import { DOMAIN_FLAG } from "./change.ts";

const OUTPUT_FLAG = {
  placeholder: "FORM",
  kind: choice(["text", "json"]),
  default: "text",
  shorthand: "o",
  description: "text, or json for all that the server says.",
};

export const list = apiCommand({
  flags: {
    builtin: {
      kind: boolean(),
      default: "false",
      description: "Print the policies that come with tetrad instead, and ask no server.",
    },
    unmatched: {
      kind: boolean(),
      default: "false",
      description:
        "Print the values of filters that have never matched, of policies with the option mark-values.",
    },
    output: OUTPUT_FLAG,
    domain: DOMAIN_FLAG,
  },
  summary: "Print the policies that are loaded, or those that come with tetrad.",
  examples: [
    { does: "See what is loaded, and in which state.", command: ["tetrad policy list"] },
    { does: "See all of it.", command: ["tetrad policy list -o json | jq"] },
    { does: "See which values have never matched.", command: ["tetrad policy list --unmatched"] },
    { does: "See which policies are ready to use.", command: ["tetrad policy list --builtin"] },
  ],
  async run({ values, print, printError }) {
    if (values.builtin) {
      print((await import("./show.ts")).builtinTable());
      return undefined;
    }
    const { callServer } = await import("../api/call.ts");
    const { toJsonString } = await import("@bufbuild/protobuf");
    const { FineGuidanceSensors, ListTracingPoliciesResponseSchema } = await import(
      "../../encoding/protobuf/generated/tetragon/sensors_pb.ts"
    );
    const { areMarked, policyTable, unmatchedTable } = await import("./table.ts");
    const answer = await callServer(
      { values, printError, task: "list the tracing policies" },
      FineGuidanceSensors.method.listTracingPolicies,
      { domain: values.domain },
    );
    const json = () => toJsonString(ListTracingPoliciesResponseSchema, answer, { useProtoFieldName: true });
    const { policies } = answer;
    if (values.unmatched && !areMarked(policies))
      printError("No policy that is loaded marks values: set the option mark-values in spec.options\n");
    const table = values.unmatched ? unmatchedTable : policyTable;
    print(values.output === "json" ? `${printableLines(json())}\n` : table(policies));
    return undefined;
  },
});

export const domains = apiCommand({
  flags: { output: OUTPUT_FLAG },
  summary: "Print the domains of policies.",
  examples: [{ does: "See which there are.", command: ["tetrad policy domains"] }],
  async run({ values, print, printError }) {
    const { callServer } = await import("../api/call.ts");
    const { FineGuidanceSensors } = await import("../../encoding/protobuf/generated/tetragon/sensors_pb.ts");
    const { domains: names } = await callServer(
      { values, printError, task: "list the domains" },
      FineGuidanceSensors.method.listDomains,
      {},
    );
    if (values.output === "json") print(`${JSON.stringify({ domains: names })}\n`);
    else for (const name of names) print(`${printable(name)}\n`);
    return undefined;
  },
});
