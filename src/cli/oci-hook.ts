/** @module `tetrad oci-hook`: container runtimes run it before a container's first process, and wait for it. */
import { boolean, checkedText, duration, list, path, text } from "../config/kind.ts";
import { parseTarget, TARGET } from "../lib/grpc/target.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { readArguments } from "./api/arguments.ts";
import { type Argument, type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

/** The moments of a container's life that hooks are called at (OCI runtime specification, "POSIX-platform Hooks"). */
const CREATE_RUNTIME = "createRuntime";
const HOOKS = [CREATE_RUNTIME, "createContainer", "poststop"] as const;

const HOOK: Argument = { placeholder: "HOOK", isRequired: true, values: () => HOOKS };

const FLAGS = {
  "grpc-address": {
    placeholder: "ADDRESS",
    kind: checkedText(TARGET, (address) => parseTarget(address) !== undefined),
    default: "unix:///var/run/cilium/tetragon/tetragon.sock",
    description: "Address of the agent's API: HOST:PORT or unix:///PATH.",
  },
  "grpc-timeout": {
    placeholder: "DURATION",
    kind: duration({ min: 1 }),
    default: "10s",
    description: "How long the connection and the answer may take.",
  },
  "fail-allow-namespaces": {
    placeholder: "NAME,...",
    kind: list(),
    default: "kube-system",
    description:
      "Kubernetes namespaces whose containers start all the same when the agent cannot be asked. Others do not. Ignored with --fail-cel-expr.",
  },
  "fail-cel-expr": {
    placeholder: "EXPRESSION",
    kind: text(),
    default: "",
    description:
      "CEL expression over annotations, a map: false has a container start when the agent cannot be asked; true, or what is neither, does not. Empty: --fail-allow-namespaces decides.",
  },
  "annotations-namespace-key": {
    placeholder: "KEY,...",
    kind: list(),
    default: "io.kubernetes.pod.namespace,io.kubernetes.cri.sandbox-namespace",
    description: "Annotations by which runtimes say a container's namespace.",
  },
  "just-print-config": {
    kind: boolean(),
    default: "false",
    description: "Print the flags as JSON, and do nothing else.",
  },
  "disable-grpc": {
    kind: boolean(),
    default: "false",
    description: "Ask nobody: only log.",
  },
  "log-fname": {
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "File that a line of JSON is appended to for each container. Empty: none.",
  },
  "log-level": {
    placeholder: "LEVEL",
    kind: text(),
    default: "info",
    description: "Taken as Tetragon's hook takes it; debug adds the annotations.",
  },
} as const;

const FLAGS_WITH_HELP = { ...FLAGS, ...HELP_FLAG };

export const ociHook: Command = {
  flags: FLAGS_WITH_HELP,
  args: [HOOK],
  help: {
    summary: "Tell the agent of a container before its first process; for hooks of container runtimes.",
    details: [
      "A runtime calls it with createRuntime, gives the container's state on standard input, and waits: the container starts once the agent has decided which policies are for it. The flags are those of Tetragon's tetragon-oci-hook. At other moments it does nothing.",
    ],
    examples: [
      {
        does: "Tell the agent of a container by hand, as a runtime does.",
        command: ["tetrad oci-hook createRuntime < state.json"],
      },
      {
        does: "What a hook of CRI-O is, in /usr/share/containers/oci/hooks.d/tetrad.json.",
        command: [
          `{"version": "1.0.0", "when": {"always": true}, "stages": ["createRuntime"],`,
          ` "hook": {"path": "/opt/tetrad/tetrad", "args": ["tetrad", "oci-hook", "createRuntime"]}}`,
        ],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "the container may start",
      [EXIT_FAILED]: "it may not: the agent could not be asked, or could not decide",
      [EXIT_CONFIG]: "a flag or argument is wrong",
    },
  },
  async run({ argv, print, printError }) {
    const { values, words } = readArguments(argv, FLAGS_WITH_HELP, [HOOK]);
    if (values["just-print-config"]) {
      print(`${JSON.stringify(values, undefined, 2)}\n`);
      return EXIT_OK;
    }
    const hook = HOOKS.find((name) => name === words[0]);
    if (hook === undefined)
      throw new TetradError(
        "config",
        `Cannot run hook ${JSON.stringify(words[0])}: expected one of ${HOOKS.join(", ")}`,
      );
    const { failRule } = await import("./oci-hook/fail-rule.ts");
    const namespaceKeys = values["annotations-namespace-key"];
    const fails = await failRule({
      expression: values["fail-cel-expr"],
      allowedNamespaces: values["fail-allow-namespaces"],
      namespaceKeys,
    });
    if (hook !== CREATE_RUNTIME) return EXIT_OK;
    const { HookLog, readContainer, reportContainer } = await import("./oci-hook/report.ts");
    const log = new HookLog(values["log-fname"], values["log-level"]);
    let [annotations, namespace]: [Readonly<Record<string, string>>, string | undefined] = [{}, undefined];
    try {
      const container = readContainer(await Bun.stdin.text());
      annotations = container.annotations;
      namespace = namespaceKeys.map((key) => annotations[key]).find(Boolean);
      if (!values["disable-grpc"])
        await reportContainer(container, {
          address: values["grpc-address"],
          timeoutMs: values["grpc-timeout"],
        });
      log.write("info", "the agent knows the container", { container, namespace });
      return EXIT_OK;
    } catch (error) {
      const isAllowed = !fails(annotations);
      const message = errorMessage(error);
      log.write("warn", isAllowed ? "starting the container all the same" : "refusing the container", {
        namespace,
        error: message,
      });
      if (isAllowed) return EXIT_OK;
      printError(`Cannot start the container: ${message}\n`);
      return EXIT_FAILED;
    }
  },
};
