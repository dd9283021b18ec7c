/** @module `tetrad policy generate`: policies for all that there is of a kind. Asks no server. */
import type { FlagTable, FlagValues } from "../../config/flags.ts";
import { path, text } from "../../config/kind.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { bareMessage, errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { readArguments } from "../api/arguments.ts";
import { type Argument, type Command, type CommandContext, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_UNSUPPORTED } from "../exit-code.ts";
import {
  emptyPolicy,
  functionListPolicy,
  functionsPolicy,
  systemCallListPolicy,
  systemCallsPolicy,
  usdtsPolicy,
} from "./generated-policy.ts";

const FLAGS = {
  "match-binary": {
    placeholder: "PATH",
    kind: text(),
    default: "",
    shorthand: "m",
    description: "Only for processes of this binary.",
  },
  regex: {
    placeholder: "REGEX",
    kind: text(),
    default: "",
    shorthand: "r",
    description: "Of ftrace-list: only functions that match.",
  },
  binary: {
    placeholder: "PATH",
    kind: path(),
    default: "",
    shorthand: "b",
    description: "Of uprobes and usdts: the executable or library that is hooked.",
  },
  ...HELP_FLAG,
} as const satisfies FlagTable;

type Values = FlagValues<typeof FLAGS>;

/** A kind of policy. */
interface Kind {
  /** The flags that it takes, beside --help. */
  readonly flags: readonly (keyof Values)[];
  make(values: Values, env: CommandContext["env"]): Promise<JsonObject>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  empty: { flags: ["match-binary"], make: async () => emptyPolicy() },
  "all-syscalls": {
    flags: ["match-binary"],
    make: async ({ "match-binary": binary }, env) => systemCallsPolicy(await systemCalls(env), binary),
  },
  "all-syscalls-list": {
    flags: ["match-binary"],
    make: async ({ "match-binary": binary }, env) => systemCallListPolicy(await systemCalls(env), binary),
  },
  "ftrace-list": {
    flags: ["match-binary", "regex"],
    make: async ({ "match-binary": binary, regex }) => functionListPolicy(await functions(regex), binary),
  },
  uprobes: {
    flags: ["match-binary", "binary"],
    async make({ "match-binary": only, binary }) {
      const { listElfFunctions } = await import("../../kernel/symbol/index.ts");
      return functionsPolicy(binary, found(binary, "functions", listElfFunctions), only);
    },
  },
  usdts: {
    flags: ["match-binary", "binary"],
    async make({ "match-binary": only, binary }) {
      const { listUsdts } = await import("../../kernel/symbol/index.ts");
      return usdtsPolicy(binary, found(binary, "static tracepoints", listUsdts), only);
    },
  },
};

const WHAT: Argument = { placeholder: "WHAT", isRequired: true, values: () => Object.keys(KINDS) };

export const generate: Command = {
  flags: FLAGS,
  args: [WHAT],
  help: {
    summary: "Print a policy for all system calls, functions of the kernel, or functions of a file.",
    details: [
      "all-syscalls has a hook for each system call, all-syscalls-list one hook for a list of them, ftrace-list one for the functions that ftrace knows. uprobes and usdts hook the functions and the static tracepoints of --binary, empty nothing. It asks this kernel and these files, and no server.",
    ],
    examples: [
      {
        does: "Watch every system call of one program.",
        command: ["tetrad policy generate all-syscalls --match-binary=/usr/bin/curl > curl.yaml"],
      },
      {
        does: "Hook all functions of the kernel about TCP connections.",
        command: ["sudo tetrad policy generate ftrace-list --regex='^tcp_v[46]_connect$'"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "printed",
      [EXIT_FAILED]: "a file cannot be read, or has nothing of that kind",
      [EXIT_CONFIG]: "a flag or argument is wrong",
      [EXIT_UNSUPPORTED]: "the kernel does not show its types",
    },
  },
  async run({ argv, env, print }) {
    const { values, words } = readArguments(argv, FLAGS, [WHAT]);
    const [what = ""] = words;
    const kind = Object.hasOwn(KINDS, what) ? KINDS[what]! : undefined;
    if (kind === undefined) {
      const expected = Object.keys(KINDS).join(", ");
      throw new TetradError(
        "config",
        `Cannot generate a policy: found ${JSON.stringify(what)}, expected one of ${expected}`,
      );
    }
    checkFlags(what, kind, values);
    const { stringify } = await import("yaml");
    // The parser of Kubernetes takes more words for something else than texts.
    print(stringify(await kind.make(values, env), { version: "1.1" }));
    return EXIT_OK;
  },
};

function checkFlags(what: string, { flags }: Kind, values: Values): void {
  for (const flag of ["match-binary", "regex", "binary"] as const) {
    if (values[flag] !== "" && !flags.includes(flag))
      throw new TetradError("config", `Cannot use --${flag} with ${what}: it has no effect there`);
  }
  if (flags.includes("binary") && values.binary === "")
    throw new TetradError("config", `Cannot generate ${what}: found no --binary, expected a path`);
}

/** @throws TetradError `unsupported` when the kernel does not show its types. */
async function systemCalls({ TETRAGON_BTF: types = "" }: CommandContext["env"]): Promise<string[]> {
  const [{ readKernelBtf }, { availableSystemCalls }] = await Promise.all([
    import("../../kernel/btf/index.ts"),
    import("../../kernel/system-call/index.ts"),
  ]);
  return availableSystemCalls(readKernelBtf(types === "" ? undefined : types));
}

/** @throws TetradError when the list cannot be read, or nothing of it matches. */
async function functions(regex: string): Promise<string[]> {
  const [{ listTraceableFunctions }, { compilePattern, PatternSyntaxError }] = await Promise.all([
    import("../../kernel/symbol/index.ts"),
    import("../../lib/re2/index.ts"),
  ]);
  try {
    const pattern = compilePattern(regex);
    const names = listTraceableFunctions().filter((name) => pattern.test(name));
    if (names.length > 0) return names;
    throw new TetradError("failed", `Cannot generate a policy: no function matches ${JSON.stringify(regex)}`);
  } catch (error) {
    if (error instanceof TetradError) throw error;
    if (error instanceof PatternSyntaxError)
      throw new TetradError("config", `Cannot use --regex: ${error.message}`, { cause: error });
    throw new TetradError("failed", `Cannot read the functions that ftrace knows: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** @throws TetradError when there is nothing, or the file cannot be read. */
function found<Item>(file: string, what: string, list: (path: string) => Item[]): Item[] {
  let items: Item[];
  try {
    items = list(file);
  } catch (error) {
    throw new TetradError("failed", `Cannot read ${JSON.stringify(file)}: ${bareMessage(error)}`, {
      cause: error,
    });
  }
  if (items.length === 0)
    throw new TetradError("failed", `Cannot generate a policy: ${JSON.stringify(file)} has no ${what}`);
  return items;
}
