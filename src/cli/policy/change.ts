/** @module `tetrad policy add`, `delete`, `enable`, `disable`, `set-mode` and `modify`. */
import { choice, text } from "../../config/kind.ts";
import { TetradError } from "../../os/error.ts";
import { readArguments } from "../api/arguments.ts";
import { apiCommand } from "../api/command.ts";
import { type Argument, type Command, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "../exit-code.ts";
import { FILE_ARGUMENT, MODE_FLAG, readPolicy } from "./policy-file.ts";

/** `--domain`. */
export const DOMAIN_FLAG = {
  placeholder: "NAME",
  kind: text(),
  default: "",
  description: "Domain of the policy.",
};

const NAMESPACE_FLAG = {
  placeholder: "NAME",
  kind: text(),
  default: "",
  shorthand: "n",
  description: "Kubernetes namespace of the policy. Empty: it is of the whole cluster.",
};

const NAME_ARGUMENT: Argument = {
  placeholder: "NAME",
  isRequired: true,
  means: "the name of a policy, as list prints it",
};

export const add = apiCommand({
  flags: { mode: MODE_FLAG, domain: DOMAIN_FLAG },
  args: [FILE_ARGUMENT],
  summary: "Load a policy.",
  examples: [
    {
      does: "Try what a policy would stop.",
      command: ["tetrad policy add --mode=monitor policy.yaml"],
    },
  ],
  async run({ values, words: [path = ""], print, printError }) {
    const yaml = await readPolicy(path, values.mode);
    const { callServer } = await import("../api/call.ts");
    const { FineGuidanceSensors } = await import("../../encoding/protobuf/generated/tetragon/sensors_pb.ts");
    const task = "add the tracing policy";
    const { domain } = values;
    await callServer({ values, printError, task }, FineGuidanceSensors.method.addTracingPolicy, {
      yaml,
      domain,
    });
    print(`tracing policy ${JSON.stringify(path)} added\n`);
    return undefined;
  },
});

export const modify: Command = {
  flags: { mode: MODE_FLAG, ...HELP_FLAG },
  args: [FILE_ARGUMENT],
  help: {
    summary: "Print a policy with another mode. Asks no server.",
    examples: [
      {
        does: "Make a policy that only reports.",
        command: ["tetrad policy modify --mode=monitor policy.yaml > monitor.yaml"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "printed",
      [EXIT_FAILED]: "the file cannot be read",
      [EXIT_CONFIG]: "a flag or argument is wrong",
    },
  },
  async run({ argv, print }) {
    const { values, words } = readArguments(argv, { mode: MODE_FLAG, ...HELP_FLAG }, [FILE_ARGUMENT]);
    print(await readPolicy(words[0]!, values.mode));
    return EXIT_OK;
  },
};

/** gRPC's code for a method that a server does not have. */
const UNIMPLEMENTED = 12;

/** The methods that take a name and answer nothing. */
type NamedMethod = "deleteTracingPolicy" | "enableTracingPolicy" | "disableTracingPolicy";

function namedCommand(verb: "delete" | "enable" | "disable", summary: string): Command {
  const method: NamedMethod = `${verb}TracingPolicy`;
  return apiCommand({
    flags: { namespace: NAMESPACE_FLAG, domain: DOMAIN_FLAG },
    args: [NAME_ARGUMENT],
    summary,
    examples: [{ does: `As its name says.`, command: [`tetrad policy ${verb} connect`] }],
    async run({ values: { namespace, domain, ...values }, words: [name = ""], print, printError }) {
      const { callServer } = await import("../api/call.ts");
      const { FineGuidanceSensors } = await import(
        "../../encoding/protobuf/generated/tetragon/sensors_pb.ts"
      );
      const server = { values, printError, task: `${verb} the tracing policy` };
      const request = { name, namespace, domain };
      const { configureTracingPolicy } = FineGuidanceSensors.method;
      if (method === "deleteTracingPolicy")
        await callServer(server, FineGuidanceSensors.method[method], request);
      else {
        try {
          await callServer(server, configureTracingPolicy, { ...request, enable: verb === "enable" });
        } catch (error) {
          // Up to Tetragon v1.3 there are the other two only.
          if (!isUnimplemented(error)) throw error;
          await callServer(server, FineGuidanceSensors.method[method], request);
        }
      }
      print(`tracing policy ${JSON.stringify(name)} ${verb}d\n`);
      return undefined;
    },
  });
}

export const remove = namedCommand("delete", "Unload a policy.");
export const enable = namedCommand("enable", "Enable a policy that was disabled.");
export const disable = namedCommand("disable", "Disable a policy, which stays loaded.");

const MODES = ["enforce", "monitor"] as const;
const MODE = choice(MODES);

export const setMode = apiCommand({
  flags: { namespace: NAMESPACE_FLAG, domain: DOMAIN_FLAG },
  args: [NAME_ARGUMENT, { placeholder: "MODE", isRequired: true, values: () => MODES }],
  summary: "Let a policy enforce, or report only.",
  examples: [{ does: "Only report.", command: ["tetrad policy set-mode block-writes monitor"] }],
  async run({ values: { namespace, domain, ...values }, words: [name = "", word = ""], print, printError }) {
    const mode = MODE.parse(word);
    if (mode === undefined)
      throw new TetradError(
        "config",
        `Cannot set the mode: found ${JSON.stringify(word)}, expected ${MODES.join(" or ")}`,
      );
    const { callServer } = await import("../api/call.ts");
    const { FineGuidanceSensors, TracingPolicyMode } = await import(
      "../../encoding/protobuf/generated/tetragon/sensors_pb.ts"
    );
    const server = { values, printError, task: "set the mode of the tracing policy" };
    await callServer(server, FineGuidanceSensors.method.configureTracingPolicy, {
      name,
      namespace,
      domain,
      mode: mode === "enforce" ? TracingPolicyMode.TP_MODE_ENFORCE : TracingPolicyMode.TP_MODE_MONITOR,
    });
    print(`tracing policy ${JSON.stringify(name)} set to mode ${JSON.stringify(mode)}\n`);
    return undefined;
  },
});

function isUnimplemented(error: unknown): boolean {
  const cause = error instanceof TetradError ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === UNIMPLEMENTED;
}
