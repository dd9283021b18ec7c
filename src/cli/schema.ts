/** @module `tetrad schema`: the JSON Schemas of events, of metadata and of policies, and what an API server is given of the last. */
import { readValues } from "../config/flags.ts";
import { JSON_SCHEMA_NAMES } from "../event/json-schema/roots.ts";
import { nearest } from "../lib/text/distance.ts";
import { TetradError } from "../os/error.ts";
import { CRDS_NAME, CRDS_SUMMARY } from "../policy/document/crd/name.ts";
import { POLICY_SCHEMA_NAME } from "../policy/document/json-schema.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

/** Of events and metadata, and of policies. */
const NAMES: readonly string[] = [...JSON_SCHEMA_NAMES, POLICY_SCHEMA_NAME, CRDS_NAME];

export const schema: Command = {
  flags: HELP_FLAG,
  args: [{ placeholder: "TYPE", isRequired: false, values: () => NAMES }],
  help: {
    summary: "Print the JSON Schema of an event type, of a metadata event or of tracing policies.",
    details: [
      "Without TYPE it lists what there is: event is any event, tracingpolicy a policy, the others are an event of one type, or a metadata event. The schemas are those of draft 2020-12, each complete in itself; crds is not one of them, but the definitions of both kinds of policies for Kubernetes, in YAML. tetrad listen --validate checks by the same description: fields that it does not know pass, and null is the same as absent.",
    ],
    examples: [
      { does: "See what there is.", command: ["tetrad schema"] },
      {
        does: "Check recorded events with another validator (pip install check-jsonschema).",
        command: [
          "tetrad schema event > event.json",
          "check-jsonschema --schemafile event.json events/*.json",
        ],
      },
      {
        does: "Have a cluster take tracing policies.",
        command: ["tetrad schema crds | kubectl apply -f -"],
      },
      {
        does: "Read what the fields of a process are.",
        command: [`tetrad schema process_exec | jq '.["$defs"]["tetragon.Process"].properties'`],
      },
    ],
    exitCodes: { [EXIT_OK]: "printed", [EXIT_CONFIG]: "there is no such type, or a flag is wrong" },
  },
  async run({ argv, print }) {
    const [name] = readValues(argv, HELP_FLAG, 1).words;
    const { jsonSchemaOf, jsonSchemaSummary } = await import("../event/json-schema/derive.ts");
    const { POLICY_SCHEMA_SUMMARY, policyJsonSchema } = await import("../policy/document/json-schema.ts");
    if (name === undefined) {
      const others: Record<string, string> = {
        [POLICY_SCHEMA_NAME]: POLICY_SCHEMA_SUMMARY,
        [CRDS_NAME]: CRDS_SUMMARY,
      };
      print(listOf((each) => others[each] ?? jsonSchemaSummary(each)));
      return EXIT_OK;
    }
    if (name === CRDS_NAME) {
      const { policyManifests } = await import("../policy/document/crd/index.ts");
      print(
        policyManifests()
          .map(({ text }) => text)
          .join("---\n"),
      );
      return EXIT_OK;
    }
    const found = name === POLICY_SCHEMA_NAME ? policyJsonSchema() : jsonSchemaOf(name);
    if (found === undefined) throw unknownType(name);
    print(`${JSON.stringify(found, null, 2)}\n`);
    return EXIT_OK;
  },
};

/** A line for each: its name, and what it is of. */
function listOf(summaryOf: (name: string) => string): string {
  const width = Math.max(...NAMES.map(({ length }) => length));
  return NAMES.map((name) => `${name.padEnd(width)}  ${summaryOf(name)}\n`).join("");
}

function unknownType(word: string): TetradError {
  const near = nearest(word.toLowerCase(), NAMES);
  const hint = near === undefined ? `known are ${NAMES.join(", ")}` : `did you mean ${near}?`;
  return new TetradError("config", `Unknown type ${JSON.stringify(word)}: ${hint}`);
}
